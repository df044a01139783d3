"""Spec 11 §2: what the engine tells of each event, entry by entry."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from rules11 import HOOK, installed, once, ruleset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stage import Stage

    from running import Node

pytest_plugins = ["worlds"]

SYNC = "/api/v4.1/event/sync"


@pytest.fixture(autouse=True)
def _rules() -> Iterator[None]:
    with installed():
        yield


async def ran(shop: Stage, *rulesets: Node, **attributes: Any) -> tuple[str, list[Node]]:
    """Run the first of these rulesets on an order; return the event's id and its audit, oldest first."""
    await shop.fill(SYD_01={"TSHIRT": 50})
    await shop.buy("WEB-1", ("TSHIRT", 1))
    event = shop.penstock.event(rulesets[0]["name"], "ORDER", "WEB-1", attributes, meta=once(*rulesets))
    _, body = await shop.penstock.client.call("POST", SYNC, event)
    await shop.penstock.settle()
    found = await shop.penstock.events(context__sourceEvents=body["eventId"], eventType="ORCHESTRATION_AUDIT")
    return body["eventId"], found[::-1]


def told(entry: Node) -> Node:
    """Return the attributes of an entry as a map."""
    return {a["name"]: a["value"] for a in entry["attributes"]}


async def test_11_every_step_leaves_an_entry(shop: Stage) -> None:
    id_, audit = await ran(shop, ruleset("Any", "Change", "Tell", "Send", "Hook", note="x"), ruleset("Child"))
    assert [(e["category"], e["name"], e["eventStatus"]) for e in audit] == [
        ("snapshot", "ORDER", "SUCCESS"),
        ("ruleSet", "Any", "SUCCESS"),
        ("rule", "PENSTOCK.test.Change", "SUCCESS"),
        ("ACTION", "Mutation", "SUCCESS"),
        ("rule", "PENSTOCK.test.Tell", "SUCCESS"),
        ("CUSTOM", "Told", "SUCCESS"),
        ("rule", "PENSTOCK.test.Send", "SUCCESS"),
        ("ACTION", "Send Event", "SUCCESS"),
        ("ACTION", "Send Event", "SUCCESS"),
        ("rule", "PENSTOCK.test.Hook", "SUCCESS"),
        ("CUSTOM", "Queue Webhook", "SUCCESS"),
    ]
    event = await shop.penstock.event_by_id(id_)
    for entry in audit:
        assert entry["type"] == "ORCHESTRATION_AUDIT"
        assert entry["context"] == {**event["context"], "sourceEvents": [id_]}
        assert (entry["source"], entry["generatedBy"]) == ("orchestration", "admin")
        assert await shop.penstock.event_by_id(entry["id"]) == entry
    assert len({entry["id"] for entry in audit}) == len(audit)


async def test_11_what_each_entry_tells(shop: Stage) -> None:
    given = {"colour": "red", "sizes": [1, 2]}
    rulesets = ruleset("Any", "Change", "Tell", "Send", "Hook", note="x"), ruleset("Child")
    id_, audit = await ran(shop, *rulesets, **given)
    order = await shop.order("WEB-1")
    own = {"rule": "PENSTOCK.test.Send", "ruleSet": "Any"}
    (snapshot,), (whole,) = of(audit, "snapshot"), of(audit, "ruleSet")
    rules, actions, (custom, queued) = of(audit, "rule"), of(audit, "ACTION"), of(audit, "CUSTOM")

    row = told(snapshot)
    assert (row["id"], row["ref"], row["type"], row["status"]) == (order["id"], "WEB-1", "HD", order["status"])
    assert {"totalPrice", "createdOn", "workflowRef", "retailer", "customer"} <= row.keys()
    assert str(row["retailerId"]) == row["retailer"]["id"] == shop.retailer
    assert "customerId" in row
    assert not [name for name in row if "_" in name]
    assert row["attributes"] is None  # as it was before

    ruled = told(whole)
    assert ruled["rules"] == [f"PENSTOCK.test.{r}" for r in ("Change", "Tell", "Send", "Hook")]
    assert ruled["entityStatus"] == order["status"]
    times = [told(e) for e in (whole, *rules)]
    start = int(datetime.fromisoformat(snapshot["generatedOn"]).timestamp() * 1000)
    assert all(start <= t["startTimer"] <= t["stopTimer"] <= ruled["stopTimer"] < start + 60_000 for t in times)
    assert told(rules[0])["props"] == {"note": "x"}
    assert told(rules[0])["ruleSet"] == "Any"

    value = [{"name": "seen", "type": "STRING", "value": "x"}]
    assert told(actions[0]) == {
        "mutation": "updateOrder",
        "variables": {"input": {"id": order["id"], "attributes": value}},
        "response": {"id": order["id"]},
        "rule": "PENSTOCK.test.Change",
        "ruleSet": "Any",
    }
    assert told(custom) == {
        "message": "all is well",
        "mood": "good",
        "entity": "WEB-1",
        "rule": "PENSTOCK.test.Tell",
        "ruleSet": "Any",
    }
    assert told(actions[1]) == {"event": {"name": "Child", "attributes": {"list": [1, 2]}}, **own}
    later = told(actions[2])["event"]
    assert (later["name"], later["attributes"]) == ("Later", given)  # those of the event go on
    due = datetime.fromisoformat(later["scheduledOn"])
    assert timedelta(minutes=59) < due - datetime.fromtimestamp(start / 1000, UTC) <= timedelta(hours=1)
    assert told(queued) == {"url": HOOK, "name": "Hooked", "rule": "PENSTOCK.test.Hook", "ruleSet": "Any"}

    # What it led to is found from it, and leads back to it.
    led = await shop.penstock.events(context__sourceEvents=id_, eventType="ORCHESTRATION")
    assert {e["name"]: (e["eventStatus"], e["context"]["sourceEvents"]) for e in led} == {
        "Child": ("SUCCESS", [id_]),
        "Later": ("SCHEDULED", [id_]),
    }


