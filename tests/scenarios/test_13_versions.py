"""Spec 13 §10: which version of a workflow entities run on, with orders in flight."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from bundles import PLUGIN, wheel

from penstock.api.rest.workflows import changing
from penstock.orchestration import configuration
from penstock.workflows.stored import saving, service

if TYPE_CHECKING:
    import pytest
    from stage import Stage

    from running import Node

pytest_plugins = ["worlds"]

WORKFLOW = "/api/v4.1/workflow"
ORDER = """query ($ref: [String!]) { orders(ref: $ref) { edges { node { status workflowVersion
  fulfilments { edges { node { id status workflowVersion } } } } } } }"""
HELLO = """
from penstock.rules import Prop, rule


@rule("greeting.Hello", "Says hello to {whom}", Prop("whom", "who is greeted"))
def hello(context):
    return []
"""
LOCATION = "query ($ref: String!) { location(ref: $ref) { id status workflowVersion } }"


def marking(document: Node, version: str, mark: str) -> Node:
    """Return a workflow whose event Mark gives any of its entities a status."""
    call = {"name": "[[account.id]].core.SetState", "props": {"status": mark}}
    types = {ruleset["type"] for ruleset in document["rulesets"]}
    marks = [{"name": "Mark", "type": t, "rules": [call], "triggers": []} for t in sorted(types)]
    return {**document, "version": version, "rulesets": [*document["rulesets"], *marks]}


async def deploy(shop: Stage, name: str, version: str, mark: str) -> str:
    """Upload a version; return the one it became."""
    document = marking(shop.penstock.workflow(name), version, mark)
    status, body = await shop.penstock.client.call("PUT", WORKFLOW, document)
    assert status == 200, body
    return str(body["entityId"]).rpartition("::")[2]


async def place(shop: Stage, ref: str) -> None:
    await shop.buy(ref, ("TSHIRT", 1))


async def marked(shop: Stage, ref: str) -> dict[str, Any]:
    """Mark an order and its fulfilment; return their statuses, and what version each says it is of."""
    before = await order(shop, ref)
    (fulfilment,) = [edge["node"] for edge in before["fulfilments"]["edges"]]
    assert await shop.penstock.send("Mark", "ORDER", ref) == "SUCCESS"
    assert await shop.penstock.send("Mark", "FULFILMENT", fulfilment["id"]) == "SUCCESS"
    after = await order(shop, ref)
    (child,) = [edge["node"] for edge in after["fulfilments"]["edges"]]
    majors = [after["workflowVersion"], child["workflowVersion"]]
    return {"statuses": [after["status"], child["status"]], "majors": majors}


async def order(shop: Stage, ref: str) -> Node:
    found = await shop.penstock.client.graphql(ORDER, ref=[ref])
    (edge,) = found["orders"]["edges"]
    return dict(edge["node"])


async def test_13_minor_versions_reach_orders_in_flight_and_major_ones_do_not(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 50})
    assert await deploy(shop, "ORDER::HD", "1.0", "FIRST") == "1.1"
    await place(shop, "OLD-1")
    assert await marked(shop, "OLD-1") == {"statuses": ["FIRST"] * 2, "majors": [1, 1]}

    assert await deploy(shop, "ORDER::HD", "1.0", "MINOR") == "1.2"
    assert await marked(shop, "OLD-1") == {"statuses": ["MINOR"] * 2, "majors": [1, 1]}

    assert await deploy(shop, "ORDER::HD", "2.0", "MAJOR") == "2.0"
    await place(shop, "NEW-1")
    assert await marked(shop, "OLD-1") == {"statuses": ["MINOR"] * 2, "majors": [1, 1]}
    assert await marked(shop, "NEW-1") == {"statuses": ["MAJOR"] * 2, "majors": [2, 2]}

    assert await deploy(shop, "ORDER::HD", "1.0", "MENDED") == "1.3"
    await place(shop, "NEW-2")
    assert await marked(shop, "OLD-1") == {"statuses": ["MENDED"] * 2, "majors": [1, 1]}
    assert await marked(shop, "NEW-1") == {"statuses": ["MAJOR"] * 2, "majors": [2, 2]}
    assert await marked(shop, "NEW-2") == {"statuses": ["MAJOR"] * 2, "majors": [2, 2]}


async def test_13_what_lives_for_years_takes_the_newest_version(shop: Stage) -> None:
    for version, mark in (("1.0", "FIRST"), ("2.0", "MAJOR"), ("2.0", "MINOR")):
        await deploy(shop, "LOCATION::STORE", version, mark)
        found = (await shop.penstock.client.graphql(LOCATION, ref="SYD-01"))["location"]
        assert await shop.penstock.send("Mark", "LOCATION", found["id"]) == "SUCCESS"
        found = (await shop.penstock.client.graphql(LOCATION, ref="SYD-01"))["location"]
        assert (found["status"], found["workflowVersion"]) == (mark, 1)


async def test_13_going_back_reaches_orders_in_flight(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 50})
    good, bad = [await deploy(shop, "ORDER::HD", "1.0", mark) for mark in ("GOOD", "BAD")]
    await place(shop, "OLD-1")
    assert (await marked(shop, "OLD-1"))["statuses"] == ["BAD"] * 2
    path = f"{WORKFLOW}/{shop.retailer}/ORDER::HD/rollback"
    status, body = await shop.penstock.client.call("POST", path, {"version": good})
    assert (status, body["entityId"]) == (200, f"{shop.retailer}-ORDER::HD::1.3")
    assert (good, bad) == ("1.1", "1.2")
    assert (await marked(shop, "OLD-1"))["statuses"] == ["GOOD"] * 2


async def test_13_an_event_after_a_save_never_runs_on_an_older_version(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 50})
    await place(shop, "OLD-1")
    for number in range(8):
        await deploy(shop, "ORDER::HD", "1.0", f"MARK-{number}")
        status, body = await shop.penstock.sync("Mark", "ORDER", "OLD-1")
        assert status == 200, body
        assert (await order(shop, "OLD-1"))["status"] == f"MARK-{number}"


async def test_13_the_log_tells_the_properties_of_versions_that_nothing_runs_on(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 50})
    await place(shop, "OLD-1")
    ids = []
    for mark in ("FIRST", "SECOND", "THIRD"):
        await deploy(shop, "ORDER::HD", "1.0", mark)
        ids.append(await shop.penstock.post("Mark", "ORDER", "OLD-1"))
        await shop.penstock.settle()
    told = await asyncio.gather(*(shop.penstock.events(context__sourceEvents=id_, category="rule") for id_ in ids))
    props = [a["value"] for (rule,) in told for a in rule["attributes"] if a["name"] == "props"]
    assert props == [{"status": "FIRST"}, {"status": "SECOND"}, {"status": "THIRD"}]


async def test_13_rules_of_uploaded_plugins_may_be_named_once_they_are_installed(shop: Stage) -> None:
    document = shop.penstock.workflow("ORDER::HD")
    call = {"name": "PENSTOCK.greeting.Hello", "props": {}}
    document["rulesets"].append({"name": "Greet", "type": "ORDER", "rules": [call], "triggers": []})
    client, place = shop.penstock.client, f"rulesets[{len(document['rulesets']) - 1}].rules[0]"
    status, body = await client.call("PUT", WORKFLOW, document)
    assert status == 400
    assert f"{place}.name is 'PENSTOCK.greeting.Hello', a rule that is not installed" in body["message"]

    await client.upload(f"{PLUGIN}/upload", wheel("greeting", HELLO, "1.0.0"))
    bundle = {"accountId": "PENSTOCK", "bundleName": "PENSTOCK.greeting::1.0.0"}
    assert (await client.call("POST", f"{PLUGIN}/install", bundle))[0] == 200
    status, body = await client.call("PUT", WORKFLOW, document)
    assert status == 400
    assert f"{place}.props.whom is missing; the rule PENSTOCK.greeting.Hello needs it" in body["message"]
    call["props"] = {"whom": "you"}
    assert (await client.call("PUT", WORKFLOW, document))[0] == 200


async def test_saving_a_large_workflow_keeps_no_other_request_waiting(
    shop: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of these takes 30 ms and more of CPU for a megabyte; none may run where requests are served."""
    ran: dict[str, set[int]] = {}

    def watch(module: Any, name: str) -> None:
        real = getattr(module, name)

        def watched(*given: Any, **more: Any) -> Any:
            ran.setdefault(name, set()).add(threading.get_ident())
            return real(*given, **more)

        monkeypatch.setattr(module, name, watched)

    parts = [(changing, "check_nesting"), (service, "check"), (service, "prepared"), (saving, "_written")]
    for module, name in [*parts, (configuration, "Workflow"), (configuration, "_built")]:
        watch(module, name)
    await deploy(shop, "ORDER::HD", "1.0", "MARKED")
    await place(shop, "AFTER")  # by then everybody has read it
    assert ran.keys() == {"check_nesting", "check", "prepared", "_written", "Workflow", "_built"}
    assert {name for name, threads in ran.items() if threading.get_ident() in threads} == set()
