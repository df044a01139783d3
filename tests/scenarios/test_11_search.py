"""Spec 11 §1.2, §1.3: every parameter of the search, its forms, its pages, and whom it shows what."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

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


async def everything(shop: Stage) -> list[Node]:
    """Let two orders live, one with failures of all kinds; return all that there is to find, newest first."""
    await shop.fill(SYD_01={"TSHIRT": 50}, DC_01={"JEANS": 10})
    for ref in ("WEB-1", "WEB-2"):
        await shop.buy(ref, ("TSHIRT", 1), ("JEANS", 2))
    for rule in ("Tell", "Refuse", "Break", "Send", "Hook"):
        body = shop.penstock.event("Any", "ORDER", "WEB-1", {"code": 422}, meta=once(ruleset("Any", rule)))
        await shop.penstock.client.call("POST", f"{EVENT}/sync", body)
    await shop.penstock.post("Nothing", "FULFILMENT", (await shop.fulfilments("WEB-2"))[0]["id"])
    await shop.penstock.post("Any", "ORDER", "NOBODY")
    await shop.penstock.settle()
    found = await shop.penstock.events(**{"from": "2026-01-01T00:00:00.00Z"})
    assert 400 < len(found) < 5000
    return found


# Each parameter, and what of an event it compares.
PARAMETERS: dict[str, Any] = {
    "context.rootEntityType": lambda e: [e["context"]["rootEntityType"]],
    "context.rootEntityId": lambda e: [e["context"]["rootEntityId"]],
    "context.rootEntityRef": lambda e: [e["context"]["rootEntityRef"]],
    "context.entityType": lambda e: [e["context"]["entityType"]],
    "context.entityId": lambda e: [e["context"]["entityId"]],
    "context.entityRef": lambda e: [e["context"]["entityRef"]],
    "context.sourceEvents": lambda e: e["context"]["sourceEvents"],
    "eventId": lambda e: [e["id"]],
    "name": lambda e: [e["name"]],
    "category": lambda e: [e["category"]],
    "eventType": lambda e: [e["type"]],
    "eventStatus": lambda e: [e["eventStatus"]],
    "retailerId": lambda e: [e["retailerId"]],
}
FEW = 12  # values of each parameter that are tried


async def search(shop: Stage, **query: str) -> list[str]:
    """Return the ids of what is found."""
    status, body = await shop.penstock.client.call("GET", EVENT, None, **{"count": "5000", **query})
    assert status == 200, body
    assert (body["count"], body["hasMore"], body["start"]) == (len(body["results"]), False, 0)
    return [e["id"] for e in body["results"]]


async def test_11_every_parameter_finds_all_that_has_its_value(shop: Stage) -> None:
    events = await everything(shop)
    assert [e["id"] for e in events] == await search(shop)
    for parameter, values in PARAMETERS.items():
        known = list(dict.fromkeys(v for e in events for v in values(e) if v is not None))
        assert known, parameter
        tried = known if len(known) <= FEW else known[:: max(1, len(known) // FEW)]
        for value in tried:
            expected = [e["id"] for e in events if value in values(e)]
            assert await search(shop, **{parameter: value}) == expected, (parameter, value)
        if parameter != "eventId" and "," not in "".join(tried):
            expected = [e["id"] for e in events if set(values(e)) & set(tried[:2])]
            assert await search(shop, **{parameter: ",".join(tried[:2])}) == expected, parameter
        assert await search(shop, **{parameter: NOBODY.get(parameter, "Nobody")}) == [], parameter


NOBODY = {
    "context.sourceEvents": str(uuid.UUID(int=7)),
    "eventId": str(uuid.UUID(int=7)),
    "retailerId": "999",
    "context.entityId": "424242",
    "eventType": "SECURITY",
    "eventStatus": "PENDING",
}


async def test_11_parameters_narrow_each_other(shop: Stage) -> None:
    events = await everything(shop)
    for query in (
        {"context.rootEntityRef": "WEB-1", "category": "RULE", "eventStatus": "FAILED"},
        {"context.entityType": "FULFILMENT", "name": "CREATE", "eventType": "ORCHESTRATION"},
        {
            "context.rootEntityType": "ORDER",
            "eventType": "ORCHESTRATION_AUDIT",
            "category": "action",
            "name": "Mutation",
        },
        {"eventStatus": "NO_MATCH", "name": "Nothing"},
        {"category": "ruleset", "context.entityType": "INVENTORY_POSITION,INVENTORY_QUANTITY"},
    ):
        expected = [
            e["id"]
            for e in events
            if all({str(v).lower() for v in PARAMETERS[p](e)} & set(w.lower().split(",")) for p, w in query.items())
        ]
        assert expected, query
        assert await search(shop, **query) == expected, query


async def test_11_synonyms_and_case(shop: Stage) -> None:
    events = await everything(shop)
    succeeded = [e["id"] for e in events if e["eventStatus"] == "SUCCESS"]
    assert await search(shop, eventStatus="COMPLETE") == succeeded
    assert await search(shop, category="RULESET") == await search(shop, category="ruleSet")
    options = {
        await_type: await search(shop, **{"context.rootEntityType": await_type})
        for await_type in ("FULFILMENT_OPTION", "FULFILMENT_OPTIONS", "FULFILMENTOPTION")
    }
    assert len({tuple(ids) for ids in options.values()}) == 1
    for class_ in ("API", "GENERAL", "INTEGRATION", "SECURITY"):
        assert await search(shop, eventType=class_) == []
    assert await search(shop, unknown="x", another="") == [e["id"] for e in events]


async def test_11_times_are_inclusive_and_thirty_days_are_searched(shop: Stage) -> None:
    first = await shop.penstock.post("Nothing", "ORDER", "NOBODY")
    begun = (await shop.penstock.event_by_id(first))["generatedOn"]
    shop.penstock.clock.advance(timedelta(seconds=1))
    second = await shop.penstock.post("Nothing", "ORDER", "NOBODY")
    about = {"name": "Nothing", "eventType": "ORCHESTRATION"}
    at = begun.replace("+0000", "Z")
    after = moved(begun, timedelta(milliseconds=1))
    assert await search(shop, **about, **{"from": at}) == [second, first]
    assert await search(shop, **about, **{"from": after}) == [second]
    assert await search(shop, **about, to=at) == [first]
    assert await search(shop, **about, **{"from": at, "to": at}) == [first]
    for form in (f"{begun[:19]}.00Z", f"{begun[:19]}.000Z", f"{begun[:19]}Z", f"{begun[:19]}.00+0000"):
        assert await search(shop, **about, **{"from": form}) == [second, first], form

    shop.penstock.clock.advance(timedelta(days=30, seconds=-1))
    assert await search(shop, **about) == [second, first]
    shop.penstock.clock.advance(timedelta(seconds=1.5))
    assert await search(shop, **about) == []
    assert await search(shop, **about, **{"from": at}) == [second, first]
    assert await search(shop, eventId=first) == [first]
    assert (await shop.penstock.event_by_id(first))["id"] == first


def moved(moment: str, by: timedelta) -> str:
    """Return a moment, moved."""
    return (datetime.fromisoformat(moment) + by).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


async def test_11_a_timer_is_found_when_it_ran_and_not_only_when_it_was_set(shop: Stage) -> None:
    await shop.buy("WEB-1", ("TSHIRT", 1))
    set_at = shop.penstock.clock.now()
    timer = await shop.penstock.post(
        "Alarm",
        "ORDER",
        "WEB-1",
        scheduledOn=(set_at + timedelta(days=40)).isoformat(),
        meta=once(ruleset("Alarm", "Tell")),
    )
    await shop.penstock.advance(timedelta(days=40, hours=1))
    ran = await shop.penstock.events(name="Alarm", category="ruleSet")
    assert [e["context"]["sourceEvents"] for e in ran] == [[timer]]
    assert ran[0]["generatedOn"] > moved(set_at.isoformat(), timedelta(days=39))
    assert await search(shop, name="Alarm", eventType="ORCHESTRATION") == []  # it came in 40 days ago
    assert await search(shop, name="Alarm", eventType="ORCHESTRATION", **{"from": set_at.isoformat()}) == [timer]


async def test_11_pages_lie_side_by_side_while_events_come_in(shop: Stage) -> None:
    events = await everything(shop)
    # The clock stands still while rules run, and yet they take their time.
    until = moved(shop.penstock.clock.now().isoformat(), timedelta(minutes=1))
    shop.penstock.clock.advance(timedelta(minutes=2))
    pages: list[str] = []
    more = True
    while more:
        query = {"count": "97", "start": str(len(pages)), "to": until}
        _, body = await shop.penstock.client.call("GET", EVENT, None, **query)
        assert (body["start"], body["count"]) == (len(pages), len(body["results"]))
        pages += [e["id"] for e in body["results"]]
        more = body["hasMore"]
        await shop.penstock.post("Nothing", "ORDER", "NOBODY")
    assert pages == [e["id"] for e in events]


async def test_11_sizes_and_starts(shop: Stage) -> None:
    events = await everything(shop)

    async def page(**query: str) -> tuple[int, int, bool]:
        status, body = await shop.penstock.client.call("GET", EVENT, None, **query)
        assert status == 200
        return body["start"], len(body["results"]), body["hasMore"]

    assert await page() == (0, 100, True)
    assert await page(count="0") == (0, 0, True)
    assert await page(count="999999") == (0, len(events), False)
    for start in (0, 99, 510, len(events) - 1):
        _, body = await shop.penstock.client.call("GET", EVENT, None, start=str(start), count="3")
        assert [e["id"] for e in body["results"]] == [e["id"] for e in events[start : start + 3]], start
        for kind in ("ORCHESTRATION", "ORCHESTRATION_AUDIT"):
            _, body = await shop.penstock.client.call("GET", EVENT, None, start=str(start), count="3", eventType=kind)
            expected = [e["id"] for e in events if e["type"] == kind][start : start + 3]
            assert [e["id"] for e in body["results"]] == expected, (start, kind)
    assert await page(start=str(len(events))) == (len(events), 0, False)
    assert await page(start="999999999") == (999999999, 0, False)
    for wrong in ({"start": "-1"}, {"count": "-1"}, {"count": "x"}, {"from": "x"}, {"to": "2026-13-01"}):
        assert (await shop.penstock.client.call("GET", EVENT, None, **wrong))[0] == 400


async def test_11_users_see_their_retailer(shop: Stage) -> None:
    events = await everything(shop)
    other = await shop.second_retailer()
    guest = await shop.user("guest", "API", context="RETAILER", context_id=int(other["retailer"]["id"]))
    own = await shop.user("own", "API", context="RETAILER", context_id=int(shop.retailer))
    for query in ({}, {"retailerId": shop.retailer}, {"context.rootEntityRef": "WEB-1"}, {"eventId": events[0]["id"]}):
        _, body = await guest.call("GET", EVENT, None, **query)
        assert not [e for e in body["results"] if e["retailerId"] == shop.retailer]
        _, body = await own.call("GET", EVENT, None, **query)
        assert body["results"]
    assert (await guest.call("GET", f"{EVENT}/{events[0]['id']}"))[0] == 404
    assert (await own.call("GET", f"{EVENT}/{events[0]['id']}"))[0] == 200
    assert (await own.call("GET", f"{EVENT}/{uuid.UUID(int=7)}"))[0] == 404
    assert (await own.call("GET", f"{EVENT}/seven"))[0] == 400
