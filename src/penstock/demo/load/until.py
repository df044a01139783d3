"""Waiting for what orchestration brings about a moment later."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from penstock.errors import PenstockError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_PAUSE = 0.2
_PATIENCE = 300.0  # seconds; a slow machine takes a few


async def until(condition: Callable[[], Awaitable[bool]], what: str, *, seconds: float = _PATIENCE) -> None:
    """Ask again and again until the condition holds.

    Raises:
        PenstockError: it does not after so many seconds; the message says ``what`` did not happen.
    """
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > deadline:
            raise PenstockError(f"{what} after {seconds:g} s: see the worker's log and GET /api/v4.1/event")
        await asyncio.sleep(_PAUSE)
