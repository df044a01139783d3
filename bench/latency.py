"""Latency: an event on an idle system, and orders at half the pace that is possible."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

import msgspec

from bench.tools.client import Caller, connect, hammer, post
from bench.tools.paced import percentile
from bench.tools.shop import orders_of
from bench.tools.table import Row, at_most
from penstock.demo.load.until import until

if TYPE_CHECKING:
    from bench.tools.house import House, Site

EVENTS = 400
ORDERS_AT_FULL_PACE = 800
SECONDS_AT_HALF_PACE = 20
CLIENTS = 8
MS_TO_RULE, SECONDS_TO_ASSIGNED = 30, 1
_SEED = 20_263

# Its only rule looks at the order's fulfilments and finds nothing to do.
_EVENT = "FulfilmentAwaitingCourierCollection"
_ASSIGNED = """
SELECT count(*) = $2::bigint AND NOT EXISTS (SELECT FROM pending_event WHERE NOT scheduled)
FROM orders o WHERE o.id > $1 AND EXISTS (
  SELECT FROM fulfilment f WHERE f.order_id = o.id AND f.status IN ('ASSIGNED', 'AWAITING_WAVE'))"""
_DONE = """
SELECT id, status, extract(epoch FROM created)::float AS created, extract(epoch FROM done)::float AS claimed,
       extract(epoch FROM pg_xact_commit_timestamp(xmin))::float AS committed
FROM event WHERE id = ANY($1::uuid[])"""
# Items are written with the order and never again; a fulfilment was last written when it was assigned.
_SECONDS = """
SELECT extract(epoch FROM max(pg_xact_commit_timestamp(f.xmin)) - min(pg_xact_commit_timestamp(i.xmin)))::float AS s
FROM order_item i JOIN fulfilment f ON f.order_id = i.order_id WHERE i.order_id > $1 GROUP BY i.order_id"""


async def latency(house: House) -> list[Row]:
    """Return the 99th percentiles."""
    async with house.serving(workers=1) as site:
        idle = await _idle(house, site)
        pace = await _full_pace(house, site)
        routed = await _half_pace(house, site, pace / 2)
    return [
        at_most(
            "event posted to its rule run and what it did committed, idle system, p99",
            percentile([e.whole for e in idle], 99) * 1000,
            MS_TO_RULE,
            "ms",
            f"median {percentile([e.whole for e in idle], 50) * 1000:.1f} ms, {EVENTS} events",
        ),
        Row("where it goes: median, and the slowest of a hundred, in ms", _parts(idle)),
        at_most(
            f"order accepted to assigned at {pace / 2:.0f} orders/s, p99",
            percentile(routed, 99),
            SECONDS_TO_ASSIGNED,
            "s",
            f"median {percentile(routed, 50):.3f} s, {len(routed)} orders",
        ),
        Row("orders accepted and routed at most, one API process and one worker", f"{pace:.0f}/s"),
    ]


@dataclass(frozen=True)
class Taken:
    """Seconds of one event: until the API had read it, until a worker had claimed it, and until it was committed."""

    arriving: float
    waiting: float
    working: float

    @property
    def whole(self) -> float:
        """Seconds from the request to the commit of its effect."""
        return self.arriving + self.waiting + self.working


def _parts(idle: list[Taken]) -> str:
    slowest = sorted(idle, key=lambda e: e.whole)[-max(1, len(idle) // 100) :]
    parts = {
        "to the API": [[e.arriving for e in some] for some in (idle, slowest)],
        "stored, signalled, claimed": [[e.waiting for e in some] for some in (idle, slowest)],
        "driven, written": [[e.working for e in some] for some in (idle, slowest)],
    }
    return "; ".join(
        f"{name} {median(some) * 1000:.1f}, {median(slow) * 1000:.1f}" for name, (some, slow) in parts.items()
    )


async def _idle(house: House, site: Site) -> list[Taken]:
    """Return what each event took from its posting to the commit of what its rule did."""
    async with house.sql() as sql:
        orders = await sql.fetch("SELECT id FROM orders WHERE status = 'PICK_PACK' ORDER BY id LIMIT $1", EVENTS)
    random = Random(_SEED)
    caller = await connect(site.port)
    posted: dict[str, float] = {}
    for order in orders:
        await asyncio.sleep(random.uniform(0.02, 0.1))
        request = post("/api/v4.1/event/async", site.token, _event(site, order["id"]))
        begun = time.time()
        answer = await caller.call(request)
        posted[str(msgspec.json.decode(answer)["eventId"])] = begun
    caller.close()
    await asyncio.sleep(1)
    async with house.sql() as sql:
        done = {str(r["id"]): r for r in await sql.fetch(_DONE, list(posted))}
    assert all(id_ in done and done[id_]["status"] == "SUCCESS" for id_ in posted), "not all events were processed"
    return [
        Taken(d["created"] - begun, d["claimed"] - d["created"], d["committed"] - d["claimed"])
        for d, begun in ((done[id_], begun) for id_, begun in posted.items())
    ]


def _event(site: Site, order: int) -> dict[str, Any]:
    return {
        "name": _EVENT,
        "accountId": site.connection.account_id,
        "retailerId": site.connection.retailer_id,
        "entityType": "ORDER",
        "entityId": str(order),
        "attributes": {},
    }


async def _full_pace(house: House, site: Site) -> float:
    """Place orders as fast as they are accepted; return how many a second are done, every event processed."""
    before = await _newest(house)
    requests = list((await orders_of(house, site)).requests(ORDERS_AT_FULL_PACE))
    begun = time.perf_counter()
    await hammer(site.port, requests, CLIENTS)
    await _until_assigned(house, before, len(requests))
    return len(requests) / (time.perf_counter() - begun)


async def _half_pace(house: House, site: Site, pace: float) -> list[float]:
    """Place orders evenly; return the seconds between the two commits of each, acceptance and assignment."""
    before = await _newest(house)
    requests = list((await orders_of(house, site)).requests(int(pace * SECONDS_AT_HALF_PACE)))
    callers = [await connect(site.port) for _ in range(CLIENTS)]
    begun = time.perf_counter()

    async def work(number: int, caller: Caller) -> None:
        for place in range(number, len(requests), CLIENTS):
            await asyncio.sleep(max(0.0, begun + place / pace - time.perf_counter()))
            await caller.call(requests[place])

    await asyncio.gather(*(work(number, caller) for number, caller in enumerate(callers)))
    for caller in callers:
        caller.close()
    await _until_assigned(house, before, len(requests))
    async with house.sql() as sql:
        return [r["s"] for r in await sql.fetch(_SECONDS, before)]


async def _newest(house: House) -> int:
    async with house.sql() as sql:
        return int(await sql.fetchval("SELECT max(id) FROM orders"))


async def _until_assigned(house: House, before: int, count: int) -> None:
    async def assigned() -> bool:
        async with house.sql() as sql:
            return bool(await sql.fetchval(_ASSIGNED, before, count))

    await until(assigned, f"some of {count} orders are not assigned")
