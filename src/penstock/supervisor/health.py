"""Ask the API whether it is ready."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from penstock.errors import SetupError
from penstock.supervisor.ports import address_of

if TYPE_CHECKING:
    import socket

    from penstock.supervisor.children import Child

REQUEST = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
SECONDS_TO_ANSWER = 5
SECONDS_BETWEEN_REQUESTS = 0.05
FAILURES_UNTIL_GIVING_UP = 3


async def until_ready(listener: socket.socket, api: Child) -> None:
    """Return when the API answers that it is ready.

    Raises:
        SetupError: it ended several times instead.
    """
    while not await _ready(listener):
        if api.failures >= FAILURES_UNTIL_GIVING_UP:
            raise SetupError(f"The API does not start: {api.last_words()}")
        await asyncio.sleep(SECONDS_BETWEEN_REQUESTS)


async def _ready(listener: socket.socket) -> bool:
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(SECONDS_TO_ANSWER):
            reader, writer = await asyncio.open_connection(*address_of(listener))
            try:
                writer.write(REQUEST)
                return b" 200 " in await reader.readuntil(b"\r\n")
            finally:
                writer.close()
    return False
