"""Growth: what an order costs among few and among many stored ones, and a claim behind a long queue."""

from __future__ import annotations

import time
import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bench.tools.cost import cost_of_orders
from bench.tools.inside import working_in
from bench.tools.stored import stored_orders
from bench.tools.table import Row
from penstock.database.pools import Database
from penstock.orchestration import lanes, queue
from penstock.orchestration.worker import EVENTS, LANES

if TYPE_CHECKING:
    from pathlib import Path

    from bench.tools.house import House, Site
    from bench.tools.inside import Inside

FEW = 10_000
ROUNDS = 7
ORDERS = 200  # a round
PENDING = 100_000
CLAIMS, TURNS = 20, 3
GROWTH = 1.3

_QUEUE = """
INSERT INTO pending_event (id, lane, name, type, retailer_id, entity_type, entity_id, attributes, created, scheduled,
                           attempts, sync)
SELECT gen_random_uuid(), $1::bigint + (n % $2::bigint) * $3::bigint, 'Waits', 'NORMAL', 1, 'ORDER', n, '{}', now(),
       false, 0, false
FROM generate_series(1, $4::bigint) n"""
_LOW, _STEP = -(2**62), 2**40  # lanes of the queues, spread over the slots


async def growth(data: Path, many: int) -> list[Row]:
    """Return how the costs grow."""
    async with AsyncExitStack() as open_ones:
        houses = [
            await open_ones.enter_async_context(stored_orders(data / f"orders-{count}", count)) for count in (FEW, many)
        ]
        rows = await _orders(houses, many)
        return [*rows, *await _claims(houses[0])]


async def _orders(houses: list[House], many: int) -> list[Row]:
    """Measure the two houses by turns."""
    async with AsyncExitStack() as open_ones:
        places: list[tuple[House, Site, Inside]] = []
        for house in houses:
            site = await open_ones.enter_async_context(house.serving())
            places.append((house, site, await open_ones.enter_async_context(working_in(house))))
        costs: list[list[float]] = [[], []]
        for number in range(ROUNDS + 1):
            for place, figures in zip(places, costs, strict=True):
                cost = await cost_of_orders(*place, ORDERS)
                if number:  # the first round warms the caches
                    figures.append(cost.ms)
    few, more = (median(figures) for figures in costs)
    return [_grown(f"CPU of an order among {many:,}", more, few, f"among {FEW:,}")]


def _grown(what: str, figure: float, base: float, against: str) -> Row:
    ratio = figure / base
    return Row(what, f"{figure:.2f} ms, {ratio:.2f}x", f"{base:.2f} ms {against}", f"under {GROWTH}x", ratio < GROWTH)


@dataclass(frozen=True)
class Queue:
    """What waits: so many events in so many lanes, and further lanes of one event each."""

    what: str
    events: int
    lanes: int
    others: int = 0


async def _claims(house: House) -> list[Row]:
    """Time claims that take equally much from a short queue and from a long one."""
    one_short, one_long = Queue("", EVENTS, 1, LANES), Queue("of one lane", PENDING, 1, LANES)
    all_short, all_long = Queue("", LANES, LANES), Queue("of as many lanes", PENDING, PENDING)
    database = await Database.open(house.dsn)
    try:
        rows = []
        for short, long in ((one_short, one_long), (all_short, all_long)):
            turns = [(await _claim(house, database, short), await _claim(house, database, long)) for _ in range(TURNS)]
            base, figure = (median(figures) for figures in zip(*turns, strict=True))
            rows.append(_grown(f"claim behind {PENDING:,} events {long.what}", figure, base, "from a short queue"))
        return rows
    finally:
        await database.close()


async def _claim(house: House, database: Database, waiting: Queue) -> float:
    """Return the median milliseconds of a claim."""
    async with house.sql() as sql:
        await sql.execute("TRUNCATE pending_event")
        await sql.execute(_QUEUE, _LOW, waiting.lanes, _STEP if waiting.lanes <= LANES else 1, waiting.events)
        if waiting.others:
            await sql.execute(_QUEUE, _LOW + _STEP, waiting.others, _STEP, waiting.others)
        await sql.execute("VACUUM ANALYZE pending_event")
    ranges = lanes.ranges(set(range(lanes.SLOTS)))
    taken = []
    for _ in range(CLAIMS):
        begun = time.perf_counter()
        await queue.claim(database, uuid.uuid4(), ranges, LANES, EVENTS)
        taken.append(time.perf_counter() - begun)
    async with house.sql() as sql:
        await sql.execute("TRUNCATE pending_event")
    return median(taken) * 1000
