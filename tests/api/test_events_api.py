"""Sending events and looking them up (spec 11 §1)."""

from __future__ import annotations

import dataclasses
import json
import time
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from serving import Api, serving

from penstock.orchestration import search
from penstock.orchestration.events import RanEvent
from penstock.orchestration.trace import decode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import MakeDatabase
    from penstock.metrics import Family
    from penstock.orchestration.events import PostedEvent
    from penstock.orchestration.trace import TraceBody
    from penstock.rules.context import Event

EVENT = "/api/v4.1/event"
# Order 10 of retailer 1 and order 20 of retailer 2; store 31 of retailer 1 fulfils order 10 only.
ROWS = """
INSERT INTO address (id, kind, ref, created_on, updated_on) VALUES (41, 'STORE', 'L1', now(), now());
INSERT INTO opening_schedule (id, all_hours, created_on, updated_on, {hours}) VALUES (51, true, now(), now(), {zeros});
INSERT INTO location (id, ref, retailer_id, primary_address_id, opening_schedule_id, created_on, updated_on)
  VALUES (31, 'L1', 1, 41, 51, now(), now());
INSERT INTO customer (id, ref, username, retailer_id, created_on, updated_on)
  VALUES (61, 'C1', 'c1', 1, now(), now()), (62, 'C2', 'c2', 2, now(), now());
INSERT INTO orders (id, ref, type, status, retailer_id, customer_id, workflow_ref, workflow_version,
  created_on, updated_on)
  VALUES (10, 'O1', 'HD', 'BOOKED', 1, 61, 'ORDER::HD', 1, now(), now()),
         (11, 'O2', 'HD', 'BOOKED', 1, 61, 'ORDER::HD', 1, now(), now()),
         (20, 'O1', 'HD', 'BOOKED', 2, 62, 'ORDER::HD', 1, now(), now());
INSERT INTO fulfilment (id, ref, type, order_id, retailer_id, from_address_id, workflow_ref, workflow_version,
  created_on, updated_on)
  VALUES (71, 'F1', 'HD_PFS', 10, 1, 41, 'ORDER::HD', 1, now(), now()),
         (72, 'F2', 'HD_PFS', 11, 1, NULL, 'ORDER::HD', 1, now(), now());
"""
ORDER = {"name": "OrderHold", "retailerId": "1", "entityType": "ORDER", "entityId": "10"}


@pytest.fixture
async def api(make_database: MakeDatabase) -> AsyncIterator[Api]:
    async with serving(make_database) as started:
        days = [f"{d}_{e}" for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") for e in ("start", "end")]
        await started.database.execute(ROWS.format(hours=", ".join(days), zeros=", ".join("0" for _ in days)))
        yield started


class Told:
    """An engine whose next result is told."""

    def __init__(self, status: str, code: int | None = None, message: str | None = None) -> None:
        self.result = RanEvent(uuid.uuid4(), "10", status, code, message)
        self.event: Event | None = None

    async def post(self, event: Event, *, generated_by: str, may_come: bool = False) -> PostedEvent:
        """Refuse: these tests run events."""
        raise AssertionError((event, generated_by, may_come))

    def release(self) -> None:
        """Nobody waits here."""

    def families(self) -> list[Family]:
        """Return nothing: nobody counts here."""
        return []

    async def run(self, event: Event, *, generated_by: str) -> RanEvent:
        """Return what was told."""
        assert generated_by == "admin"
        self.event = event
        return self.result


async def sent_sync(api: Api, told: Told, **changed: Any) -> tuple[int, dict[str, Any]]:
    api.account = dataclasses.replace(api.account, events=told)
    reply = await api.post(f"{EVENT}/sync", ORDER | changed)
    return reply.status, reply.json


async def test_an_event_is_stored_for_later(api: Api) -> None:
    reply = await api.post(f"{EVENT}/async", ORDER | {"attributes": {"a": [1]}, "unknown": 1, "entityRef": None})
    assert reply.status == 200
    body = reply.json
    assert (body["entityId"], body["eventStatus"]) == ("10", "PENDING")
    found = (await api.get(f"{EVENT}/{body['eventId']}")).json
    assert found["name"] == "OrderHold"
    assert found["retailerId"] == "1"
    assert found["generatedBy"] == "admin"
    assert found["source"] == "Fluent-API"
    assert found["context"]["rootEntityId"] == "10"
    assert found["attributes"] == [{"name": "a", "value": [1], "type": "ARRAY"}]


async def test_an_event_of_the_future_is_scheduled(api: Api) -> None:
    soon = (api.clock.now() + timedelta(hours=1)).isoformat()
    past = (api.clock.now() - timedelta(hours=1)).isoformat()
    statuses = [
        (await api.post(f"{EVENT}/async", ORDER | {"scheduledOn": d})).json["eventStatus"] for d in (soon, past)
    ]
    assert statuses == ["SCHEDULED", "PENDING"]


async def test_an_entity_may_be_named_by_ref_and_attributes_listed(api: Api) -> None:
    told = Told("SUCCESS")
    listed = [{"name": "a", "type": "STRING", "value": "x"}]
    status, body = await sent_sync(
        api, told, entityId=None, entityRef="O1", retailerId=1, attributes=listed, accountId="acme"
    )
    assert (status, body["eventStatus"], body["entityId"]) == (200, "COMPLETE", "10")
    assert told.event is not None
    assert (told.event.entity_ref, told.event.retailer_id, told.event.attributes) == ("O1", 1, {"a": "x"})


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"name": None}, "got `null` - at `$.name`"),
    ({"name": ""}, "name is missing"),
    ({"retailerId": None}, "got `null` - at `$.retailerId`"),
    ({"retailerId": "x"}, "retailerId is 'x'"),
    ({"entityType": ""}, "entityType is missing"),
    ({"entityType": "SHOE"}, "entityType is 'SHOE'"),
    ({"entityId": None}, "entityId and entityRef are both missing"),
    ({"entityId": True}, "got `bool` - at `$.entityId`"),
    ({"type": "ODD"}, "type is 'ODD'"),
    ({"scheduledOn": "tomorrow"}, "scheduledOn is 'tomorrow'"),
    ({"attributes": [1]}, "got `int` - at `$.attributes[0]`"),
    ({"meta": []}, "got `array` - at `$.meta`"),
)


