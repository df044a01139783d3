"""What the how-to pages tell people to send is taken as it is printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from simulations import simulated
from test_23_profiles import NEAREST, install, profile

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

pytest_plugins = ["worlds"]

PAGES = Path(__file__).parents[2] / "docs" / "how-to"


def block(page: str, pattern: str) -> str:
    found = re.search(pattern, (PAGES / page).read_text("utf-8"), re.DOTALL)
    assert found is not None, page
    return found[1]


async def test_a_user_is_created(shop: Stage) -> None:
    document = block("users-and-roles.md", r"ask <<END\n(.*?)END\n").replace("$RETAILER", shop.retailer)
    status, answer = await shop.penstock.client.call("POST", "/graphql", {"query": document})
    assert (status, answer.get("errors")) == (200, None)
    assert answer["data"]["createUser"]["roles"][0]["role"] == {"name": "API"}


async def test_a_changed_workflow_is_saved(shop: Stage) -> None:
    workflow = shop.penstock.workflow("ORDER::HD")
    at = next(n for n, ruleset in enumerate(workflow["rulesets"]) if ruleset["name"] == "CheckIfOrderIsComplete")
    workflow["rulesets"][at]["rules"][0]["props"]["status"].remove("ESCALATED")
    added = json.loads(block("change-a-workflow.md", r"```json\n(.*?),\n```"))
    workflow["rulesets"].insert(at + 1, added)
    status, answer = await shop.penstock.client.call("PUT", "/api/v4.1/workflow", workflow)
    assert status == 200, answer


async def test_orders_are_sourced_by_a_profile(stock: Stage) -> None:
    page = "source-by-profile.md"
    workflow = stock.penstock.workflow("ORDER::HD")
    account = workflow["rulesets"][0]["rules"][0]["name"].partition(".")[0]
    text = block(page, r"## Let orders use it.*?```json\n(.*?)\n```")
    added = json.loads(text.replace("[[account.id]]", account).replace("[[retailer.id]]", stock.retailer))
    kept = [r for r in workflow["rulesets"] if r["name"] != added[0]["name"]]
    changed = {**workflow, "rulesets": [*kept, *added]}
    status, answer = await stock.penstock.client.call("PUT", "/api/v4.1/workflow", changed)
    assert status == 200, answer
    await stock.graphql(
        "mutation ($input: CreateSourcingProfileInput) { createSourcingProfile(input: $input) { version } }",
        **json.loads(block(page, r"## Make the profile.*?```json\n(.*?)\n```")),
    )
    await stock.penstock.settle()
    await stock.fill(S1={"A": 1}, S2={"A": 1})
    assert await stock.buy("O1", ("A", 3)) == ["S1[A1]", "S2[A1]", f"RJT_{stock.retailer}[A1]"]
    found = await stock.penstock.events(name="SourcingProfile", context__rootEntityRef="O1")
    assert [stock.values(event)["strategy"] for event in found] == ["BEST_EFFORT", None]


async def test_the_cheapest_plan_is_asked_for(stock: Stage) -> None:
    await install(stock)
    text = block("source-by-profile.md", r"## Ask for the cheapest plan.*?```json\n(.*?)\n```")
    await profile(stock, json.loads(text))
    await stock.fill(S1={"A": 1, "B": 1}, S2={"A": 2}, S3={"B": 2})
    assert await stock.buy("O1", ("A", 2), ("B", 2)) == ["S2[A2]", "S3[B2]"]
    (event,) = await stock.penstock.events(name="SourcingProfile", context__rootEntityRef="O1")
    assert stock.values(event)["searched"]["proven"] is True


async def test_controls_are_created(stock: Stage) -> None:
    text = (PAGES / "hold-stock-back.md").read_text("utf-8")
    shown = "".join(re.findall(r"```graphql\n(.*?)```", text, re.DOTALL))
    documents = re.split(r"^(?=mutation)", shown, flags=re.MULTILINE)[1:]
    for document in documents:
        status, answer = await stock.penstock.client.call("POST", "/graphql", {"query": document})
        assert (status, answer.get("errors")) == (200, None)
    assert len(documents) == 4


def blocks(page: str, pattern: str) -> list[str]:
    return re.findall(pattern, (PAGES / page).read_text("utf-8"), re.DOTALL)


async def test_the_way_to_the_buy_button(stock: Stage) -> None:
    page, network = "promise-before-the-buy-button.md", await stock.network(f"HD_{stock.retailer}")

    async def asked(document: str) -> Node:
        for printed, here in (("$RETAILER", stock.retailer), ("$NETWORK", network), ('"2"', f'"{network}"')):
            document = document.replace(printed, here)
        for printed, here in (("HD_1", f"HD_{stock.retailer}"), ("DEFAULT:1", stock.stock_catalogue)):
            document = document.replace(printed, here)
        return await stock.penstock.client.graphql(document.replace("22633", "A"))

    await stock.fill(S1={"A": 7}, S2={"A": 5})
    found, made = blocks(page, r"ask <<END[^\n]*\n(.*?)END\n")
    assert (await asked(found))["network"]["id"] == network
    assert (await asked(made))["createVirtualCatalogue"]["ref"] == f"ATS_ALL:{stock.retailer}"
    await stock.penstock.settle()
    await stock.fill(S1={"A": 8})
    in_all, where, view, levels, option, offline, expected = blocks(page, r"```graphql\n(.*?)```")
    assert [e["node"]["quantity"] for e in (await asked(in_all))["virtualPositions"]["edges"]] == [13]
    assert len((await asked(where))["searchVirtualInventory"]["edges"]) == 2
    assert (await asked(view))["createVirtualView"] == {"ref": "VV_HD", "status": "ACTIVE"}
    places = (await asked(levels))["virtualViewInventoryLevels"]["virtualViewInventoryLevels"]
    assert sorted(place["locationRef"] for place in places) == ["S1", "S2"]
    (plan,) = (await asked(option))["createFulfilmentOption"]["plans"]["edges"]
    assert plan["node"]["status"] == "FULFILLED"
    assert (await asked(expected))["createVirtualCatalogue"]["ref"] == "PRE:1"
    for document, number in (("FULFILMENT_OPTIONS::HD", 0), ("INVENTORY_CATALOGUE::DEFAULT", 1)):
        workflow = stock.penstock.workflow(document)
        account = workflow["rulesets"][0]["rules"][0]["name"].partition(".")[0]
        text = blocks(page, r"```json\n(.*?)\n```")[number].replace("[[account.id]]", account)
        ruleset = json.loads(text)
        kept = [r for r in workflow["rulesets"] if number or r["name"] != ruleset["name"]]
        given = {**workflow, "rulesets": [*kept, ruleset]}
        status, answer = await stock.penstock.client.call("PUT", "/api/v4.1/workflow", given)
        assert status == 200, answer
    assert (await asked(offline))["updateNetwork"]["status"] == "INACTIVE"
    (gone,) = (await asked(in_all.replace("virtualPositions", "a: virtualPositions"))).values()
    assert gone["edges"]  # stored figures follow later


async def test_scenarios_change_what_they_say(shop: Stage, tmp_path: Path) -> None:
    await profile(shop, NEAREST)
    await shop.fill(SYD_01={"CAP": 5}, SYD_02={"CAP": 5}, DC_01={"CAP": 9, "TSHIRT": 4})
    await shop.buy("D1", ("CAP", 2), ("TSHIRT", 1))
    (tmp_path / "order_hd.json").write_text(json.dumps(shop.penstock.workflow("ORDER::HD")))
    ours = {"STORE-LONDON": "SYD-01", "STORE-YORK": "SYD-02", "STORE-LEEDS": "MEL-01", "DC-DAVENTRY": "DC-01"}
    ours |= {"22633": "CAP", "21754": "TSHIRT", '"id": "5"': f'"id": "{await shop.location_id("SYD-01")}"'}
    files: list[Path] = []
    for shown in re.findall(r"```json\n(.*?)\n```", (PAGES / "simulate.md").read_text("utf-8"), re.DOTALL):
        text = shown
        for theirs, own in ours.items():
            text = text.replace(theirs, own)
        files.append(tmp_path / f"{len(files)}.json")
        files[-1].write_text(text)
    report = await simulated(shop, tmp_path, *map(str, files))
    assert [variant["name"] for variant in report["variants"]] == [
        "baseline",
        "London closed",
        "stores first",
        "all at once",
    ]
    after = [order["sent"] for variant in report["variants"] for order in variant["placed"]]
    assert [[(s["location"], s["units"]) for s in sent] for sent in (after[0], after[1], after[3])] == [
        [("SYD-01", {"CAP": 2}), ("DC-01", {"TSHIRT": 1})],
        [("SYD-02", {"CAP": 2}), ("DC-01", {"TSHIRT": 1})],
        [("SYD-02", {"CAP": 2})],
    ]