async def test_11_what_followed_hangs_on_the_event_that_sent_it(shop: Stage) -> None:
    """Spec 11 §1.3: the children of an event are those that it sent, also where it is an inline one."""
    await shop.fill(SYD_01={"TSHIRT": 5})
    await shop.buy("WEB-1", ("TSHIRT", 1))
    about = {"eventType": "ORCHESTRATION"}
    (outer,) = await shop.penstock.events(name="CREATE", context__entityType="ORDER", **about)
    (inner,) = await shop.penstock.events(name="CREATE", context__entityType="FULFILMENT", **about)
    (moved,) = await shop.penstock.events(name="UpdateInventoryQty", **about)
    assert moved["context"]["sourceEvents"] == [inner["id"]]
    assert moved in await shop.penstock.events(context__sourceEvents=inner["id"], **about)
    assert moved not in await shop.penstock.events(context__sourceEvents=outer["id"], **about)
    (reserved,) = await shop.penstock.events(context__sourceEvents=moved["id"], **about)
    assert (reserved["name"], reserved["context"]["entityRef"]) == ("ReserveInventory", "TSHIRT:SYD-01:DEFAULT")


async def test_11_each_event_has_a_snapshot_of_its_entity_as_it_was_by_then(shop: Stage) -> None:
    id_, audit = await ran(shop, ruleset("Any", "Change", "Send", note="x"), ruleset("Child"))
    (child,) = await shop.penstock.events(context__sourceEvents=id_, eventType="ORCHESTRATION", name="Child")
    (first,) = of(audit, "snapshot")
    (second,) = await shop.penstock.events(context__sourceEvents=child["id"], category="snapshot")
    assert await shop.penstock.event_by_id(second["id"]) == second
    before, after = told(first), told(second)
    assert after["attributes"] == [{"name": "seen", "type": "STRING", "value": "x"}]
    assert {n for n in before if before[n] != after[n]} == {"attributes", "updatedOn"}
    stored = await shop.order("WEB-1")
    assert datetime.fromisoformat(after["updatedOn"]) > datetime.fromisoformat(before["updatedOn"])
    assert (before.keys(), after["status"]) == (after.keys(), stored["status"])


@pytest.mark.parametrize("failing", ["Refuse", "Fail"])
async def test_11_what_a_failing_ruleset_did_not_send_is_told_so(shop: Stage, failing: str) -> None:
    """Spec 13 §9: what waits for the end of the ruleset is not executed."""
    id_, audit = await ran(shop, ruleset("Any", "Send", "Hook", failing), ruleset("Child"), code=422)
    sent = [e for e in audit if e["name"] in {"Send Event", "Queue Webhook"}]
    assert [(e["name"], e["eventStatus"]) for e in sent] == [
        ("Send Event", "FAILED"),
        ("Send Event", "FAILED"),
        ("Queue Webhook", "FAILED"),
    ]
    assert {told(e)["message"] for e in sent} == {"not sent, since a rule of the ruleset failed"}
    led = await shop.penstock.events(context__sourceEvents=id_, eventType="ORCHESTRATION")
    assert {e["name"] for e in led} <= {"Any"}, "at most the EXCEPTION event"