async def test_what_is_wrong_is_named_and_nothing_stored(api: Api) -> None:
    for path in ("async", "sync"):
        for changed, message in REFUSED:
            reply = await api.post(f"{EVENT}/{path}", ORDER | changed)
            assert (reply.status, reply.json["code"]) == (400, "400")
            assert message in reply.json["message"]
        missing = await api.post(f"{EVENT}/{path}", {"name": "X", "retailerId": "1"})
        assert "required field `entityType`" in missing.json["message"]
        for body in (b"{", b"[]"):
            assert (await api.post(f"{EVENT}/{path}", body)).status == 400
    assert (await api.post(f"{EVENT}/async", ORDER | {"accountId": "OTHER"})).status == 403
    nul = await api.post(f"{EVENT}/async", ORDER | {"attributes": {"a": "\0"}})
    assert nul.status == 400
    assert await api.database.fetchval("SELECT count(*) FROM pending_event") == 0


async def test_a_run_once_workflow_is_looked_at_before_anything_is_stored(api: Api) -> None:
    ruleset = {"name": "OrderHold", "type": "ORDER", "rules": [{"name": "ACME.core.Nope"}], "triggers": []}
    for document, place in (
        ([], "meta.workflow must be an object"),
        ({}, "meta.workflow.rulesets is missing"),
        ({"rulesets": [ruleset]}, "meta.workflow.rulesets[0].rules[0].name is 'ACME.core.Nope', a rule that is not"),
        ({"rulesets": [{**ruleset, "rules": [{"name": "ACME.core.SetState"}]}]}, "rules[0].props.status is missing"),
        ({"rulesets": [{**ruleset, "rules": [], "triggers": {}}]}, "meta.workflow.rulesets[0].triggers is {}"),
    ):
        for path in ("sync", "async"):
            reply = await api.post(f"{EVENT}/{path}", ORDER | {"meta": {"workflow": document}})
            assert (reply.status, place in reply.json["message"]) == (400, True), reply.json
    assert await api.database.fetchval("SELECT count(*) FROM pending_event") == 0
    told = Told("SUCCESS")
    fine = {"rulesets": [{**ruleset, "rules": [{"name": "ACME.core.SetState", "props": {"status": "X"}}]}]}
    assert (await sent_sync(api, told, meta={"workflow": fine}))[0] == 200


async def test_a_run_tells_how_it_went(api: Api) -> None:
    for told, status, event_status, message in (
        (Told("NO_MATCH"), 404, "NO_MATCH", "No workflow rule matched OrderHold of ORDER 10"),
        (Told("FAILED", 400, "bad"), 400, "FAILED", "bad"),
        (Told("FAILED", None, "worse"), 500, "FAILED", "worse"),
        (Told("PENDING"), 200, "PENDING", None),
    ):
        got, body = await sent_sync(api, told)
        assert (got, body["eventStatus"], body.get("message")) == (status, event_status, message)
        assert body["eventId"] == str(told.result.id)
    reply = await api.post(f"{EVENT}/sync", ORDER | {"source": "x"})
    assert reply.status == 200


