"""``make prove-kills``: whatever is killed, every event is done once, and every webhook arrives.

Buyers place orders and tellers post events, for minutes; workers, the API, the database and the receiver of webhooks
are killed at random meanwhile. Afterwards every order and event that was accepted is there and final, every effect
there once, every webhook delivered at least once, the ledger exact, and nothing is left to do.
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
from bench.proving.marks import KNOWING, teach
from bench.proving.receiver import Receiver
from bench.proving.shop import Shop
from bench.proving.storm import DELIVERS, WORKERS, Storm
from penstock.database.embedded.directory import DataDirectory
from penstock.database.embedded.server import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.proving.storm import Aftermath

SECONDS, SMALL = 600, 15
# The processes are killed, not the machine.
OPTIONS = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "1GB"}


def main(arguments: Sequence[str]) -> int:
    """Run the proof; return 0 when it holds."""
    parser = argparse.ArgumentParser(prog="python -m bench.prove_kills", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long the load lasts")
    parser.add_argument("--seed", type=int, default=1, help="what the run draws from")
    parser.add_argument("--small", action="store_const", const=SMALL, dest="seconds", help=f"{SMALL} seconds")
    given = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory() as folder,
        DataDirectory(Path(folder)) as directory,
        PostgresServer(directory, options=OPTIONS) as server,
    ):
        return asyncio.run(_prove(server, Path(folder) / "logs", given.seconds, given.seed))


async def _prove(server: PostgresServer, logs: Path, seconds: float, seed: int) -> int:
    began = time.monotonic()
    house = await House.open(server.url, logs)
    receiver = Receiver(logs)
    receiver.start()
    try:
        await teach(house)
        for _ in range(WORKERS):
            house.worker(**KNOWING)
        shop = Shop(house)
        await shop.open()
        after = await Storm(house, shop, server, receiver, seed).run(seconds)
    finally:
        await house.close()
        receiver.kill()
    print(*_told(after), f"({time.monotonic() - began:.0f} s)", sep="\n")
    return not after.clean


def _told(after: Aftermath) -> list[str]:
    kills = ", ".join(f"{count} of {victim}" for victim, count in sorted(after.kills.items()))
    webhooks = f"{after.delivered} events told by webhook" if DELIVERS else "webhooks are not part of this version"
    lines = [f"seed {after.seed}: {after.orders} orders, {after.events} events, {webhooks}; kills: {kills}"]
    lines += [f"WRONG: {count} {what}" for what, count in after.wrong.items() if count]
    lines += [f"WRONG: {fault}" for fault in after.faults]
    return lines if not after.clean else [*lines, "Proved: all of it done, once, and nothing stuck."]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
