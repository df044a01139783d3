"""``python -m bench [NAME ...]``: measure, print a table, and exit non-zero when a bar is missed."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import uvloop

from bench.availability import availability
from bench.backlog.measure import backlog
from bench.checkout import checkout
from bench.contention import contention
from bench.documents import documents
from bench.events import events
from bench.growth import growth
from bench.latency import latency
from bench.lists import lists
from bench.loads.measure import loads
from bench.orchestration import orchestration
from bench.postgraphile.compare import postgraphile
from bench.reads import reads
from bench.shops.measure import shops
from bench.sourcing.measure import sourcing
from bench.timers import timers
from bench.tools import cpu
from bench.tools.stored import stored_orders
from bench.tools.table import Row, show
from bench.writes import writes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.tools.house import House

MEASUREMENTS: dict[str, Callable[[House], Awaitable[list[Row]]]] = {
    "reads": reads,
    "postgraphile": postgraphile,
    "documents": documents,
    "writes": writes,
    "orchestration": orchestration,
    "latency": latency,
    "backlog": backlog,
}
OWN_HOUSES: dict[str, Callable[[Path], Awaitable[list[Row]]]] = {
    "timers": timers,
    "availability": availability,
    "checkout": checkout,
    "contention": contention,
    "shops": shops,
    "sourcing": sourcing,
}
GROWTH, LISTS, EVENTS, LOADS = "growth", "lists", "events", "loads"
PRODUCTS = {False: 4_000, True: 20_000}  # at fifty locations each
CONTEXTS = 100_000
ORDERS, MANY, VERY_MANY = 100_000, 200_000, 1_000_000


async def _measure(names: list[str], data: Path, many: int) -> bool:
    """Run measurements one after another; return whether every bar holds."""
    rows: list[Row] = []
    chosen = [name for name in MEASUREMENTS if name in names]
    if chosen:
        print(f"Loading {ORDERS:,} orders")
        async with stored_orders(data / "orders", ORDERS) as house:
            async with house.sql() as sql:
                version = await sql.fetchval("SELECT split_part(version(), ' on ', 1)")
            print(f"{cpu.machine()}, {version}")
            for name in chosen:
                print(f"Measuring {name}")
                found = await MEASUREMENTS[name](house)
                show(name, found)
                rows += found
    if GROWTH in names:
        print(f"Measuring growth, with {many:,} orders")
        found = await growth(data, many)
        show(GROWTH, found)
        rows += found
    if LISTS in names:
        orders = VERY_MANY if many == VERY_MANY else ORDERS
        print(f"Measuring lists, with {orders:,} orders")
        found = await lists(data, orders)
        show(LISTS, found)
        rows += found
    if EVENTS in names:
        print(f"Measuring events, with {CONTEXTS:,} contexts")
        found = await events(data, CONTEXTS)
        show(EVENTS, found)
        rows += found
    if LOADS in names:
        print("Measuring loads")
        found = await loads(data, PRODUCTS[many == VERY_MANY])
        show(LOADS, found)
        rows += found
    for name, measure in OWN_HOUSES.items():
        if name in names:
            print(f"Measuring {name}")
            found = await measure(data)
            show(name, found)
            rows += found
    return all(row.passed is not False for row in rows)


def main() -> None:
    """Read the command line and measure."""
    known = [*MEASUREMENTS, GROWTH, LISTS, EVENTS, LOADS, *OWN_HOUSES]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of: {', '.join(known)}; all when none is given")
    parser.add_argument("--data", type=Path, help="keep the loaded orders here, for the next time")
    parser.add_argument(
        "--full", action="store_true", help=f"growth and lists up to {VERY_MANY:,} orders: 20 GB, an hour"
    )
    given = parser.parse_args()
    unknown = set(given.names) - set(known)
    if unknown:
        parser.error(f"no measurement is called {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as temporary:
        data = given.data or Path(temporary)
        held = uvloop.run(_measure(given.names or known, data, VERY_MANY if given.full else MANY))
    sys.exit(0 if held else 1)


main()