async def test_an_event_for_an_unknown_retailer_is_refused(api: Api) -> None:
    for way in ("async", "sync"):
        reply = await api.post(f"{EVENT}/{way}", ORDER | {"retailerId": "777"})
        assert (reply.status, reply.json["message"]) == (400, "retailerId is 777, and there is no such retailer.")


async def test_an_unknown_entity_fails_later_or_at_once(api: Api) -> None:
    unknown = ORDER | {"entityId": "999"}
    posted = await api.post(f"{EVENT}/async", unknown)
    assert posted.status == 200
    assert (await api.get(f"{EVENT}/{posted.json['eventId']}")).json["eventStatus"] == "FAILED"
    ran = await api.post(f"{EVENT}/sync", unknown)
    assert (ran.status, ran.json["eventStatus"], ran.json["entityId"]) == (404, "FAILED", "999")
    assert "No workflow rule matched" in ran.json["message"]
    later = await api.post(f"{EVENT}/async", unknown | {"scheduledOn": "2036-01-01T00:00:00Z"})
    assert later.json["eventStatus"] == "FAILED"
    counted = (await api.get("/metrics")).body.decode()
    assert 'penstock_events_total{account="ACME",name="OrderHold",result="FAILED",worker=""} 3.0' in counted


async def test_an_unknown_entity_keeps_the_root_that_it_was_given(api: Api) -> None:
    item = {"name": "X", "retailerId": "1", "entityType": "FULFILMENT", "entityId": "999"}
    given = {"rootEntityType": "ORDER", "rootEntityId": "77", "rootEntityRef": "O77"}
    for sent, root in (
        (item | given, ["ORDER", "77", "O77"]),
        (item, ["ORDER", None, None]),
        (ORDER | {"entityId": "999"}, ["ORDER", "999", None]),
    ):
        posted = await api.post(f"{EVENT}/async", sent)
        stored = (await api.get(f"{EVENT}/{posted.json['eventId']}")).json
        assert [stored["context"][f"rootEntity{part}"] for part in ("Type", "Id", "Ref")] == root
        assert stored["category"] == "ORDER_WORKFLOW"


async def test_a_retailers_user_reaches_its_own_orders_only(api: Api) -> None:
    api.token = await api.add_user("one", "API", ("RETAILER", 1))
    by_ref = {"name": "X", "entityType": "ORDER", "entityRef": "O1"}
    tried = [
        ORDER,
        by_ref | {"retailerId": "1"},
        by_ref | {"retailerId": "2"},
        ORDER | {"entityId": "20"},
        ORDER | {"entityId": "20", "retailerId": "2"},
        ORDER | {"entityId": "999"},
    ]
    replies = [await api.post(f"{EVENT}/async", body) for body in tried]
    assert [r.status for r in replies] == [200, 200, 403, 403, 403, 200]
    assert replies[1].json["entityId"] == "10"


async def test_a_stores_user_reaches_its_own_fulfilments_only(api: Api) -> None:
    api.token = await api.add_user("store", "STORE_ASSISTANT", ("LOCATION", 31))
    event = {"name": "X", "retailerId": "1", "entityType": "FULFILMENT"}
    ids = ("71", "72")
    assert [(await api.post(f"{EVENT}/async", event | {"entityId": i})).status for i in ids] == [200, 403]
    for type_ in ("INVENTORY_CATALOGUE", "INVENTORY_POSITION", "PRODUCT_CATALOGUE"):
        reply = await api.post(f"{EVENT}/async", event | {"entityType": type_, "entityRef": "DEFAULT:1"})
        assert (reply.status, "within locations only" in reply.json["message"]) == (403, True)


async def test_permissions_are_needed(api: Api) -> None:
    api.token = await api.add_user("roles", "ROLE_MANAGER", ("ACCOUNT", 0))
    replies = [await api.post(f"{EVENT}/async", ORDER), await api.get(EVENT), await api.get(f"{EVENT}/{uuid.uuid4()}")]
    assert [r.status for r in replies] == [403] * 3
    assert [r.json["message"] for r in replies[:2]] == [
        "User does not have permission: EVENT_CREATE",
        "User does not have permission: EVENT_VIEW",
    ]


