"""Waiting for what orchestration brings about a moment later."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_PAUSE = 0.2


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again until the condition holds."""
    while True:
        if await condition():
            return
        await asyncio.sleep(_PAUSE)
