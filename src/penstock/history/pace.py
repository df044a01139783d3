"""Long computing in slices, between which the process serves others; and its end when it takes too long."""

from __future__ import annotations

import asyncio
import time

from penstock.errors import TooComplexError

SLICE = 0.02  # seconds of computing after which others get their turn


class Pace:
    """Call :meth:`rest` after each step of the work."""

    def __init__(self, seconds: float, doing: str) -> None:
        self._end = time.monotonic() + seconds
        self._seconds, self._doing = seconds, doing
        self._slice = time.monotonic()

    async def rest(self) -> None:
        """Let others work when a slice is over.

        Raises:
            TooComplexError: the work takes longer than it may.
        """
        now = time.monotonic()
        if now - self._slice < SLICE:
            return
        if now > self._end:
            raise TooComplexError(f"{self._doing} took longer than {self._seconds:.0f} s; ask for a shorter time.")
        await asyncio.sleep(0)
        self._slice = time.monotonic()
