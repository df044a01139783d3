"""Spec 11 §1.1, §1.4 to §1.6: events as they are posted, what is answered, and what is stored."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import aiohttp
import asyncpg
import pytest
from rules11 import installed, once, ruleset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stage import Stage

    from running import Node

pytest_plugins = ["worlds"]

EVENT = "/api/v4.1/event"


@pytest.fixture(autouse=True)
def _rules() -> Iterator[None]:
    with installed():
        yield


async def order_of(shop: Stage, ref: str = "WEB-1") -> str:
    """Place an order and return its id."""
    await shop.fill(SYD_01={"TSHIRT": 50})
    await shop.buy(ref, ("TSHIRT", 1))
    return str((await shop.order(ref))["id"])


async def post(shop: Stage, how: str, **body: Any) -> tuple[int, Node]:
    """Post an event to the order WEB-1 and settle."""
    given = {"name": "Any", "retailerId": shop.retailer, "entityType": "ORDER", "entityRef": "WEB-1", **body}
    found = await shop.penstock.client.call("POST", f"{EVENT}/{how}", given)
    await shop.penstock.settle()
    return found


async def test_11_the_stored_shape(shop: Stage) -> None:
    id_ = await order_of(shop)
    status, body = await post(
        shop,
        "sync",
        accountId="PENSTOCK",
        entityId=id_,
        id="00000000-0000-0000-0000-000000000001",
        source="till 7",
        attributes={"who": "dana", "count": 2, "sure": True, "rate": 0.5, "list": [1], "map": {"a": 1}, "none": None},
        meta=once(ruleset("Any", "Tell")),
    )
    assert (status, body) == (200, {"eventId": body["eventId"], "entityId": id_, "eventStatus": "COMPLETE"})
    stored = await shop.penstock.event_by_id(body["eventId"])
    assert stored["id"] != "00000000-0000-0000-0000-000000000001"
    stored["attributes"].sort(key=lambda a: a["type"])  # a map has no order
    assert stored == {
        "id": body["eventId"],
        "name": "Any",
        "type": "ORCHESTRATION",
        "accountId": "PENSTOCK",
        "retailerId": shop.retailer,
        "category": "ORDER_WORKFLOW",
        "context": {
            "sourceEvents": [],
            "entityType": "ORDER",
            "entityId": id_,
            "entityRef": "WEB-1",
            "rootEntityType": "ORDER",
            "rootEntityId": id_,
            "rootEntityRef": "WEB-1",
        },
        "eventStatus": "SUCCESS",
        "attributes": [
            {"name": "list", "value": [1], "type": "ARRAY"},
            {"name": "sure", "value": True, "type": "BOOLEAN"},
            {"name": "rate", "value": 0.5, "type": "FLOAT"},
            {"name": "count", "value": 2, "type": "INTEGER"},
            {"name": "none", "value": None, "type": "JSON"},
            {"name": "map", "value": {"a": 1}, "type": "OBJECT"},
            {"name": "who", "value": "dana", "type": "STRING"},
        ],
        "source": "till 7",
        "generatedBy": "admin",
        "generatedOn": stored["generatedOn"],
    }
    assert stored["generatedOn"].endswith("+0000")


async def test_11_a_ref_means_what_is_below_the_root_that_is_named(shop: Stage) -> None:
    """Spec 13 §5: loaded by id, else by ref and root; refs of fulfilments are not unique."""
    await shop.fill(SYD_01={"TSHIRT": 5})
    for ref in ("WEB-1", "WEB-2"):
        await shop.buy(ref, ("TSHIRT", 1))
    orders = {ref: (await shop.order(ref)) for ref in ("WEB-1", "WEB-2")}
    connection = await asyncpg.connect(shop.penstock.stored.account)
    await connection.execute("UPDATE fulfilment SET ref = 'SAME'")
    await connection.close()
    for path in (f"{EVENT}/sync", f"{EVENT}/async"):
        for ref, order in orders.items():
            for root in ({"rootEntityId": order["id"]}, {"rootEntityRef": ref}):
                event = shop.penstock.event("Nope", "FULFILMENT", "SAME", rootEntityType="ORDER", **root)
                _, body = await shop.penstock.client.call("POST", path, event)
                assert body["entityId"] == order["fulfilments"][0]["id"], (path, root)
        event = shop.penstock.event("Nope", "FULFILMENT", "SAME", rootEntityId="1")
        _, body = await shop.penstock.client.call("POST", path, event)
        stored = await shop.penstock.event_by_id(body["eventId"])
        assert (stored["eventStatus"], body["entityId"]) == ("FAILED", "SAME")


async def test_11_a_timer_may_be_set_for_what_is_still_to_come(shop: Stage) -> None:
    """Spec 11 §1.5: stored SCHEDULED, and executed at its time, in the order of its entity's events."""
    await shop.fill(SYD_01={"TSHIRT": 5})
    due = (shop.penstock.clock.now() + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    posted = []
    for ref in ("WEB-1", "NEVER"):
        event = shop.penstock.event("OrderCancel", "ORDER", ref, scheduledOn=due)
        status, body = await shop.penstock.client.call("POST", f"{EVENT}/async", event)
        assert (status, body["eventStatus"], body["entityId"]) == (200, "SCHEDULED", ref)
        posted.append(body["eventId"])
    assert {(await shop.penstock.event_by_id(id_))["eventStatus"] for id_ in posted} == {"SCHEDULED"}
    await shop.buy("WEB-1", ("TSHIRT", 1))
    await shop.penstock.elapse(timedelta(minutes=61))
    done = [await shop.penstock.event_by_id(id_) for id_ in posted]
    assert [event["eventStatus"] for event in done] == ["SUCCESS", "FAILED"]
    assert done[0]["context"]["rootEntityId"] == (await shop.order("WEB-1"))["id"]
    assert (await shop.statuses("WEB-1"))[0] == "CANCELLED"
    reader = await shop.user("narrow", "ADMIN", context="RETAILER", context_id=int(shop.retailer))
    later = (shop.penstock.clock.now() + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    event = shop.penstock.event("OrderCancel", "ORDER", "NOBODY", scheduledOn=later)
    _, body = await reader.call("POST", f"{EVENT}/async", event)
    assert body["eventStatus"] == "FAILED", "what is to come cannot be looked at"


async def test_11_the_table_of_errors(shop: Stage) -> None:
    id_ = await order_of(shop)

    async def both(**body: Any) -> list[tuple[int, str | None, str]]:
        """Return status, event status and message of the answers to a synchronous and an asynchronous event."""
        answers = [await post(shop, how, **body) for how in ("sync", "async")]
        return [(s, b.get("eventStatus"), b.get("message", "")) for s, b in answers]

    async def stored(**body: Any) -> str:
        _, answer = await post(shop, "async", **body)
        return str((await shop.penstock.event_by_id(answer["eventId"]))["eventStatus"])

    for missing in ("name", "retailerId", "entityType", "entityRef"):
        assert [s for s, _, _ in await both(**{missing: None})] == [400, 400]
    assert [s for s, _, _ in await both(entityType="SHOE")] == [400, 400]

    sync, later = await both(entityRef="NOBODY")
    assert sync[:2] == (404, "FAILED")
    assert "No workflow rule matched" in sync[2]
    assert later[:2] == (200, "PENDING")
    assert await stored(entityRef="NOBODY") == "FAILED"

    sync, later = await both(name="Nothing")
    assert sync[:2] == (404, "NO_MATCH")
    assert "No workflow rule matched" in sync[2]
    assert later[:2] == (200, "PENDING")
    assert await stored(name="Nothing") == "NO_MATCH"

    refused = {"meta": once(ruleset("Any", "Refuse"))}
    assert [a[:2] for a in await both(**refused)] == [(200, "COMPLETE"), (200, "PENDING")]
    assert await stored(**refused) == "SUCCESS"

    for code in (400, 404, 422):
        failing = {"meta": once(ruleset("Any", "Fail")), "attributes": {"code": code}}
        sync, later = await both(**failing)
        assert sync[:2] == (code, "FAILED")
        assert "it cannot be" in sync[2]
        assert later[:2] == (200, "PENDING")
        assert await stored(**failing) == "FAILED"
    broken = {"meta": once(ruleset("Any", "Break"))}
    status, body = await post(shop, "sync", **broken)
    assert (status, body["code"], body["entityId"], body["eventStatus"]) == (500, "500", id_, "FAILED")
    assert "KeyError" in body["message"]
    assert await shop.penstock.event_by_id(body["eventId"])
    assert (await post(shop, "sync", meta=once(ruleset("Any", "Unheard"))))[0] == 400

    status, made = await shop.penstock.client.call("POST", f"{EVENT}/async", b"{".decode())
    assert (status, made["code"]) == (400, "400")
    assert [s for s, _, _ in await both(accountId="OTHER")] == [403, 403]


async def test_11_another_retailers_user_is_refused(shop: Stage) -> None:
    await order_of(shop)
    other = await shop.second_retailer()
    guest = await shop.user("guest", "API", context="RETAILER", context_id=int(other["retailer"]["id"]))
    event = shop.penstock.event("Any", "ORDER", "WEB-1")
    for how in ("sync", "async"):
        assert (await guest.call("POST", f"{EVENT}/{how}", event))[0] == 403


async def test_11_events_of_the_future_wait_and_those_of_the_past_run(shop: Stage) -> None:
    await order_of(shop)
    now = shop.penstock.clock.now()
    for how in ("sync", "async"):
        status, body = await post(shop, how, name="Timed", scheduledOn=(now + timedelta(hours=1)).isoformat())
        assert (status, body["eventStatus"]) == (200, "SCHEDULED")
        assert (await shop.penstock.event_by_id(body["eventId"]))["eventStatus"] == "SCHEDULED"
    found = await shop.penstock.events(eventStatus="SCHEDULED", name="Timed")
    assert len(found) == 2
    status, body = await post(shop, "async", scheduledOn=(now - timedelta(days=1)).isoformat())
    assert (status, body["eventStatus"]) == (200, "PENDING")
    assert (await shop.penstock.event_by_id(body["eventId"]))["eventStatus"] == "NO_MATCH"
    await shop.penstock.advance(timedelta(hours=2))
    assert await shop.penstock.events(eventStatus="SCHEDULED", name="Timed") == []
    assert [e["eventStatus"] for e in await shop.penstock.events(name="Timed")] == ["NO_MATCH"] * 2


async def test_11_a_run_once_workflow_with_its_inline_children(shop: Stage) -> None:
    await order_of(shop)
    stored = shop.penstock.workflow("ORDER::HD")
    stored["rulesets"].append(ruleset("Grandchild", "Tell"))
    await shop.penstock.install({**stored, "version": "1.9"})
    child = ruleset("Child", "Tell")
    child["rules"].append({"name": "PENSTOCK.core.SendEvent", "props": {"eventName": "Grandchild"}})
    status, body = await post(shop, "sync", name="Parent", meta=once(ruleset("Parent", "Send", note="x"), child))
    assert (status, body["eventStatus"]) == (200, "COMPLETE")

    found = await shop.penstock.events(context__rootEntityRef="WEB-1", eventType="ORCHESTRATION")
    events = {e["name"]: e for e in found if e["name"] in {"Parent", "Child", "Grandchild"}}
    assert {e["eventStatus"] for e in events.values()} == {"SUCCESS"}
    assert events["Child"]["context"]["sourceEvents"] == [body["eventId"]]
    assert events["Grandchild"]["context"]["sourceEvents"] == [events["Child"]["id"]]
    # The properties of rules are told, though the workflow is not stored.
    (ran,) = await shop.penstock.events(context__sourceEvents=body["eventId"], category="rule")
    assert next(a["value"] for a in ran["attributes"] if a["name"] == "props") == {"note": "x"}
    status, _ = await post(shop, "sync", name="Parent")
    assert status == 404  # nothing was saved
    assert (await post(shop, "sync", meta={"workflow": {"rulesets": 1}}))[0] == 400
    assert (await post(shop, "sync", meta=once(ruleset("Other", "Tell"))))[0] == 404


async def test_11_a_broken_contract_is_told_before_anything_runs(shop: Stage) -> None:
    id_ = await order_of(shop)
    needing = {"meta": once(ruleset("Any", "Change", "Need", "Fail", note="changed"))}
    status, body = await post(shop, "sync", **needing)
    assert (status, body["eventStatus"], body["entityId"]) == (400, "FAILED", id_)
    assert body["message"] == (
        "event Any does not have colour attributes; rule PENSTOCK.test.Need of ruleset Any needs it; "
        "event Any does not have code attributes; rule PENSTOCK.test.Fail of ruleset Any needs it"
    )
    assert await seen(shop) is None
    entries = await shop.penstock.events(context__sourceEvents=body["eventId"])
    assert [(e["category"], e["eventStatus"]) for e in entries] == [("exception", "FAILED")]

    # Nobody checks an asynchronous one: it is stored, and fails where it is missed.
    status, body = await post(shop, "async", **needing)
    assert (status, body["eventStatus"]) == (200, "PENDING")
    assert (await shop.penstock.event_by_id(body["eventId"]))["eventStatus"] == "FAILED"
    assert await seen(shop) == "changed"

    status, body = await post(shop, "sync", attributes={"colour": "red", "code": None}, meta=needing["meta"])
    assert "code" in body["message"]
    assert "colour" not in body["message"]
    status, body = await post(shop, "sync", attributes={"colour": ["red"], "code": "many"}, meta=needing["meta"])
    assert status == 400
    assert body["message"] == (
        "event Any has colour ['red'], which is no STRING; rule PENSTOCK.test.Need of ruleset Any needs it; "
        "event Any has code 'many', which is no INTEGER; rule PENSTOCK.test.Fail of ruleset Any needs it"
    )
    good = {"meta": once(ruleset("Any", "Need")), "attributes": [{"name": "colour", "type": "STRING", "value": "red"}]}
    assert (await post(shop, "sync", **good))[1]["eventStatus"] == "COMPLETE"


async def seen(shop: Stage) -> str | None:
    """Return the attribute that the rule Change sets."""
    query = 'query { order(ref: "WEB-1") { attributes { name value } } }'
    found = (await shop.penstock.client.graphql(query))["order"]["attributes"] or []
    return next((a["value"] for a in found if a["name"] == "seen"), None)


@pytest.mark.parametrize("how", ["sync", "async"])
async def test_11_bodies_as_clients_send_them(shop: Stage, how: str) -> None:
    await order_of(shop)
    event = {**shop.penstock.event("Nothing", "ORDER", "WEB-1"), "retailerId": int(shop.retailer), "extra": 1}
    token = shop.penstock.client.token
    async with aiohttp.ClientSession(shop.penstock.url, headers={"Authorization": f"Bearer {token}"}) as http:

        async def send(body: Node, path: str = f"{EVENT}/{how}/", **headers: str) -> int:
            async with http.post(path, data=BytesIO(json.dumps(body).encode()), headers=headers) as response:
                await response.read()
                return response.status

        expected = 404 if how == "sync" else 200
        assert await send(event) == expected
        assert await send(event, **{"CONTENT-TYPE": "Application/JSON"}) == expected
        # 2 MB are taken, less the rest of the body; more are not.
        room = 2 * 1024 * 1024 - len(json.dumps({**event, "attributes": {"big": ""}}))
        assert await send({**event, "attributes": {"big": "x" * room}}) == expected
        assert await send({**event, "attributes": {"big": "x" * (room + 1)}}) == 413
