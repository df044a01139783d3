"""Requests at an even pace, whether or not those before are answered: what waits counts as time of the answer."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from bench.tools.client import Caller, connect

if TYPE_CHECKING:
    from collections.abc import Sequence

CLIENTS = 16


async def paced(port: int, requests: Sequence[bytes], rate: float) -> list[float]:
    """Send requests, ``rate`` a second; return the seconds of each, from its moment to its answer."""
    callers = [await connect(port) for _ in range(CLIENTS)]
    free: asyncio.Queue[Caller] = asyncio.Queue()  # by turns, since the server closes what is idle for seconds
    for caller in callers:
        free.put_nowait(caller)
    begun, taken = time.perf_counter(), [0.0] * len(requests)

    async def send(number: int) -> None:
        caller = await free.get()
        await caller.call(requests[number])
        taken[number] = time.perf_counter() - begun - number / rate
        free.put_nowait(caller)

    async with asyncio.TaskGroup() as tasks:
        for number in range(len(requests)):
            await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
            tasks.create_task(send(number))
    for caller in callers:
        caller.close()
    return taken


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that so many of a hundred do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]


def told(values: Sequence[float]) -> str:
    """Return what a table says of times, in milliseconds."""
    p50, p95, p99 = (percentile(values, p) * 1000 for p in (50, 95, 99))
    return f"p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms; {len(values)} requests"
