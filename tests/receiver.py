"""A receiver of webhooks on this machine that answers what a test tells it to."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.test_utils import TestServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping


@dataclass(frozen=True)
class Received:
    """One request."""

    body: bytes
    headers: Mapping[str, str]
    path: str


@dataclass
class Receiver:
    """What came, and what is answered: ``answers`` in turn, then 200; or whatever ``react`` returns."""

    url: str = ""
    target: str = ""
    requests: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    react: Callable[[Received], Awaitable[web.Response]] | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Note a request, and answer it."""
        received = Received(await request.read(), dict(request.headers), request.path_qs)
        self.requests.append(received)
        self.arrived.set()
        if self.react is not None:
            return await self.react(received)
        return web.Response(status=self.answers.pop(0) if self.answers else 200, text="taken")

    async def until(self, count: int, seconds: float = 60) -> None:
        """Wait until so many requests have come."""
        async with asyncio.timeout(seconds):
            while len(self.requests) < count:
                self.arrived.clear()
                await self.arrived.wait()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Listen on a free port of the loopback address."""
    receiver = Receiver()
    application = web.Application(client_max_size=4_000_000)
    application.router.add_route("*", "/{rest:.*}", receiver.take)
    async with TestServer(application, host="127.0.0.1") as server:
        receiver.target = f"http://127.0.0.1:{server.port}"
        receiver.url = f"{receiver.target}/hook"
        yield receiver


@contextmanager
def nobody() -> Iterator[str]:
    """Yield an address at which nobody listens, and nobody else begins to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
