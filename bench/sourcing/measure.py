"""What an order takes in the worker until its fulfilments are known.

Timed are: its tree loaded, all rules from CREATE on run, among them that of the profile, and their questions answered
by PostgreSQL. Not timed are: the claim before it, and the write behind it. Orders come one by one, so each pays for its
own statements, which fifty in a batch would share.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bench.sourcing.pure import pure
from bench.sourcing.shop import BY_CRITERIA, CHEAPEST, LINES, PLACES, SPLITS, open_chain, place_orders, use
from bench.tools.house import House
from bench.tools.inside import working_in
from bench.tools.paced import percentile
from bench.tools.table import Row, at_most
from penstock.orchestration import queue, trees
from penstock.orchestration.driver import Driver
from penstock.orchestration.execution import execute_run

if TYPE_CHECKING:
    import uuid
    from pathlib import Path

    from bench.tools.inside import Inside

ORDERS, WARM = 300, 20
MS = 50
_IDS = 10_000
_WAITING = "SELECT id FROM pending_event WHERE name = 'CREATE' AND entity_type = 'ORDER' ORDER BY id LIMIT $1"


@dataclass(frozen=True)
class Driven:
    """Milliseconds of an order, on the clock and of this process's CPU; fulfilments of its plan, none without one."""

    clock: float
    cpu: float
    fulfilments: int


async def sourcing(data: Path) -> list[Row]:
    """Return what it takes to source an order, with each kind of profile."""
    rows = pure(MS)
    async with House(data / "sourcing") as house:
        async with house.sql() as sql:
            there = await sql.fetchval("SELECT count(*) FROM orders")
        if not there:
            await open_chain(house)
        for name, criteria in (("criteria", BY_CRITERIA), ("cheapest plan", CHEAPEST)):
            async with house.serving() as site:
                await use(house, site, criteria)
                if not there:
                    await place_orders(house, site, ORDERS)
                    there = ORDERS
            async with house.sql() as sql:
                await sql.execute("VACUUM ANALYZE")
                waiting = [record["id"] for record in await sql.fetch(_WAITING, ORDERS)]
            async with working_in(house) as engine:
                driven = [await _driven(engine, id_) for id_ in (*waiting[:WARM], *waiting)][WARM:]
            rows += _rows(name, driven)
    return rows


async def _driven(inside: Inside, id_: uuid.UUID) -> Driven:
    """Drive the event of a new order, all that follows from it in its lane included, and forget what came of it.

    Only fulfilments of a plan have promises, the one at the rejected location has none.
    """
    engine = inside.worker.engine
    pending, revision = await queue.one(inside.database, id_)
    batch = await inside.worker.batch(revision)
    await engine.ids.reserve(_IDS)
    begun, cpu = time.perf_counter(), time.process_time()
    (run,) = await trees.load(inside.database, pending)
    await Driver(engine.answerers, batch).drive([execute_run(run, batch)])
    taken = Driven(
        (time.perf_counter() - begun) * 1000,
        (time.process_time() - cpu) * 1000,
        len(run.promises),
    )
    assert run.records[0].status == "SUCCESS", run.records[0].failure
    return taken


def _rows(name: str, driven: list[Driven]) -> list[Row]:
    clock, cpu = [d.clock for d in driven], [d.cpu for d in driven]
    what = f"{name}: order of {LINES} lines over {PLACES} places, loaded and driven by the worker, not written, p99"
    about = f"median {median(clock):.1f} ms; CPU of it p99 {percentile(cpu, 99):.1f}, median {median(cpu):.1f} ms"
    planned = [d.fulfilments for d in driven if d.fulfilments]
    assert planned, "no order has a plan"
    parts = (
        f"{len(driven)} orders, {len(planned) / len(driven):.0%} with a plan; {median(planned):.0f} fulfilments each"
    )
    return [at_most(what, percentile(clock, 99), MS, "ms", about), Row("of it", f"{parts}, {SPLITS + 1} at most")]
