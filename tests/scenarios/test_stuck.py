"""Stuck entities: whoever moves on is not among them, whoever does not is, with the reason."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from click.testing import CliRunner
from floor import pack_all, wave, wave_and_pick
from stage import Place, Stage

from penstock.cli import main

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from running import Node

pytest_plugins = ["worlds"]

KIOSK = Place("K-1", "KIOSK", -33.87, 151.21)  # the retailer has no workflow for it


@pytest.fixture
async def database(shop: Stage) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(shop.penstock.stored.account)
    yield connection
    await connection.close()


async def examined(shop: Stage) -> Node:
    shop.penstock.clock.advance(timedelta(seconds=1))
    status, report = await shop.penstock.client.call("GET", "/api/v4.1/doctor", unchangedFor="0")
    assert (status, report["complete"]) == (200, True)
    examination: Node = report["examination"]
    return examination


async def stuck(shop: Stage) -> list[tuple[Any, ...]]:
    return [(s["entityType"], s["status"], s["why"]) for s in (await examined(shop))["stuck"]]


async def test_an_order_on_its_way_is_never_stuck(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 5}, DC_01={"JEANS": 5})
    await shop.buy("WEB-1", ("TSHIRT", 2), ("JEANS", 1))
    assert await stuck(shop) == []
    assert {"entityType": "FULFILMENT", "status": "AWAITING_WAVE", "event": "WaveCreate", "count": 1} in (
        await examined(shop)
    )["waiting"]
    await wave(shop, "SYD-01")
    assert await stuck(shop) == []


async def test_a_lost_event_is_noticed(shop: Stage, database: asyncpg.Connection) -> None:
    """Nothing loses events; should it ever happen, it shows."""
    await shop.fill(SYD_01={"TSHIRT": 5})
    document = shop.penstock.workflow("ORDER::HD")
    created = next(r for r in document["rulesets"] if (r["name"], r["type"]) == ("CREATE", "ORDER"))
    later = {"name": "ACME.core.ScheduleEvent", "props": {"eventName": "ProcessOrder", "delay": 3600}}
    created["rules"] = [created["rules"][0], later]
    await shop.penstock.install({**document, "version": "1.1"})
    await shop.buy("WEB-2", ("TSHIRT", 2))
    assert await shop.statuses("WEB-2") == ["RECEIVED"]
    assert await stuck(shop) == []  # its timer is due
    await database.execute("DELETE FROM pending_event")
    (found,) = (await examined(shop))["stuck"]
    assert (found["entityType"], found["entityRef"], found["status"]) == ("ORDER", "WEB-2", "RECEIVED")
    assert found["workflow"] == "ORDER::HD 1.1"
    assert found["why"] == "no event, timer or answer from outside is due"
    assert found["last"] == "CREATE SUCCESS"


async def test_a_failed_event_is_named(shop: Stage) -> None:
    document = shop.penstock.workflow("ORDER::HD")
    created = next(r for r in document["rulesets"] if (r["name"], r["type"]) == ("CREATE", "ORDER"))
    created["rules"] = [{"name": "ACME.core.SetState", "props": {}}]
    await shop.penstock.install({**document, "version": "1.1"})
    await shop.buy("WEB-3", ("TSHIRT", 1))
    (found,) = (await examined(shop))["stuck"]
    assert found["status"] == "CREATED"
    assert found["last"].startswith("CREATE FAILED: ACME.core.SetState: ")


async def test_a_status_that_no_workflow_declares_is_noticed(shop: Stage) -> None:
    """The most likely mistake: one letter too many in a SetState, and nothing takes the order any more."""
    await shop.fill(SYD_01={"TSHIRT": 5})
    document = shop.penstock.workflow("ORDER::HD")
    booked = next(r for r in document["rulesets"] if r["name"] == "ProcessOrder")
    booked["rules"] = [{"name": "ACME.core.SetState", "props": {"status": "BOOKEDD"}}]
    await shop.penstock.install({**document, "version": "1.1"})
    await shop.buy("WEB-9", ("TSHIRT", 1))
    assert await stuck(shop) == [("ORDER", "BOOKEDD", "ORDER::HD does not declare the status BOOKEDD")]


async def test_who_waits_for_others_is_stuck_with_them(shop: Stage) -> None:
    """The fulfilment waits for its parcels, and the order for the fulfilment; the parcels have gone astray."""
    await shop.fill(SYD_01={"TSHIRT": 5})
    await shop.buy("WEB-4", ("TSHIRT", 1))
    await wave_and_pick(shop, "SYD-01", TSHIRT=1)
    await pack_all(shop, (await shop.fulfilments("WEB-4"))[0])
    assert await stuck(shop) == []
    document = shop.penstock.workflow("ORDER::HD")
    for status in document["statuses"]:
        if (status["entityType"], status["name"]) == ("ARTICLE", "AWAITING_COURIER_COLLECTION"):
            del status["awaits"]
    await shop.penstock.install({**document, "version": "1.1"})
    assert sorted(await stuck(shop)) == [
        ("ARTICLE", "AWAITING_COURIER_COLLECTION", "no event, timer or answer from outside is due"),
        ("FULFILMENT", "AWAITING_COURIER_COLLECTION", "it waits for ARTICLE, and none is there that moves"),
        (
            "ORDER",
            "AWAITING_COURIER_COLLECTION",
            "it waits for FULFILMENT, FULFILMENT in ESCALATED, and none is there that moves",
        ),
    ]


async def test_a_type_without_a_workflow_is_told(shop: Stage) -> None:
    await shop.open(KIOSK)
    await shop.penstock.settle()
    assert await stuck(shop) == [("LOCATION", "CREATED", "the retailer has no workflow LOCATION::KIOSK")]


async def test_the_command_fails_when_something_is_stuck(shop: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_DATABASE_URL", shop.penstock.stored.control)
    await shop.open(KIOSK)
    await shop.penstock.settle()
    result = await asyncio.to_thread(CliRunner().invoke, main, ["doctor", "--unchanged-for", "0"])
    assert result.exit_code == 1
    assert "no workflow LOCATION::KIOSK" in " ".join(result.output.split())
