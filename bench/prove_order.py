"""``make prove-order``: events of one lane have their effects in the order in which they were posted.

Sixteen connections post events to orders that they share, four workers process them, and workers are killed, sent
home and replaced meanwhile. Whenever an event was posted only after another one of its lane had been answered, its
effect must come later; inline children come right behind their event; what events send to other lanes arrives once
and in order. One further run with workers that claim without order must fail.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.proving.house import House
from bench.proving.lanes import judge
from bench.proving.marks import KNOWING, marks, place, teach
from bench.proving.posting import CONNECTIONS, WORKERS, Posting, change_shifts
from bench.proving.shop import Shop
from penstock.database.embedded.directory import DataDirectory
from penstock.database.embedded.server import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.proving.lanes import Verdict

EVENTS, SMALL, CONTROL = 100_000, 1_000, 600
EVENTS_A_LANE = 60
SECONDS_TO_SETTLE = 600
# The processes are killed, not the machine.
OPTIONS = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "1GB"}


def main(arguments: Sequence[str]) -> int:
    """Run the proof; return 0 when it holds."""
    parser = argparse.ArgumentParser(prog="python -m bench.prove_order", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=EVENTS, help="how many events to post")
    parser.add_argument("--seed", type=int, default=1, help="what the run draws from")
    parser.add_argument("--small", action="store_const", const=SMALL, dest="events", help=f"{SMALL} events")
    given = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory() as folder,
        DataDirectory(Path(folder)) as directory,
        PostgresServer(directory, options=OPTIONS) as server,
    ):
        return asyncio.run(_prove(server.url, Path(folder) / "logs", given.events, given.seed))


async def _prove(url: str, logs: Path, events: int, seed: int) -> int:
    house = await House.open(url, logs)
    try:
        await teach(house)
        shop = await opened(house)
        ordered = await _run(house, shop, events, seed, {})
        unordered = await _run(house, shop, CONTROL, seed, {"PROOF_UNORDERED": "1"})
    finally:
        await house.close()
    if not ordered.clean:
        print("Not in order: see the first row.")
    elif not unordered.violations:
        print("Claimed without order, nothing was out of order: this proof proves nothing.")
    else:
        print(f"Proved: {ordered.events} events in order, {house.kills} kills. Claimed without order they were not.")
        return 0
    return 1


async def opened(house: House) -> Shop:
    """Return the shop of the house, open, with its workers at work."""
    for _ in range(WORKERS):
        house.worker(**KNOWING)
    shop = Shop(house)
    await shop.open()
    return shop


async def _run(house: House, shop: Shop, events: int, seed: int, environment: dict[str, str]) -> Verdict:
    """Post events while workers change, and judge their effects."""
    began, kills, prefix = time.monotonic(), house.kills, f"O{seed}{'X' if environment else ''}-"
    orders = await place(house, shop, prefix, max(50, events // EVENTS_A_LANE))
    if environment:
        await house.stop_workers()
        for _ in range(WORKERS):
            house.worker(**KNOWING, **environment)
    posting = Posting(house, orders, events, seed)
    shifts = asyncio.create_task(change_shifts(house, seed, environment))
    await posting.run()
    shifts.cancel()
    await asyncio.gather(shifts, return_exceptions=True)
    await house.quiet(SECONDS_TO_SETTLE)
    verdict = judge(posting.posted, await marks(house.database, prefix))
    told = f"seed {seed}: {events} events, {len(orders)} lanes, {CONNECTIONS} connections, {len(house.workers)} workers"
    print(
        f"{told}, {house.kills - kills} kills, {time.monotonic() - began:.0f} s: {verdict.violations} violations of "
        f"happens-before, {verdict.misplaced} children misplaced, {verdict.missing} missing, {verdict.repeated} twice",
        flush=True,
    )
    return verdict


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
