"""Orchestration: HD orders of three lines, from acceptance to an assigned fulfilment, every event processed."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from bench.tools.cost import cost_of_orders
from bench.tools.inside import working_in
from bench.tools.table import Row, at_most

if TYPE_CHECKING:
    from bench.tools.house import House

ROUNDS = 5
ORDERS = 400  # a round
BATCH = 50
MS_OF_CPU, KILOBYTES, STATEMENTS = 8, 40, 30


async def orchestration(house: House) -> list[Row]:
    """Return CPU, disk and statements an order, and the pace."""
    async with house.serving() as site, working_in(house) as engine:
        await cost_of_orders(house, site, engine, ORDERS)  # warms all caches
        before = await _size(house)
        costs = [await cost_of_orders(house, site, engine, ORDERS) for _ in range(ROUNDS)]
        grown = await _size(house) - before
        batches = [await cost_of_orders(house, site, engine, BATCH) for _ in range(ROUNDS)]
    count = ROUNDS * ORDERS
    share = 1000 / ORDERS
    parts = (
        f"accepting: API {median(c.accepting_api for c in costs) * share:.2f}, "
        f"PostgreSQL {median(c.accepting_server for c in costs) * share:.2f}; "
        f"routing: worker {median(c.working for c in costs) * share:.2f}, "
        f"PostgreSQL {median(c.working_server for c in costs) * share:.2f}"
    )
    seconds = median(c.seconds_working for c in costs)
    return [
        at_most("CPU an order, acceptance included", median(c.ms for c in costs), MS_OF_CPU, "ms"),
        Row("of it", parts),
        at_most("disk an order, log and traces included", grown / count / 1000, KILOBYTES, "KB"),
        at_most(f"statements for {BATCH} orders", max(c.statements for c in batches), STATEMENTS, ""),
        Row(
            "pace of one worker",
            f"{ORDERS / seconds:.0f} orders/s, {median(c.events for c in costs) / seconds:.0f} events/s",
        ),
    ]


async def _size(house: House) -> int:
    """Return the bytes of the database, everything written."""
    async with house.sql() as sql:
        await sql.execute("CHECKPOINT")
        return int(await sql.fetchval("SELECT pg_database_size(current_database())"))
