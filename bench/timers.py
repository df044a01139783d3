"""Scheduled events: 10,000 that are due within one second, undisturbed and with all workers killed in the midst."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bench.proving.house import House
from bench.proving.marks import KNOWING, place, teach
from bench.proving.shop import Shop
from bench.proving.timers import fire
from bench.tools.table import Row, at_most
from penstock.database.embedded.directory import DataDirectory
from penstock.database.embedded.server import PostgresServer

if TYPE_CHECKING:
    from pathlib import Path

    from bench.proving.timers import Fired

EVENTS, LANES, WORKERS = 10_000, 2_000, 2
SECONDS = 5
_AHEAD = 8.0  # seconds until the first is due: time to store them all
_RESTART = 0.4  # seconds into it
OPTIONS = {"track_commit_timestamp": "on"}
_LAST = "SELECT id, pg_xact_commit_timestamp(xmin) AS at FROM event WHERE id = ANY($1)"


async def timers(data: Path) -> list[Row]:
    """Return how late the last effect was committed, and how many were early, missing, twice or out of order."""
    with DataDirectory(data / "timers") as directory, PostgresServer(directory, options=OPTIONS) as server:
        house = await House.open(server.url, data / "timers" / "logs")
        try:
            return await _measured(house)
        finally:
            await house.close()


async def _measured(house: House) -> list[Row]:
    await teach(house)
    for _ in range(WORKERS):
        house.worker(**KNOWING)
    shop = Shop(house)
    await shop.open()
    rows = []
    for restart, what in ((None, "undisturbed"), (_RESTART, f"all workers killed after {_RESTART} s")):
        orders = await place(house, shop, f"T{'R' if restart else ''}-", LANES)
        await house.database.execute("VACUUM ANALYZE")
        await asyncio.sleep(1)
        rows += await _rows(house, await fire(house, orders, EVENTS, _AHEAD, restart=restart), what)
    return rows


async def _rows(house: House, fired: Fired, what: str) -> list[Row]:
    committed = await house.database.fetch(_LAST, list(fired.due))
    late = max((row["at"] - fired.due[row["id"]]).total_seconds() for row in committed)
    span = (max(row["at"] for row in committed) - min(fired.due.values())).total_seconds()
    wrong = fired.early + fired.missing + fired.repeated + fired.misplaced
    told = f"{fired.early} early, {fired.missing} missing, {fired.repeated} twice, {fired.misplaced} lanes out of order"
    return [
        at_most(f"{EVENTS:,} events due in one second, {WORKERS} workers, {what}: all done after", span, SECONDS, "s"),
        Row("of them the latest after its moment", f"{late:.2f} s"),
        Row("what went wrong with them", told, "", "nothing", not wrong),
    ]
