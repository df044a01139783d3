"""Waiting for an event has an end: its own, and that of who waits."""

from __future__ import annotations

import asyncio

import pytest

from penstock.waiting import came


async def test_it_says_whether_the_event_came() -> None:
    event = asyncio.Event()
    assert not await came(event, 0.01)
    asyncio.get_running_loop().call_soon(event.set)
    assert await came(event, 60)
    assert await came(event, 0)


@pytest.mark.parametrize("steps", range(4))
async def test_work_that_is_cancelled_as_the_event_comes_ends(steps: int) -> None:
    """``asyncio.wait_for`` loses the cancellation after one step, and what works until it is cancelled goes on."""
    event = asyncio.Event()

    async def work() -> None:
        while True:
            await came(event, 60)
            event.clear()

    working = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    event.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    working.cancel()
    await asyncio.wait([working], timeout=60)
    assert working.cancelled()
