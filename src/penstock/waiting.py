"""Wait for something, but not for ever."""

from __future__ import annotations

import asyncio


async def came(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, so many seconds at most; return whether it came.

    A task that is cancelled here ends, also in the moment in which the event comes.
    """
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
