"""Batches sent past the API, and what is to become of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from bench.tools.waiting import until

from penstock.clock import SystemClock
from penstock.ingest.accepting import NewBatch, accept, open_job

if TYPE_CHECKING:
    from bench.proving.house import House

_DONE = "SELECT count(*) = 0 FROM batch WHERE status <> 'COMPLETE'"
_EVENTS = "SELECT sum(coalesce(members, 1)) FROM event WHERE source = $1 AND name = 'InventoryChanged'"
_POSITIONS = """
SELECT count(*) FROM inventory_position p JOIN inventory_quantity q ON q.position_id = p.id
WHERE p.product_ref LIKE $1 AND q.type = 'LAST_ON_HAND' AND q.quantity = 5"""
RESULTS = """
SELECT sum(size), count(DISTINCT (batch_id, first)), sum(failed)
FROM batch_result r JOIN batch b ON b.id = r.batch_id WHERE b.source = $1"""
_ADMINISTRATOR = "SELECT id FROM users WHERE username = 'admin'"


async def sent(house: House, source: str, kind: str, records: list[dict[str, Any]]) -> None:
    """Accept a batch whose every record is to become an event."""
    now = SystemClock().now()
    retailer = int(house.connection.retailer_id)
    meta = {"preprocessing": "skip"}
    job = await open_job(house.database, source, retailer, meta, user="admin", now=now)
    batch = NewBatch(kind, source, "InventoryChanged", None, None, msgspec.json.encode(records), len(records))
    user_id = await house.value(_ADMINISTRATOR)
    await accept(house.database, job, batch, user_id=user_id, username="admin", now=now)


def counts(name: str, many: int) -> list[dict[str, Any]]:
    return [{"skuRef": f"{name}-{n}", "locationRef": "L", "qty": 5} for n in range(many)]


async def finished(house: House, seconds: float = 60) -> None:
    await until(lambda: house.value(_DONE), seconds=seconds)
    await house.quiet()
    await house.stop_workers()


async def once_each(house: House, source: str, many: int, failed: int = 0) -> None:
    """Check that each record of stock has one result, and one event and its effect unless it failed."""
    assert await house.value(_EVENTS, source) == many - failed
    assert await house.value(_POSITIONS, f"{source}-%") == many - failed
    size, _, told = tuple(await house.database.fetchrow(RESULTS, source) or ())
    assert (size, told) == (many, failed)
