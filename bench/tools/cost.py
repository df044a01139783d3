"""What an order costs, from its acceptance until it is assigned and every event is processed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.tools import cpu
from bench.tools.client import hammer
from bench.tools.shop import orders_of

if TYPE_CHECKING:
    from bench.tools.house import House, Site
    from bench.tools.inside import Inside

CLIENTS = 8
_UNFINISHED = """
SELECT count(*) FROM orders o WHERE o.id > $1 AND NOT EXISTS (
  SELECT FROM fulfilment f WHERE f.order_id = o.id AND f.status IN ('ASSIGNED', 'AWAITING_WAVE'))"""


@dataclass(frozen=True)
class Cost:
    """CPU seconds of a number of orders, by process and phase, and what else they took."""

    orders: int
    accepting_api: float
    accepting_server: float
    working: float
    working_server: float
    seconds_accepting: float
    seconds_working: float
    events: int
    statements: int

    @property
    def ms(self) -> float:
        """Milliseconds of CPU an order, everything included."""
        total = self.accepting_api + self.accepting_server + self.working + self.working_server
        return 1000 * total / self.orders

    @property
    def ms_working(self) -> float:
        """Milliseconds of CPU an order from accepted to assigned."""
        return 1000 * (self.working + self.working_server) / self.orders


async def cost_of_orders(house: House, site: Site, engine: Inside, count: int) -> Cost:
    """Place orders over HTTP, then let the engine work until nothing is left; each order must be assigned."""
    async with house.sql() as sql:
        before = await sql.fetchval("SELECT max(id) FROM orders")
    requests = list((await orders_of(house, site)).requests(count))
    api, server = cpu.of_process(site.api), cpu.of_server(house.server.pid)
    accepting = await hammer(site.port, requests, CLIENTS)
    accepting_api = cpu.of_process(site.api) - api
    accepting_server = cpu.of_server(house.server.pid) - server
    statements, begun, own = engine.database.statements, time.perf_counter(), time.process_time()
    server = cpu.of_server(house.server.pid)
    events = await engine.drain()
    cost = Cost(
        count,
        accepting_api,
        accepting_server,
        time.process_time() - own,
        cpu.of_server(house.server.pid) - server,
        accepting,
        time.perf_counter() - begun,
        events,
        engine.database.statements - statements,
    )
    async with house.sql() as sql:
        unfinished = await sql.fetchval(_UNFINISHED, before)
    assert not unfinished, f"{unfinished} orders are not assigned"
    return cost
