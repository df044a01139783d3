"""What the shop may sell already."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet


class Shelf:
    """Products whose stock has arrived; buyers wait for what they want."""

    def __init__(self) -> None:
        self._products: set[str] = set()
        self._changed = asyncio.Condition()

    async def add(self, products: Iterable[str]) -> None:
        """Put products on sale."""
        async with self._changed:
            self._products.update(products)
            self._changed.notify_all()

    async def wait_for(self, products: AbstractSet[str]) -> None:
        """Return when all of these products are on sale."""
        async with self._changed:
            await self._changed.wait_for(lambda: products <= self._products)
