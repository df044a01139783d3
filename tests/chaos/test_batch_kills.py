"""Workers killed while they bring batches in: every record's event exactly once, every result there (spec 11 §4)."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from standing import standing

from penstock.clock import SystemClock
from penstock.ingest.accepting import NewBatch, accept, open_job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.proving.house import House

    from conftest import Stream

_DONE = "SELECT count(*) = 0 FROM batch WHERE status <> 'COMPLETE'"
_EVENTS = "SELECT count(*), count(DISTINCT id) FROM event WHERE source = $1 AND name = 'InventoryChanged'"
_POSITIONS = """
SELECT count(*) FROM inventory_position p JOIN inventory_quantity q ON q.position_id = p.id
WHERE p.product_ref LIKE $1 AND q.type = 'LAST_ON_HAND' AND q.quantity = 5"""
_RESULTS = """
SELECT sum(size), count(DISTINCT (batch_id, first)), sum(failed)
FROM batch_result r JOIN batch b ON b.id = r.batch_id WHERE b.source = $1"""
_ADMINISTRATOR = "SELECT id FROM users WHERE username = 'admin'"


@pytest.fixture(scope="module")
async def house(
    postgres: str, templates: dict[Stream, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    async with standing(postgres, templates, tmp_path_factory.mktemp("batches")) as (made, _):
        yield made


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


async def finished(house: House) -> None:
    async with asyncio.timeout(60):
        while not await house.value(_DONE):  # noqa: ASYNC110 - workers tell nobody of this
            await asyncio.sleep(0.02)
    await house.quiet()
    await house.stop_workers()


async def once_each(house: House, source: str, many: int) -> None:
    """Check that each record of stock has one result and one event, and had its effect."""
    assert tuple(await house.database.fetchrow(_EVENTS, source) or ()) == (many, many)
    assert await house.value(_POSITIONS, f"{source}-%") == many
    size, _, failed = tuple(await house.database.fetchrow(_RESULTS, source) or ())
    assert (size, failed) == (many, 0)


@pytest.mark.parametrize("point", ["bringing", "brought"])
async def test_a_worker_killed_at_any_point(house: House, point: str) -> None:
    await sent(house, point, "INVENTORY", counts(point, 700))
    doomed = house.worker(PENSTOCK_FAULT=f"{point}:2")
    assert await doomed.ended(30) == -9
    house.workers.remove(doomed)
    house.worker()
    await finished(house)
    await once_each(house, point, 700)


async def test_workers_killed_at_random(house: House) -> None:
    seed = random.randrange(10**6)  # noqa: S311 - drawn for a test
    print(f"seed {seed}")  # noqa: T201 - to repeat a failure
    chance = random.Random(seed)  # noqa: S311 - the same
    places = [
        {"locationRef": f"K{n}", "name": "K", "type": "STORE", "address": {"latitude": 1, "longitude": n}}
        for n in range(80)
    ]
    for n in range(3):
        await sent(house, f"random{n}", "INVENTORY", counts(f"random{n}", 700))
    await sent(house, "places", "LOCATION", places)
    for _ in range(3):
        house.worker()
        doomed = house.worker()
        await asyncio.sleep(chance.uniform(0.8, 1.6))  # a worker takes a second to start
        house.kill(doomed)
    await finished(house)
    for n in range(3):
        await once_each(house, f"random{n}", 700)
    created = await house.database.fetch("SELECT entity_ref FROM event WHERE name = 'CREATE' AND entity_ref LIKE 'K%'")
    assert Counter(row["entity_ref"] for row in created) == {f"K{n}": 1 for n in range(80)}
    assert tuple(await house.database.fetchrow(_RESULTS, "places") or ()) == (80, 80, 0)