async def test_a_search_for_values_that_there_are_not_is_refused(api: Api) -> None:
    for name, value in (("eventStatus", "BROKEN"), ("eventType", "ORCHESTRATIONS")):
        reply = await api.get(EVENT, **{name: value})
        assert (reply.status, reply.json["message"].startswith(f"{name} is '{value}'; give one of ")) == (400, True)
    assert (await api.get(EVENT, eventStatus="failed,Pending")).status == 200


async def test_a_search_pages_newest_first(api: Api) -> None:
    ids = []
    for number in range(3):
        ids.append((await api.post(f"{EVENT}/async", ORDER | {"name": f"E{number}"})).json["eventId"])
        api.clock.advance(timedelta(seconds=1))
    page = (await api.get(EVENT, count=2)).json
    assert (page["start"], page["count"], page["hasMore"]) == (0, 2, True)
    assert [e["id"] for e in page["results"]] == [ids[2], ids[1]]
    page = (await api.get(EVENT, count=2, start=2)).json
    assert (page["start"], page["count"], page["hasMore"]) == (2, 1, False)


async def test_a_search_filters(api: Api) -> None:
    for name, retailer, order in (("A", 1, 10), ("B", 1, 11), ("C", 2, 20)):
        await api.post(f"{EVENT}/async", ORDER | {"name": name, "retailerId": retailer, "entityId": order})

    async def names(**query: Any) -> list[str]:
        reply = await api.get(EVENT, **query)
        assert reply.status == 200, reply.body
        return sorted(e["name"] for e in reply.json["results"])

    assert await names(**{"context.rootEntityId": "10", "context.rootEntityType": "ORDER"}) == ["A"]
    assert await names(name="A,B") == ["A", "B"]
    assert await names(name=["A", "C"]) == ["A", "C"]
    assert await names(eventStatus="PENDING", retailerId=2) == ["C"]
    assert await names(eventStatus="SUCCESS") == []
    later = (api.clock.now() + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S.00Z")
    assert await names(**{"from": later}) == []
    assert await names(to=later) == ["A", "B", "C"]
    api.token = await api.add_user("two", "API", ("RETAILER", 2))
    assert await names() == ["C"]
    assert await names(retailerId=1) == []


async def test_another_retailers_event_does_not_exist(api: Api) -> None:
    posted = (await api.post(f"{EVENT}/async", ORDER)).json["eventId"]
    api.token = await api.add_user("two", "API", ("RETAILER", 2))
    assert (await api.get(f"{EVENT}/{posted}")).status == 404


async def test_a_search_refuses_what_it_cannot_read(api: Api) -> None:
    for query in ({"from": "x"}, {"to": "2024-13-01T00:00:00Z"}, {"start": -1}, {"count": "x"}, {"eventId": "7"}):
        reply = await api.get(EVENT, **query)
        assert reply.status == 400
        assert next(iter(query)) in reply.json["message"]
    assert (await api.get(f"{EVENT}/7")).status == 400
    assert (await api.get(EVENT, count=9_999, other="x")).status == 200
    assert json.loads((await api.get(EVENT)).body)["results"] == []


async def test_a_search_that_takes_too_long_says_how_to_narrow_it(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SECONDS", 0.2)
    async with api.database.transaction() as holding:
        await holding.execute("LOCK TABLE event")
        reply = await api.get(EVENT)
    assert reply.status == 400
    assert "not done after 0.2 s. Add what finds its events: context.rootEntityId" in reply.json["message"]
    assert "from and to" in reply.json["message"]
    assert (await api.get(EVENT)).status == 200


async def test_a_search_that_opens_too_much_is_refused_and_never_cut(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        await api.post(f"{EVENT}/async", ORDER | {"entityId": "999"})
    monkeypatch.setattr(search, "decode", slow := Slow())
    monkeypatch.setattr(search, "SECONDS", 0.2)
    assert (await api.get(EVENT, start=1)).status == 400
    assert slow.opened == 1
    assert (await api.get(EVENT, count=1)).json["hasMore"] is True  # enough was found in time


class Slow:
    """Opens a trace and takes its time."""

    def __init__(self) -> None:
        self.opened = 0

    def __call__(self, trace: bytes) -> TraceBody:
        """Return the trace, later."""
        self.opened += 1
        time.sleep(0.3)
        return decode(trace)


async def test_a_search_may_begin_before_there_were_events(api: Api) -> None:
    posted = await api.post(f"{EVENT}/async", ORDER)
    for since in ("0251-10-28T17:50:52Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z"):
        reply = await api.get(EVENT, **{"from": since})
        assert [event["id"] for event in reply.json["results"]] == [posted.json["eventId"]]
    assert (await api.get(EVENT, **{"from": "9999-12-31T23:59:59Z"})).json["results"] == []
