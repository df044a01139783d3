"""``make prove``: no unit is promised twice, whatever is killed, and without the guard it would be.

Many buyers want few units at the same time, some with carts that hold what they buy; meanwhile counts come in by batch,
deltas singly, units move from place to place, controls change what is shown, other carts are emptied or time out.
Workers are killed while they promise, the API and the database too. Each run has a seed. At its end, every order is
with a location or with customer service, every promise and hold has exactly one reservation, every order has what it
held, and no position has promised more than was counted. One further run without the guard must fail.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.proving.carts import Carts
from bench.proving.house import House
from bench.proving.sale import Outcome, Sale, Size
from bench.proving.shop import Shop
from bench.proving.traffic import Traffic
from penstock.database.embedded.directory import DataDirectory
from penstock.database.embedded.server import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Sequence

RUNS = 20
FULL = Size(doors=3, crowd=1_200, units=16, workers=3, races=1_000)
SMALL = Size(doors=1, crowd=120, kills=1)
# The processes are killed, not the machine.
OPTIONS = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "1GB"}
_COLUMNS = {"seed": 5, "orders": 7, "promises": 9, "holds": 6, "lost races": 11, "kills": 6, "promised twice": 15}
_HEAD = f"{' '.join(f'{name:>{width}}' for name, width in _COLUMNS.items())}  ledger"


def main(arguments: Sequence[str]) -> int:
    """Run the proof; return 0 when it holds."""
    parser = argparse.ArgumentParser(prog="python -m bench.prove", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=RUNS, help="how many seeded runs")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the first run")
    parser.add_argument("--small", action="store_true", help="few orders a run: shows that the proof itself works")
    given = parser.parse_args(arguments)
    size = SMALL if given.small else FULL
    with (
        tempfile.TemporaryDirectory() as folder,
        DataDirectory(Path(folder)) as directory,
        PostgresServer(directory, options=OPTIONS) as server,
    ):
        seeds = range(given.seed, given.seed + given.runs)
        return asyncio.run(_prove(server, Path(folder) / "logs", seeds, size))


async def _prove(server: PostgresServer, logs: Path, seeds: range, size: Size) -> int:
    began = time.monotonic()
    house = await House.open(server.url, logs)
    try:
        house.worker()
        shop = Shop(house)
        await shop.open()
        async with Carts(house) as carts:
            traffic = Traffic(house, carts)
            await traffic.open()
            print(_HEAD, flush=True)
            place = (house, shop, traffic, carts)
            outcomes = [_shown(await Sale(*place, seed, size, server=server).run()) for seed in seeds]
            await house.stop_workers()
            print("Without the guard (PENSTOCK_STOCK_GUARD=off):", flush=True)
            unguarded = _shown(
                await Sale(*place, seeds.start, replace(size, races=0), server=None, guarded=False).run()
            )
    finally:
        await house.close()
    problems = list(_problems(outcomes, unguarded, size.races))
    print(*problems or [_success(outcomes, unguarded)], f"({time.monotonic() - began:.0f} s)", sep="\n")
    return bool(problems)


def _shown(outcome: Outcome) -> Outcome:
    ledger = "exact" if not outcome.faults else "; ".join(outcome.faults)
    o = outcome
    told = (o.seed, o.orders, o.promises, o.holds, o.lost_races, o.kills, o.oversold)
    row = " ".join(f"{value:>{width}}" for value, width in zip(told, _COLUMNS.values(), strict=True))
    print(f"{row}  {ledger}", flush=True)
    return outcome


def _problems(outcomes: list[Outcome], unguarded: Outcome, least: int) -> list[str]:
    """Return a sentence for everything that the proof lacks."""
    found = [f"Run {o.seed} is not clean: see its row." for o in outcomes if not o.clean]
    found += [
        f"Run {o.seed} proves little: {o.lost_races} lost races, {least} wanted."
        for o in outcomes
        if o.lost_races < least
    ]
    # After a kill, events are tried one by one, and then nobody races: of few orders in a run, perhaps nobody.
    if not any(o.lost_races for o in outcomes):
        found.append("No run had a lost race: this proof proves nothing.")
    if not unguarded.oversold:
        found.append("Without the guard no unit was promised twice: this proof proves nothing.")
    return found


def _success(outcomes: list[Outcome], unguarded: Outcome) -> str:
    races, kills = sum(o.lost_races for o in outcomes), sum(o.kills for o in outcomes)
    return (
        f"Proved: {len(outcomes)} runs, {races} lost races, {kills} kills, no unit promised twice, ledger exact. "
        f"Without the guard {unguarded.oversold} units were."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
