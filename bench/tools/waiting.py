"""Waiting for what other processes do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


async def until(
    look: Callable[[], Awaitable[T]],
    good: Callable[[T], object] = bool,
    *,
    seconds: float | None = None,
    every: float = 0.02,
) -> T:
    """Look every so many seconds until what is seen is good; return it.

    Raises:
        TimeoutError: it was not within ``seconds``.
    """
    async with asyncio.timeout(seconds):
        while not good(seen := await look()):  # noqa: ASYNC110 - rows and ends of other processes set no asyncio.Event
            await asyncio.sleep(every)
    return seen


async def until_true(holds: Callable[[], object], *, seconds: float | None = None, every: float = 0.02) -> None:
    """Wait until something holds that is known at once.

    Raises:
        TimeoutError: it did not within ``seconds``.
    """

    async def look() -> object:
        return holds()

    await until(look, seconds=seconds, every=every)
