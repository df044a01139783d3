"""The engine on a backlog: CPU of one worker in this process, and the pace of two worker processes."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bench.backlog.rival import rival
from bench.backlog.workload import EVENTS, LANES, RULES, fill, teach
from bench.tools import cpu
from bench.tools.inside import working_in
from bench.tools.table import Row, at_least, at_most
from bench.tools.waiting import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import asyncpg

    from bench.tools.house import House

ROUNDS = 5
PACE, MICROSECONDS = 5_000, 150
_NONE_LEFT = "SELECT NOT EXISTS (SELECT FROM pending_event WHERE NOT scheduled)"
_SHARED = "SELECT count(DISTINCT worker) = 2 FROM slot WHERE worker IS NOT NULL"
# When the last of the backlog was committed; before that, that all of it was done, and done well.
_DONE = """
SELECT count(*) AS done, count(*) FILTER (WHERE status = 'SUCCESS') AS well,
       extract(epoch FROM max(pg_xact_commit_timestamp(xmin)))::float AS last
FROM event WHERE id >= $1"""


@dataclass(frozen=True)
class Round:
    """Microseconds of CPU an event of workers and of PostgreSQL, and events a second."""

    workers: float
    server: float
    pace: float


async def backlog(house: House) -> list[Row]:
    """Return what an event costs, and how many are done in a second."""
    async with house.sql() as sql:
        await teach(sql)
    one = await _one(house)
    two = await _two(house)
    what = f"{EVENTS:,} events, {LANES:,} lanes, {RULES} rules each, traces on"
    return [
        at_least(f"pace of two workers: {what}", median(r.pace for r in two), PACE, "events/s", _spread(two)),
        *_costs("two worker processes", two),
        *_costs("one worker", one),
        Row("pace of one worker", f"{median(r.pace for r in one):.0f} events/s", _spread(one)),
        *await rival(house),
    ]


def _costs(who: str, rounds: list[Round]) -> list[Row]:
    workers, server = median(r.workers for r in rounds), median(r.server for r in rounds)
    return [
        at_most(f"CPU an event, {who}: in Penstock", workers, MICROSECONDS, "µs"),
        Row(f"CPU an event, {who}: in PostgreSQL", f"{server:.0f} µs"),
        Row(f"CPU an event, {who}: together", f"{workers + server:.0f} µs"),
    ]


def _spread(rounds: list[Round]) -> str:
    return f"rounds {min(r.pace for r in rounds):.0f} to {max(r.pace for r in rounds):.0f}"


async def _one(house: House) -> list[Round]:
    """Let an engine in this process work, first for the caches."""
    async with house.sql() as sql, working_in(house) as engine:

        async def work() -> None:
            assert await engine.drain() == EVENTS

        def own() -> float:
            return time.process_time()

        return [await _round(house, sql, own, work) for _ in range(1 + ROUNDS)][1:]


async def _two(house: House) -> list[Round]:
    """Let two worker processes work, which stand still while the queue is filled."""
    async with house.serving(workers=2) as site, house.sql() as sql:
        await until(lambda: sql.fetchval(_SHARED), every=0.05)

        async def work() -> None:
            _send(site.workers, signal.SIGCONT)
            await until(lambda: sql.fetchval(_NONE_LEFT))

        def theirs() -> float:
            return sum(map(cpu.of_process, site.workers))

        rounds = []
        for _ in range(1 + ROUNDS):
            _send(site.workers, signal.SIGSTOP)
            rounds.append(await _round(house, sql, theirs, work))
        return rounds[1:]


def _send(processes: tuple[int, ...], number: signal.Signals) -> None:
    for process in processes:
        os.kill(process, number)


async def _round(
    house: House, sql: asyncpg.Connection, spent: Callable[[], float], work: Callable[[], Awaitable[None]]
) -> Round:
    await fill(sql)
    first = await sql.fetchval("SELECT min(id::text)::uuid FROM pending_event")
    workers, server, begun = spent(), cpu.of_server(house.server.pid), time.time()
    await work()
    workers, server = spent() - workers, cpu.of_server(house.server.pid) - server
    done = await sql.fetchrow(_DONE, first)
    assert done["done"] == done["well"] == EVENTS, f"{done['well']} of {EVENTS} events succeeded"
    return Round(workers / EVENTS * 1e6, server / EVENTS * 1e6, EVENTS / (done["last"] - begun))