async def test_11_the_event_from_outside_tells_which_inline_one_failed(shop: Stage) -> None:
    id_, audit = await ran(shop, ruleset("Any", "Send"), ruleset("Child", "Fail"))
    (child,) = await shop.penstock.events(context__sourceEvents=id_, name="Child")
    assert (audit[-1]["category"], audit[-1]["name"]) == ("CUSTOM", "Inline Event Failed")
    said = told(audit[-1])
    assert (said["event"], said["code"]) == (child["id"], 500)
    assert said["message"].startswith("PENSTOCK.test.Fail: KeyError")
    (own,) = await shop.penstock.events(context__sourceEvents=child["id"], category="exception")
    assert own["name"] == "PENSTOCK.test.Fail"


def of(audit: list[Node], category: str) -> list[Node]:
    """Return the entries of a category."""
    return [e for e in audit if e["category"] == category]


async def test_11_an_exception_that_a_workflow_may_handle(shop: Stage) -> None:
    handled = ruleset("Any", "Tell", event_type="EXCEPTION")
    id_, audit = await ran(shop, ruleset("Any", "Tell", "Refuse", "Hook"), handled)
    assert [(e["category"], e["eventStatus"]) for e in audit] == [
        ("snapshot", "SUCCESS"),
        ("ruleSet", "FAILED"),
        ("rule", "SUCCESS"),
        ("CUSTOM", "SUCCESS"),
        ("rule", "FAILED"),
        ("exception", "FAILED"),
    ]
    assert audit[-1]["name"] == "PENSTOCK.test.Refuse"
    assert told(audit[-1]) == {
        "message": "not today",
        "cause": "it is Sunday",
        "rule": "PENSTOCK.test.Refuse",
        "ruleSet": "Any",
    }
    assert (await shop.penstock.event_by_id(id_))["eventStatus"] == "SUCCESS"
    (exception,) = await shop.penstock.events(context__sourceEvents=id_, eventType="ORCHESTRATION")
    assert (exception["name"], exception["eventStatus"]) == ("Any", "SUCCESS")


@pytest.mark.parametrize(
    ("rule", "message", "cause"),
    [("Fail", "it cannot be", "RuleError"), ("Break", "'lost'", "KeyError")],
)
async def test_11_any_other_exception_comes_with_its_stack(shop: Stage, rule: str, message: str, cause: str) -> None:
    id_, audit = await ran(shop, ruleset("Any", rule), code=422)
    assert (await shop.penstock.event_by_id(id_))["eventStatus"] == "FAILED"
    exception = told(audit[-1])
    assert (audit[-1]["category"], audit[-1]["name"]) == ("exception", f"PENSTOCK.test.{rule}")
    assert (exception["message"], exception["rule"], exception["ruleSet"]) == (message, f"PENSTOCK.test.{rule}", "Any")
    assert exception["cause"].endswith(cause)
    assert "in _rule" in exception["stackTrace"]
    assert [e["id"] for e in await shop.penstock.events(category="EXCEPTION", eventStatus="FAILED")] == [
        audit[-1]["id"]
    ]


async def test_11_a_failure_outside_of_rules_is_told(shop: Stage) -> None:
    id_, audit = await ran(
        shop, {**ruleset("Any"), "rules": [{"name": "PENSTOCK.core.SendEvent", "props": {"eventName": "Any"}}]}
    )
    assert (await shop.penstock.event_by_id(id_))["eventStatus"] == "FAILED"
    assert (audit[-1]["category"], audit[-1]["name"]) == ("exception", "Any")
    assert "came back 100 times" in told(audit[-1])["message"]


async def test_11_all_that_happened_to_an_order_is_found_by_it(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 50})
    await shop.buy("WEB-1", ("TSHIRT", 1))
    await shop.buy("WEB-2", ("TSHIRT", 1))
    order = await shop.order("WEB-1")
    found = await shop.penstock.events(context__rootEntityId=order["id"])
    assert {e["context"]["rootEntityRef"] for e in found} == {"WEB-1"}
    assert {e["context"]["entityType"] for e in found} == {"ORDER", "FULFILMENT"}
    assert {e["category"] for e in found} >= {"ORDER_WORKFLOW", "snapshot", "ruleSet", "rule", "ACTION"}
    events = {e["id"] for e in found if e["type"] == "ORCHESTRATION"}
    assert {s for e in found if e["type"] != "ORCHESTRATION" for s in e["context"]["sourceEvents"]} <= events
    assert all(uuid.UUID(id_).version == 7 for id_ in events)
    assert len({e["id"] for e in found}) == len(found)
    audit = await shop.penstock.events(context__rootEntityId=order["id"], eventType="ORCHESTRATION_AUDIT")
    assert {e["id"] for e in audit} == {e["id"] for e in found} - events
