"""Identifiers that need no round trip each."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.database.reading import Reader

BLOCK = 1_000
DRAW_BLOCKS = "SELECT nextval('id_block') FROM generate_series(1, $1::integer)"


class IdSource:
    """Hands out 64-bit numbers that are unique in an account, whoever else draws some.

    The database only counts blocks: block n holds the numbers from 1000 n to 1000 n + 999. What a stopped
    process had left of a block is never used.
    """

    def __init__(self, database: Reader) -> None:
        self._database = database
        self._blocks: deque[range] = deque()
        self._next = 0
        self._available = 0
        self._drawing = asyncio.Lock()

    async def reserve(self, count: int) -> None:
        """Have at least ``count`` numbers ready to be taken.

        They are anybody's who shares this source: take them before the next ``await``, or use a source of
        your own.
        """
        async with self._drawing:
            missing = count - self._available
            if missing > 0:
                rows = await self._database.fetch(DRAW_BLOCKS, -(-missing // BLOCK))
                self._blocks.extend(range(number * BLOCK, number * BLOCK + BLOCK) for (number,) in rows)
                self._available += len(rows) * BLOCK

    def take(self) -> int:
        """Return the next number.

        Raises:
            LookupError: none is reserved.
        """
        if not self._blocks:
            raise LookupError("No id is reserved; call reserve() with the count needed first.")
        taken = self._blocks[0][self._next]
        self._next += 1
        self._available -= 1
        if self._next == BLOCK:
            self._blocks.popleft()
            self._next = 0
        return taken


def uuid7(now: datetime) -> uuid.UUID:
    """Return a UUID of version 7: sorted by time, to the microsecond, then random (RFC 9562 §5.7)."""
    microseconds = int(now.timestamp()) * 1_000_000 + now.microsecond
    milliseconds, rest = divmod(microseconds, 1_000)
    fraction = rest * 4096 // 1_000
    bits = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=bits)
