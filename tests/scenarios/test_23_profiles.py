"""Spec 23 §11: sourcing by profiles that are made through the API, against a server (spec 22 §7 to §13, §17)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from floor import wave_and_pick
from histories import histories
from overtaking import overtake

if TYPE_CHECKING:
    import pytest
    from stage import Stage

pytest_plugins = ["worlds"]

Json = dict[str, Any]

CREATE = """mutation ($input: CreateSourcingProfileInput) {
  createSourcingProfile(input: $input) { ref version status } }"""
ACTIVATE = """mutation ($input: ActivateSourcingProfileInput) { activateSourcingProfile(input: $input) { version } }"""
UPDATE_CUSTOMER = """mutation ($input: UpdateCustomerInput) { updateCustomer(input: $input) { id } }"""
CREATE_CATEGORY = """mutation ($input: CreateCategoryInput) { createCategory(input: $input) { id } }"""
UPDATE_PRODUCT = """mutation ($input: UpdateStandardProductInput) { updateStandardProduct(input: $input) { id } }"""
VERSIONS = """{ sourcingProfiles(ref: "HD_STANDARD") { edges { node { version status } } } }"""
ONE = """query ($ref: String!) { sourcingProfile(ref: $ref) { version } }"""
PRICES = {"A": 10.0, "B": 25.0, "C": 100.0}


def strategy(ref: str, *criteria: str, **more: Any) -> Json:
    params = more.pop("params", {})
    listed = [{"name": n, "type": f"fc.sourcing.criterion.{n}", "params": params.get(n, {})} for n in criteria]
    return {"ref": ref, "name": ref, "sourcingCriteria": listed, **more}


def when(path: str, operator: str, value: Any, **more: Any) -> Json:
    params = {"path": path, "operator": operator, "value": value, **more}
    return {"name": path, "type": "fc.sourcing.condition.path", "params": params}


async def profile(stage: Stage, *strategies: Json, fallback: tuple[Json, ...] = (), **more: Any) -> Json:
    """Create a profile, or another version of it."""
    given = {
        "ref": "HD_STANDARD",
        "retailer": {"id": stage.retailer},
        "defaultVirtualCatalogue": {"ref": f"BASE:{stage.retailer}"},
        "defaultNetwork": {"ref": f"HD_{stage.retailer}"},
        "sourcingStrategies": list(strategies),
        "sourcingFallbackStrategies": list(fallback),
        **more,
    }
    return await stage.graphql(CREATE, **given)


async def install(stage: Stage, **props: Any) -> None:
    """Let orders be sourced by the profile, with further properties of its rules."""
    document = stage.penstock.workflow("ORDER::HD")
    own = {
        "FindAndCreateOrderFulfilment": [
            ("order.CreateFulfilmentWithSourcingProfile", {"sourcingProfileRef": "HD_STANDARD", **props}),
            ("core.SendEvent", {"eventName": "SourceWithFallback"}),
        ],
        "SourceWithFallback": [("order.ForwardIfUnfulfilledItemsExist", {"eventName": "Fallback"})],
        "Fallback": [
            ("order.CreatePartialFulfilmentWithSourcingProfile", {"sourcingProfileRef": "HD_STANDARD", **props}),
            ("core.SendEvent", {"eventName": "RejectRemaining"}),
        ],
        "RejectRemaining": [("order.CreateRejectedFulfilment", {"systemRejectedLocationRef": f"RJT_{stage.retailer}"})],
    }
    first = next(r for r in document["rulesets"] if r["name"] == "FindAndCreateOrderFulfilment")
    account = first["rules"][0]["name"].partition(".")[0]
    made = [
        {**first, "name": name, "rules": [{"name": f"{account}.{n}", "props": props} for n, props in rules]}
        for name, rules in own.items()
    ]
    others = [r for r in document["rulesets"] if r is not first]
    await stage.penstock.install({**document, "version": "1.1", "rulesets": [*others, *made]})
    await stage.penstock.settle()


async def place(stage: Stage, ref: str, *lines: tuple[str, int]) -> None:
    """Create an order whose items have their prices."""
    given = await stage.order_input(ref, *lines)
    for item in given["items"]:
        item["price"] = PRICES[item["productRef"]]
    await stage.graphql("mutation ($input: CreateOrderInput) { createOrder(input: $input) { id } }", **given)


async def buy(stage: Stage, ref: str, *lines: tuple[str, int]) -> list[str]:
    await place(stage, ref, *lines)
    await stage.penstock.settle()
    return await stage.plan(ref)


async def told(stage: Stage, order: str) -> list[Json]:
    """Return what runs of profiles left in the audit of an order, in order of time."""
    events = await stage.penstock.events(name="SourcingProfile", context__rootEntityRef=order)
    return [stage.values(event) for event in reversed(events)]


async def check_replay(stage: Stage, *orders: str) -> None:
    """Execute the history of orders again, by what the rules were told: it ends as it is stored."""
    async with histories(stage.penstock.stored) as house:
        for ref in orders:
            done = await house.replay(await house.subject("ORDER", ref))
            assert [step.difference.sentence() for step in done.steps if step.difference] == []
            assert done.ending is not None
            assert done.ending.verdict == "EQUAL", (ref, done.ending)


NEAREST = strategy("NEAREST", "locationDistance")
VALUE = strategy("VALUE", "orderValue", "locationDistance")


async def test_pro_16_sourcing_again(stock: Stage) -> None:
    await install(stock)
    made = await profile(stock, NEAREST, defaultMaxSplit=0)
    assert made == {"ref": "HD_STANDARD", "version": 1, "status": "ACTIVE"}
    await stock.fill(S1={"A": 1}, S2={"A": 5}, W1={"A": 100})
    assert await buy(stock, "O1", ("A", 2)) == ["S2[A2]"]
    (entry,) = await told(stock, "O1")
    assert entry["message"] == "HD_STANDARD version 1, strategy NEAREST: S2[A2]; left: nothing"
    assert (entry["generation"], entry["sourcingProfileVersion"]) == ("profile", 1)
    assert entry["plan"] == [{"locationRef": "S2", "items": {"A": 2}}]
    rated = {c["locationRef"]: c["ratings"] for c in entry["rated"]["candidates"]}
    assert {ref: round(own[0], 4) for ref, own in rated.items()} == {"S1": 1, "S2": 0.9763, "W1": 0}
    assert entry["rated"]["excluded"] == {"S3": "nothing in stock", "W2": "nothing in stock"}
    await wave_and_pick(stock, "S2", A=0)
    assert await stock.plan("O1") == ["S2[A2]", "W1[A2]"]
    assert await stock.ledger("A", "S2") == ["CORRECTION -2", "LAST_ON_HAND 5"]
    assert (await told(stock, "O1"))[1]["rated"]["excluded"]["S2"] == "used before"


async def test_pro_07_split_then_fallback_and_rest(stock: Stage) -> None:
    await install(stock)
    await profile(stock, NEAREST, fallback=(VALUE,), defaultMaxSplit=1)
    await stock.fill(S1={"A": 2}, S2={"B": 1})
    assert await buy(stock, "O1", ("A", 2), ("B", 1)) == ["S1[A2]", "S2[B1]"]
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 2", "RESERVED -2"]
    await stock.fill(S1={"A": 3}, S2={"B": 2}, W1={"C": 1})  # one unit of each is left
    assert await buy(stock, "O2", ("A", 1), ("B", 1), ("C", 1)) == ["W1[C1]", "S2[B1]", "RJT_1[A1]"]
    assert await stock.statuses("O2") == ["PICK_PACK", "W1 ASSIGNED", "S2 AWAITING_WAVE", "RJT_1 ESCALATED"]
    primary, fallback = await told(stock, "O2")
    assert (primary["strategy"], primary["rest"]) == (None, {"A": 1, "B": 1, "C": 1})
    assert (fallback["strategy"], fallback["rest"]) == ("VALUE", {"A": 1})


async def test_pro_06_networks_and_exclusions(stock: Stage) -> None:
    await install(stock)
    priority = {"networkPriority": {"value": ["NET_DC", "NET_METRO"]}}
    await profile(stock, strategy("DC", "networkPriority", "locationDistance", params=priority))
    await stock.fill(S1={"A": 9}, W1={"A": 9}, W2={"A": 9})
    assert await buy(stock, "O1", ("A", 1)) == ["W1[A1]"]
    exclusions = {
        "locationTypeExclusion": {"value": ["WAREHOUSE"]},
        "locationDistanceExclusion": {"value": 50, "valueUnit": "kilometres"},
    }
    names = ("locationTypeExclusion", "locationDistanceExclusion", "locationDistance")
    await profile(stock, strategy("NEAR", *names, maxSplit=1, params=exclusions))
    await stock.graphql(ACTIVATE, ref="HD_STANDARD", version=2)
    await stock.fill(S1={"A": 1}, S2={"A": 1}, S3={"A": 2}, W1={"A": 50})
    assert await buy(stock, "O2", ("A", 2)) == ["S1[A1]", "S2[A1]"]
    excluded = (await told(stock, "O2"))[0]["rated"]["excluded"]
    assert excluded["W1"] == "criterion locationTypeExclusion"
    assert excluded["S3"] == "criterion locationDistanceExclusion"


async def test_pro_08_capacity_is_used_up_and_given_back(stock: Stage) -> None:
    await install(stock)
    capacity = {"locationDailyCapacity": {"value": 10}}
    await profile(stock, strategy("CAPACITY", "locationDailyCapacity", "locationDistance", params=capacity))
    full = [{"name": "dailyCapacity", "type": "INTEGER", "value": 1}]
    await stock.update_location(id=await stock.location_id("S1"), attributes=full)
    await stock.fill(S1={"A": 5}, S2={"A": 5})
    assert await buy(stock, "O1", ("A", 1)) == ["S1[A1]"]
    assert await buy(stock, "O2", ("A", 1)) == ["S2[A1]"]
    assert (await told(stock, "O2"))[0]["rated"]["excluded"]["S1"] == "criterion locationDailyCapacity"
    assert await buy(stock, "O3", ("A", 1)) == ["S2[A1]"]
    (rated,) = (await told(stock, "O3"))[0]["rated"]["candidates"]
    assert rated["ratings"] == [0.9, 1.0]
    await stock.cancel("O1")
    assert await buy(stock, "O4", ("A", 1)) == ["S1[A1]"]
    await check_replay(stock, "O1", "O2", "O3", "O4")


async def test_pro_11_strategies_in_order(stock: Stage) -> None:
    await install(stock)
    metro = strategy("METRO", "locationDistance", network={"ref": "NET_METRO"}, maxSplit=0)
    await profile(stock, metro, strategy("AU", "locationDistance", maxSplit=1))
    await stock.fill(S1={"A": 2}, S2={"B": 1}, W1={"A": 2, "B": 1})
    assert await buy(stock, "O1", ("A", 2), ("B", 1)) == ["W1[A2,B1]"]
    never = strategy("NEVER", sourcingConditions=[when("ref", "equals", "no")])
    off = strategy("AU", "locationDistance", status="INACTIVE")
    first = strategy("DC", network={"ref": "NET_DC"})
    await profile(stock, never, off, fallback=(first, strategy("ANY")))
    await stock.graphql(ACTIVATE, ref="HD_STANDARD", version=2)
    assert await buy(stock, "O2", ("A", 1)) == ["RJT_1[A1]"]
    assert [entry["applicable"] for entry in await told(stock, "O2")] == [[], ["DC"]]


def conditioned(ref: str, *conditions: Json) -> Json:
    """Return a strategy that has nothing to send from, whether its conditions hold or not."""
    return strategy(ref, network={"ref": "NET_REGIONAL"}, sourcingConditions=list(conditions))


async def be(stage: Stage, tier: str) -> None:
    """Give the customer a tier."""
    await stage.graphql(UPDATE_CUSTOMER, username="ana", attributes=[{"name": "tier", "type": "STRING", "value": tier}])


async def test_pro_12_conditions(stock: Stage) -> None:
    await install(stock)
    catalogue = {"ref": f"PC:MASTER:{stock.retailer}"}
    for product, category in {"A": "SHOES", "B": "BULKY"}.items():
        about = {"type": "DEFAULT", "name": category, "catalogue": catalogue}
        await stock.graphql(CREATE_CATEGORY, ref=category, **about)
        categories = [{"ref": category, "catalogue": catalogue}]
        await stock.graphql(UPDATE_PRODUCT, ref=product, catalogue=catalogue, categories=categories)
    scopes = {
        scope: when("items.product.categories.ref", "in", ["BULKY"], conditionScope=scope)
        for scope in ("ANY", "ALL", "NONE")
    }
    gold = when("customer.attributes.byName.tier", "in", ["GOLD"])
    await profile(
        stock,
        conditioned("GOLD", gold),
        conditioned("GOLD AND ALL", gold, scopes["ALL"]),
        *(conditioned(scope, condition) for scope, condition in scopes.items()),
        NEAREST,
    )
    await stock.fill(S1={"A": 9, "B": 9})
    order = ("A", 1), ("B", 1)
    assert await buy(stock, "O1", *order) == ["S1[A1,B1]"]
    assert (await told(stock, "O1"))[0]["applicable"] == ["ANY", "NEAREST"]
    warnings = (await told(stock, "O1"))[0]["warnings"]
    assert all(w.endswith("there is nothing at the path customer.attributes.byName.tier") for w in warnings)
    await be(stock, "SILVER")
    await buy(stock, "O2", *order)
    assert (await told(stock, "O2"))[0]["applicable"] == ["ANY", "NEAREST"]
    await be(stock, "GOLD")
    await buy(stock, "O3", *order)
    assert (await told(stock, "O3"))[0]["applicable"] == ["GOLD", "ANY", "NEAREST"]
    await check_replay(stock, "O1", "O2", "O3")


async def test_pro_12_the_strategy_whose_condition_holds_is_used(stock: Stage) -> None:
    await install(stock)
    gold = when("customer.attributes.byName.tier", "in", ["GOLD"])
    await profile(stock, strategy("GOLD", "locationDistance", sourcingConditions=[gold]))
    await stock.fill(S1={"A": 9})
    assert await buy(stock, "O1", ("A", 1)) == ["RJT_1[A1]"]
    await be(stock, "GOLD")
    assert await buy(stock, "O2", ("A", 1)) == ["S1[A1]"]


async def versions(stage: Stage) -> dict[int, str]:
    """Return the status of each version of the profile."""
    found = (await stage.penstock.client.graphql(VERSIONS))["sourcingProfiles"]["edges"]
    return {edge["node"]["version"]: edge["node"]["status"] for edge in found}


async def test_pro_13_versions(stock: Stage) -> None:
    await install(stock)
    client = stock.penstock.client
    assert await profile(stock, NEAREST) == {"ref": "HD_STANDARD", "version": 1, "status": "ACTIVE"}
    dc = strategy("DC", network={"ref": "NET_DC"})
    assert await profile(stock, dc) == {"ref": "HD_STANDARD", "version": 2, "status": "DRAFT"}
    await stock.fill(S1={"A": 9}, W1={"A": 9})
    assert await buy(stock, "O1", ("A", 1)) == ["S1[A1]"]
    assert await stock.graphql(ACTIVATE, ref="HD_STANDARD", version=2) == {"version": 2}
    assert await versions(stock) == {1: "INACTIVE", 2: "ACTIVE"}
    assert await buy(stock, "O2", ("A", 1)) == ["W1[A1]"]
    refused = await client.answer(ACTIVATE, input={"ref": "HD_STANDARD", "version": 9})
    assert "version 9" in refused["errors"][0]["message"]
    assert await versions(stock) == {1: "INACTIVE", 2: "ACTIVE"}
    for _ in range(5):
        both = (client.answer(ACTIVATE, input={"ref": "HD_STANDARD", "version": version}) for version in (1, 2))
        await asyncio.gather(*both)
        assert sorted((await versions(stock)).values()) == ["ACTIVE", "INACTIVE"]


async def test_pro_14_permissions(stock: Stage) -> None:
    await profile(stock, NEAREST)
    role = "mutation ($input: CreateRoleInput) { createRole(input: $input) { id } }"
    await stock.graphql(role, name="SELLER", permissions=[{"name": "ORDER_VIEW"}])
    seller = await stock.user("seller", "SELLER", context="ACCOUNT", context_id=0)
    given = {"ref": "OWN", "retailer": {"id": stock.retailer}, "sourcingStrategies": [NEAREST]}
    denied = await seller.answer(CREATE, input=given)
    assert "SOURCINGPROFILE_CREATE" in denied["errors"][0]["message"]
    assert (await stock.penstock.client.graphql(ONE, ref="OWN"))["sourcingProfile"] is None
    assert (await stock.penstock.client.graphql(ONE, ref="HD_STANDARD"))["sourcingProfile"] == {"version": 1}
    hidden = await seller.answer(ONE, ref="HD_STANDARD")
    assert hidden["data"] is None
    assert "SOURCINGPROFILE_VIEW" in hidden["errors"][0]["message"]


async def test_pro_15_configuration_error(stock: Stage) -> None:
    await install(stock)
    await profile(stock, strategy("NO", "unknown"))
    await stock.fill(S1={"A": 9}, W1={"A": 9})
    await place(stock, "O1", ("A", 1))
    await stock.penstock.settle()
    assert await stock.plan("O1") == []
    audit = await stock.penstock.events(eventStatus="FAILED", context__rootEntityRef="O1")
    (exception,) = (event for event in audit if event["category"] == "exception")
    assert (
        "sourcing profile HD_STANDARD: strategy NO, criterion unknown: there is no criterion of type"
        in (stock.values(exception)["message"])
    )
    assert (await profile(stock, NEAREST))["status"] == "DRAFT"
    await stock.graphql(ACTIVATE, ref="HD_STANDARD", version=2)
    assert await stock.statuses("O1") == ["BOOKED"]
    assert await stock.penstock.send("FindAndCreateOrderFulfilment", "ORDER", "O1") == "SUCCESS"
    assert await stock.plan("O1") == ["S1[A1]"]
    assert (await told(stock, "O1"))[0]["sourcingProfileVersion"] == 2


async def test_pro_18_stock_changes_between_plan_and_commit(stock: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await install(stock)
    await profile(stock, NEAREST, defaultMaxSplit=1)
    await stock.fill(S1={"A": 2}, S2={"B": 1})
    overtaken = overtake(monkeypatch, "O1", lambda: place(stock, "O2", ("B", 1)))
    assert await buy(stock, "O1", ("A", 2), ("B", 1)) == ["RJT_1[A2,B1]"]
    assert overtaken()
    assert await stock.plan("O2") == ["S2[B1]"]
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 2"]
    assert await stock.ledger("A", "S1", "INACTIVE") == []
    assert await stock.ledger("B", "S2") == ["LAST_ON_HAND 1", "RESERVED -1"]
    await check_replay(stock, "O1", "O2")


async def test_pro_18_a_plan_is_kept_as_a_whole(stock: Stage) -> None:
    await install(stock)
    await profile(stock, NEAREST, defaultMaxSplit=1)
    await stock.fill(S1={"A": 8}, S2={"B": 1})
    orders = ["O1", "O2", "O3"]
    for ref in orders:
        await place(stock, ref, ("A", 2), ("B", 1))
    await stock.penstock.settle()
    plans = sorted([await stock.plan(ref) for ref in orders])
    assert plans == [["RJT_1[A2,B1]"], ["RJT_1[A2,B1]"], ["S1[A2]", "S2[B1]"]]
    await check_replay(stock, *orders)
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 8", "RESERVED -2"]
