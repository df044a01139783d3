"""What happens inside while requests come in: statements that take long, and an event loop that is held."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import asyncpg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.fuzzing.tally import Tally

EVERY = 0.1  # seconds
WORTH_NOTING = 0.2
_RUNNING = """
SELECT pid, query_start, left(query, 300) AS query,
  extract(epoch FROM clock_timestamp() - query_start)::float AS seconds
FROM pg_stat_activity
WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND clock_timestamp() - query_start > make_interval(secs => $1)"""


@dataclass
class Watch:
    """What was seen: the seconds and the text of long statements, and how long the API let a small request wait."""

    statements: dict[tuple[int, object], tuple[float, str]] = field(default_factory=dict)
    held: tuple[float, str] = (0.0, "")
    sees_statements: bool = False
    memory: int = 0  # MB, of the API process at its peak

    @property
    def slowest(self) -> list[tuple[float, str]]:
        """Return the longest statements, longest first."""
        return sorted(self.statements.values(), reverse=True)[:5]


@asynccontextmanager
async def watching(url: str, database: str | None, tally: Tally) -> AsyncIterator[Watch]:
    """Look on at the API at ``url`` and at the PostgreSQL server of ``database``, when that is known."""
    watch = Watch(sees_statements=database is not None)
    tasks = [asyncio.create_task(_wait_times(url, watch, tally))]
    if database is not None:
        tasks.append(asyncio.create_task(_statements(database, watch)))
    try:
        yield watch
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def peak_memory(process: int) -> int:
    """Return the most memory that a process has had, in MB; 0 where the system does not tell."""
    status = Path(f"/proc/{process}/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) // 1024 if found else 0


async def _statements(database: str, watch: Watch) -> None:
    """Note the statements that run for long; a tenth of a second escapes."""
    connection = await asyncpg.connect(database)
    try:
        while True:
            for row in await connection.fetch(_RUNNING, WORTH_NOTING):
                watch.statements[row["pid"], row["query_start"]] = row["seconds"], " ".join(row["query"].split())
            await asyncio.sleep(EVERY)
    finally:
        await connection.close()


async def _wait_times(url: str, watch: Watch, tally: Tally) -> None:
    """Ask for the API's health, again and again; what takes long then is somebody else's request."""
    async with aiohttp.ClientSession(url) as session:
        while True:
            since, during = time.perf_counter(), tally.current
            async with session.get("/health/live") as response:
                await response.read()
            seconds = time.perf_counter() - since
            watch.held = max(watch.held, (seconds, during))
            await asyncio.sleep(EVERY)
