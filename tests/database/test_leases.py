"""Whoever finds a worker dead counts that for the events that it had in hand."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg
import pytest

from penstock.model.writes import Changes
from penstock.orchestration.isolation import ATTEMPTS, SUSPECTED
from penstock.orchestration.leases import Lease
from penstock.orchestration.records import PendingEvent

if TYPE_CHECKING:
    from penstock.database.pools import Database

_HOLDS = "UPDATE worker SET events = $2 WHERE id = $1"


async def _pending(database: Database, count: int) -> list[uuid.UUID]:
    changes, now = Changes(), datetime.now(UTC)
    events = [
        PendingEvent(id=uuid.uuid4(), lane=n, name="X", retailer_id=1, entity_type="ORDER", attributes={}, created=now)
        for n in range(count)
    ]
    for event in events:
        changes.insert(event)
    await changes.write(database)
    return [event.id for event in events]


async def _die(database: Database, *events: uuid.UUID) -> None:
    """Let a worker die with these events in hand, and another one bury it."""
    dying, heir = await asyncpg.connect(database.dsn), await asyncpg.connect(database.dsn)
    lease = Lease(dying)
    await lease.register()
    await database.execute(_HOLDS, lease.id, list(events))
    await dying.close()
    other = Lease(heir)
    await other.register()
    await other.balance()
    await other.leave()
    await heir.close()


async def _attempts(database: Database, events: list[uuid.UUID]) -> list[int]:
    found = dict(await database.fetch("SELECT id, attempts FROM pending_event"))
    return [found[event] for event in events]


@pytest.mark.parametrize("deaths", [1, 2, 5])
async def test_events_that_were_together_when_workers_died_are_suspects_and_no_more(
    database: Database, deaths: int
) -> None:
    events = await _pending(database, 3)
    for _ in range(deaths):
        await _die(database, *events[:2])
    assert await _attempts(database, events) == [min(deaths, SUSPECTED)] * 2 + [0]


async def test_only_a_death_alone_makes_a_suspect_guilty(database: Database) -> None:
    events = await _pending(database, 2)
    for _ in range(SUSPECTED):
        await _die(database, *events)
    await _die(database, events[0])
    await _die(database, *events)
    assert await _attempts(database, events) == [ATTEMPTS, SUSPECTED]
