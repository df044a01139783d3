"""A lean HTTP client: on two cores, what the client burns is missing from what is measured."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_OK = b"HTTP/1.1 200"


class Caller(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._answer: asyncio.Future[bytes] | None = None
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Give the body to the caller when it is complete."""
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        length = _LENGTH.search(self._buffer, 0, head) if head > 0 else None
        if length is None or len(self._buffer) < head + 4 + int(length[1]) or self._answer is None:
            return
        whole, self._buffer = bytes(self._buffer), bytearray()
        if whole.startswith(_OK):
            self._answer.set_result(whole[head + 4 :])
        else:
            self._answer.set_exception(AssertionError(whole.decode()))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell a waiting caller."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server closed the connection"))

    async def call(self, request: bytes, *, errors: bool = False) -> bytes:
        """Send a request and return the answer's body; without ``errors``, one with errors is an AssertionError."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        body = await self._answer
        if not errors and b'"errors":[' in body:
            raise AssertionError(body.decode())
        return body

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()


async def connect(port: int) -> Caller:
    """Return a connection to the API on this machine."""
    _, caller = await asyncio.get_running_loop().create_connection(Caller, "127.0.0.1", port)
    return caller


def post(path: str, token: str, body: object) -> bytes:
    """Return the bytes of a request."""
    content = msgspec.json.encode(body)
    return (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    ).encode() + content


async def hammer(port: int, requests: Iterable[bytes], clients: int) -> float:
    """Send all requests, ``clients`` of them at once; return the seconds it took."""
    queue = iter(requests)
    callers = [await connect(port) for _ in range(clients)]
    begun = time.perf_counter()
    await asyncio.gather(*(_work(caller, queue) for caller in callers))
    taken = time.perf_counter() - begun
    for caller in callers:
        caller.close()
    return taken


async def _work(caller: Caller, requests: Iterator[bytes]) -> None:
    for request in requests:
        await caller.call(request)
