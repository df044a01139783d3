"""Many scheduled events that become due within one second, and what became of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bench.proving.marks import KNOWING, marks
from bench.tools.waiting import until
from penstock.model.writes import Changes
from penstock.orchestration.actions import event_id
from penstock.orchestration.lanes import numbered
from penstock.orchestration.records import PendingEvent

if TYPE_CHECKING:
    import uuid

    from bench.proving.house import House

SECONDS_TO_SETTLE = 120
_SETTLED = "SELECT NOT EXISTS (SELECT FROM pending_event WHERE id = ANY($1))"
_DONE = "SELECT id, done FROM event WHERE id = ANY($1)"


@dataclass
class Fired:
    """What became of the events: how many were early, did not come, came twice, or behind a later one of their lane."""

    due: dict[uuid.UUID, datetime]
    early: int
    missing: int
    repeated: int
    misplaced: int


async def fire(
    house: House, orders: dict[str, int], count: int, ahead: float, *, restart: float | None = None
) -> Fired:
    """Schedule events for one second from now plus ``ahead`` on; kill all workers ``restart`` seconds into it."""
    first = datetime.now(UTC) + timedelta(seconds=ahead)
    refs = list(orders)
    events = [_event(refs[n % len(refs)], orders, n, first + timedelta(seconds=n / count)) for n in range(count)]
    changes = Changes()
    for event in reversed(events):  # the last one is stored first: it is the moment that counts
        changes.insert(event)
    await changes.write(house.database)
    if restart is not None:
        await asyncio.sleep((first - datetime.now(UTC)).total_seconds() + restart)
        for worker in tuple(house.workers):
            house.kill(worker)
            house.worker(**KNOWING)
    await _settled(house, events)
    return await _look(house, refs, events)


def _event(ref: str, orders: dict[str, int], number: int, due: datetime) -> PendingEvent:
    now = datetime.now(UTC)
    return PendingEvent(
        id=event_id(now),
        lane=numbered(f"ORDER:{orders[ref]}"),
        name="Mark",
        retailer_id=1,
        entity_type="ORDER",
        entity_id=orders[ref],
        entity_ref=ref,
        root_type="ORDER",
        root_id=orders[ref],
        root_ref=ref,
        attributes={"mark": number},
        created=now,
        due=due,
        scheduled=True,
    )


async def _settled(house: House, events: list[PendingEvent]) -> None:
    ids = [e.id for e in events]
    await until(lambda: house.value(_SETTLED, ids), seconds=SECONDS_TO_SETTLE, every=0.1)


async def _look(house: House, refs: list[str], events: list[PendingEvent]) -> Fired:
    due = {e.id: e.due for e in events if e.due is not None}
    done = {row["id"]: row["done"] for row in await house.database.fetch(_DONE, list(due))}
    found = await marks(house.database, "")
    wanted = {ref: [str(n) for n in range(place, len(events), len(refs))] for place, ref in enumerate(refs)}
    seen = Counter((ref, mark) for ref in refs for mark in found[ref])
    return Fired(
        due,
        early=sum(moment < due[id_] for id_, moment in done.items()),
        missing=len(due.keys() - done.keys()) + sum((ref, m) not in seen for ref, own in wanted.items() for m in own),
        repeated=seen.total() - len(seen),
        misplaced=sum(found[ref] != own for ref, own in wanted.items()),
    )
