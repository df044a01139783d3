"""Which strategies of a profile apply to an order, and profiles that make no sense (spec 22 §7, §9)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from profileworld import World, criteria, logs, strategy

from penstock.rules import RuleError
from penstock.rules.questions import Matching
from penstock.sourcing.profile import (
    CONDITIONS,
    CRITERIA,
    Candidate,
    Need,
    SourcingContext,
    condition,
    criterion,
)
from penstock.sourcing.profile.planning import Plan, taking
from penstock.testing import row, run
from penstock.testing.orders import HomeDelivery

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
PRIMARY, PARTIAL = "order.CreateFulfilmentWithSourcingProfile", "order.CreatePartialFulfilmentWithSourcingProfile"


def when(path: str, operator: str, value: Any = None, **more: Any) -> Json:
    params = {"path": path, "operator": operator, "value": value, **more}
    return {"name": "test", "type": "fc.sourcing.condition.path", "params": params}


def applies(world: World, **units: int) -> bool:
    """Return whether the only primary strategy applies to an order."""
    return bool(logs(world.source(world.order(**units)))[0][1]["applicable"])


def conditional(condition: Json, **profile: Any) -> World:
    only = strategy("ONLY", "locationDistance", sourcingConditions=[condition])
    return World({"S1": {"A": 9, "B": 9}}, sourcing_strategies=[only], **profile)


TIER = "customer.attributes.byName.tier"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (when(TIER, "in", ["GOLD", "PLATINUM"]), True),
        (when(TIER, "in", ["SILVER"]), False),
        (when("customer.ref", "equals", "ana"), True),
        (when("ref", "equals", "O1"), True),
        (when("type", "not_equals", "HD"), False),
        (when("createdOn", "between", {"from": "2026-03-02T00:00Z", "to": "2026-03-02T23:59Z"}), True),
        (when("createdOn", "greater_than", "2026-03-02T09:00:00.000Z"), False),
        (when("fulfilmentChoice.deliveryType", "in", ["STANDARD"]), True),
        (when("fulfilmentChoice.address.country", "equals", "GB"), True),
        (when("fulfilmentChoice.address.latitude", "less_than", 0), True),
        (when("fulfilmentChoice.pickupLocationRef", "not_exists"), True),
        (when("items.quantity", "greater_than", 1, conditionScope="ANY"), True),
        (when("items.quantity", "greater_than", 1, conditionScope="ALL"), False),
        (when("items.price", "in", [10, 25]), True),
        (when("unfulfilledItems.product.ref", "in", ["A"], conditionScope="NONE"), False),
    ],
)
def test_conditions_look_at_the_order(condition: Json, *, expected: bool) -> None:
    world = conditional(condition, customer=[{"name": "tier", "type": "STRING", "value": "GOLD"}])
    assert applies(world, A=2, B=1) is expected


@pytest.mark.parametrize(("scope", "expected"), [("ANY", True), ("ALL", False), ("NONE", False)])
def test_conditions_look_at_categories(scope: str, *, expected: bool) -> None:
    world = conditional(when("items.product.categories.ref", "in", ["BULKY"], conditionScope=scope))
    add = world.simulation.add
    for product, ref in {"A": "SHOES", "B": "BULKY"}.items():
        found = world.simulation.one("StandardProduct", ref=product)
        category = add("Category", ref=ref, catalogue_id=world.shop.products.id)
        world.simulation.join("product_category", product_id=found.id, category_id=category.id)
    assert applies(world, A=1, B=1) is expected


def test_conditions_look_at_what_is_left() -> None:
    world = conditional(when("unfulfilledItems.quantity", "equals", 1))
    order = world.order(A=2)
    (item,) = world.simulation.rows("OrderItem")
    done = world.simulation.add("Fulfilment", ref="O1-1", order_id=order.id, from_address_id=0)
    taken = {"order_item_id": item.id, "requested_quantity": 1, "rejected_quantity": 0}
    world.simulation.add("FulfilmentItem", fulfilment_id=done.id, order_id=order.id, **taken)
    ((_, told),) = logs(world.source(order))
    assert told["applicable"] == ["ONLY"]
    assert [f.ref for f in world.simulation.rows("Fulfilment")] == ["O1-1", "O1-2"]


def test_a_path_that_leads_nowhere_is_false_and_worth_a_warning() -> None:
    world = conditional(when(TIER, "in", ["GOLD"]))
    ((sentence, told), *_) = logs(world.source(world.order(A=1)))
    assert told["applicable"] == []
    assert told["warnings"] == [f"strategy ONLY, condition test: there is nothing at the path {TIER}"]
    assert sentence == "HD version 3, no strategy: no plan; left: A1"


def test_inactive_strategies_are_not_tried_and_the_first_fallback_only() -> None:
    nothing = when("ref", "equals", "O2")
    world = World(
        {"S1": {"A": 1}, "S2": {"A": 9}},
        sourcing_strategies=[strategy("OFF", "locationDistance", status="INACTIVE")],
        sourcing_fallback_strategies=[
            strategy("NOT", "locationDistance", sourcingConditions=[nothing]),
            strategy("METRO", "locationDistance", network={"ref": "METRO"}),
            strategy("ANY", "locationDistance"),
        ],
    )
    world.simulation.add("Network", ref="METRO", type="HD", status="ACTIVE")
    (_, primary), (_, fallback) = logs(world.source(world.order(A=2)))
    assert (primary["applicable"], fallback["applicable"]) == ([], ["METRO"])
    assert world.plan() == ["RJT_1[A2] ESCALATED"]


@pytest.mark.parametrize("condition", [when("totalPrice", "greater_than_or_equals", 1000)])
def test_f14_and_further_strategies_are_tried_in_order(condition: Json) -> None:
    world = World(
        {"S1": {"A": 2}, "S2": {"B": 1}},
        default_max_split=0,
        sourcing_strategies=[
            strategy("RICH", "locationDistance", sourcingConditions=[condition], maxSplit=5),
            strategy("ONE", "locationDistance"),
            strategy("TWO", "locationDistance", maxSplit=1),
        ],
    )
    order = world.order(A=2, B=1)
    order.total_price = 999.99
    ((_, told),) = logs(world.source(order))
    assert [t["strategy"] for t in told["tried"]] == ["ONE", "TWO"]
    assert (told["strategy"], world.plan()) == ("TWO", ["S1[A2] CREATED", "S2[B1] CREATED"])


# --- profiles that make no sense ---

NAMED = "sourcing profile HD: strategy S"
BAD: list[tuple[Json, str]] = [
    (strategy("S", "no"), f"{NAMED}, criterion no: there is no criterion of type fc.sourcing.criterion.no, only fc."),
    (
        strategy("S", sourcingConditions=[{"name": "c", "type": "fc.no", "params": {}}]),
        f"{NAMED}, condition c: there is no condition of type fc.no, only fc.sourcing.condition.path",
    ),
    (
        strategy("S", sourcingConditions=[when("ref", "like", "O")]),
        f"{NAMED}, condition test: the parameter operator must be one of between, ",
    ),
    (strategy("S", "locationDistanceBanded"), f"{NAMED}, criterion locationDistanceBanded: the parameter value is mis"),
    (strategy("S", network={"ref": "NO"}), f"{NAMED}: there is no network NO"),
    (strategy("S", maxSplit=-1), f"{NAMED}: maxSplit must be 0 or more, not -1"),
    (strategy("S", virtualCatalogue={"ref": "NO"}), f"{NAMED}: there is no virtual catalogue NO"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
@pytest.mark.parametrize("kind", ["sourcing_strategies", "sourcing_fallback_strategies"])
def test_a_profile_that_makes_no_sense_fails_and_creates_nothing(bad: Json, message: str, kind: str) -> None:
    lists: Json = {"sourcing_strategies": [], "sourcing_fallback_strategies": [], kind: [bad]}
    world = World({"S1": {"A": 1}}, **lists)
    (failure,) = world.source(world.order(A=1)).failures
    assert message in failure
    assert world.plan() == []


@pytest.mark.parametrize("link", ["default_network_link", "default_virtual_catalogue_link"])
def test_a_strategy_needs_network_and_catalogue(link: str) -> None:
    without: Json = {link: None}
    world = World({"S1": {"A": 1}}, **without)
    (failure,) = world.source(world.order(A=1)).failures
    assert "is missing, and the profile has no default" in failure


def test_a_broken_strategy_that_is_inactive_is_left_alone() -> None:
    broken = {**strategy("OFF", "no"), "status": "INACTIVE"}
    world = World({"S1": {"A": 1}}, sourcing_strategies=[broken, strategy("ON")])
    assert world.source(world.order(A=1)).failures == []
    assert world.plan() == ["S1[A1] CREATED"]


@pytest.mark.parametrize("changes", [{"status": "DRAFT"}, {"ref": "OTHER"}, {"retailer_id": 2}])
def test_there_must_be_an_active_version(changes: Json) -> None:
    world = World({"S1": {"A": 1}}, **changes)
    (failure,) = world.source(world.order(A=1)).failures
    assert "property sourcingProfileRef: there is no sourcing profile HD with an ACTIVE version" in failure
    assert world.plan() == []


def test_a_profile_of_the_account_serves_all_retailers() -> None:
    world = World({"S1": {"A": 1}}, retailer_id=None)
    world.source(world.order(A=1))
    assert world.plan() == ["S1[A1] CREATED"]


def test_a_location_of_another_type_can_fulfil_nothing() -> None:
    world = World({"S1": {"A": 1}})
    world.simulation.one("Location", ref="S1").type = "KIOSK"
    (failure,) = world.source(world.order(A=1)).failures
    assert "S1 has type KIOSK" in failure
    assert (world.plan(), world.left("A", "S1")) == ([], 1)


@pytest.mark.parametrize("name", [PRIMARY, PARTIAL])
def test_the_property_is_required(name: str) -> None:
    with pytest.raises(RuleError, match="sourcingProfileRef") as failed:
        run(name, HomeDelivery(("a", 1)).context())
    assert failed.value.code == 400


def test_a_profile_is_looked_at_even_where_nothing_is_needed() -> None:
    world = World({"S1": {"A": 1}}, status="DRAFT")
    order = world.order(A=1)
    (item,) = world.simulation.rows("OrderItem")
    item.attributes = [{"name": "cancelledQuantity", "type": "INTEGER", "value": 1}]
    assert len(world.source(order).failures) == 1
    world.profile.status = "ACTIVE"
    played = world.source(order)
    assert (played.failures, logs(played), world.plan()) == ([], [], [])


@pytest.mark.parametrize("name", [PRIMARY, PARTIAL])
def test_errors_of_profiles_have_code_400(name: str) -> None:
    question = Matching("SourcingProfile", (("ref", ("HD",)), ("status", ("ACTIVE",))))
    bad = [{"ref": "S", "name": "S", "sourcingCriteria": criteria("no")}]
    profile = row(
        "SourcingProfile", id=1, ref="HD", version=1, sourcing_strategies=bad, sourcing_fallback_strategies=bad
    )
    profile.default_network_link = profile.default_virtual_catalogue_link = {"ref": "X"}
    for answer in ([profile], []):
        with pytest.raises(RuleError) as failed:
            run(name, HomeDelivery(("a", 1)).context(answers={question: answer}), sourcingProfileRef="HD")
        assert failed.value.code == 400


def test_rejected_without_a_location() -> None:
    world = World({})
    order = world.order(A=1)
    world.simulation.one("Location", ref="RJT_1").ref = "GONE"
    (failure,) = world.source(order).failures
    assert "property systemRejectedLocationRef: there is no location RJT_1" in failure


# --- types of others ---


@pytest.fixture
def acme() -> Iterator[None]:
    """Declare a condition and a criterion as a package would; both are gone afterwards."""

    @condition("acme.condition.weekday", read=lambda params: params.texts("value"))
    def weekday(context: SourcingContext, days: tuple[str, ...]) -> bool:
        return str(datetime.fromisoformat(context.data["createdOn"]).isoweekday()) in days

    @criterion("acme.criterion.green", attributes=True)
    def green(candidate: Candidate, _need: Need, _given: object) -> float:
        return 1.0 if candidate.attributes.get("solar") else 0.0

    def last(_given: object, plan: Plan, need: Need, **_: object) -> Plan:
        return taking(plan.ranking.candidates[-1:], need, plan.ranking)

    @criterion(LAST, improve=last)
    def equal(_candidate: Candidate, _need: Need, _given: object) -> float:
        return 1.0

    yield
    assert (weekday, green) == (CONDITIONS.by_type.pop(WEEKDAY).holds, CRITERIA.by_type.pop(GREEN).rate)
    assert CRITERIA.by_type.pop(LAST).rate is equal


WEEKDAY, GREEN, LAST = "acme.condition.weekday", "acme.criterion.green", "acme.criterion.last"


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(("day", "plan"), [("1", "S2[A1] CREATED"), ("2", "RJT_1[A1] ESCALATED")])
def test_packages_bring_conditions_and_criteria(day: str, plan: str) -> None:
    own = {
        **strategy("OWN", sourcingConditions=[{"name": "day", "type": WEEKDAY, "params": {"value": [day]}}]),
        "sourcingCriteria": [{"name": "green", "type": GREEN, "params": None}],
    }
    world = World({"S1": {"A": 1}, "S2": {"A": 1}}, sourcing_strategies=[own], sourcing_fallback_strategies=[])
    solar = world.simulation.one("Location", ref="S2")
    solar.attributes = [{"name": "solar", "type": "BOOLEAN", "value": True}]
    assert world.source(world.order(A=1)).failures == []
    assert world.plan() == [plan]


@pytest.mark.usefixtures("acme")
def test_packages_make_other_plans() -> None:
    own = {**strategy("OWN"), "sourcingCriteria": [{"name": "last", "type": LAST, "params": None}]}
    world = World({"S1": {"A": 1}, "S2": {"A": 1}}, sourcing_strategies=[own])
    ((_, told),) = logs(world.source(world.order(A=1)))
    assert world.plan() == ["S2[A1] CREATED"]
    assert [c.get("lost") for c in told["rated"]["candidates"]] == ["not in the plan", None]
