"""Workers killed while they bring batches in: every record's event exactly once, every result there (spec 11 §4)."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from batches import RESULTS, counts, finished, once_each, sent
from bench.tools.waiting import until
from standing import standing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.proving.house import House

    from conftest import Stream


@pytest.fixture(scope="module")
async def house(
    postgres: str, templates: dict[Stream, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    async with standing(postgres, templates, tmp_path_factory.mktemp("batches")) as (made, _):
        yield made


_LOCK = "SELECT id FROM inventory_position WHERE ref = $1 FOR NO KEY UPDATE"
MANY = 2_300  # records: two portions at once, and a third


@pytest.mark.parametrize("point", ["bringing", "brought", "counted"])
async def test_a_worker_killed_at_any_point(house: House, point: str) -> None:
    await sent(house, point, "INVENTORY", counts(point, MANY))
    doomed = house.worker(PENSTOCK_FAULT=f"{point}:2")
    assert await doomed.ended(60) == -9
    house.workers.remove(doomed)
    house.worker()
    await finished(house)
    await once_each(house, point, MANY)


async def test_a_worker_killed_with_a_set_of_the_queue(house: House) -> None:
    """Products and places that are unknown: what follows for the new positions is a set of its own."""
    await sent(house, "queue", "INVENTORY", counts("queue", MANY))
    doomed = house.worker(PENSTOCK_FAULT="set executed:2")
    assert await doomed.ended(60) == -9
    house.workers.remove(doomed)
    house.worker()
    await finished(house)
    await once_each(house, "queue", MANY)
    created = "SELECT sum(members) FROM event WHERE source = 'queue' AND entity_type = 'INVENTORY_POSITION'"
    assert await house.value(created) == MANY


async def test_workers_killed_at_random(house: House) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it with a failure, which the seed repeats
    chance = random.Random(seed)
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
    assert tuple(await house.database.fetchrow(RESULTS, "places") or ()) == (80, 80, 0)


async def test_two_portions_hold_nobody_up_who_holds_one_of_them_up(house: House) -> None:
    """An order takes a position of the first portion, then one of the second, which waits for the first."""
    await sent(house, "known", "INVENTORY", counts("known", MANY))
    house.worker()
    await finished(house)
    await sent(house, "again", "INVENTORY", counts("known", MANY))
    first, second = (f"known-{n}:L:DEFAULT" for n in (1, 1_001))
    async with house.database.transaction() as order:
        await order.execute(_LOCK, first)
        house.worker()
        skipped = f"{_LOCK} SKIP LOCKED"
        await until(lambda: house.value(skipped, second), lambda row: row is None, seconds=60, every=0.01)
        async with asyncio.timeout(60):
            await order.execute(_LOCK, second)
    await finished(house)
    assert tuple(await house.database.fetchrow(RESULTS, "again") or ())[::2] == (MANY, 0)
