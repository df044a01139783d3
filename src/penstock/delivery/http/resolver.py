"""Names become addresses here, and what comes out has been checked.

The client connects to what it gets from here and asks nobody again, so an answer that changes between check and
connection (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from aiohttp.abc import AbstractResolver

from penstock.delivery.failures import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import AddrInfoType
    from aiohttp.abc import ResolveResult

    from penstock.delivery.http.guard import Guard


THREADS = 64  # a name whose server does not answer holds one for half a minute, and must not hold other names


class SystemNames(AbstractResolver):
    """The system's resolver, in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "webhook names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host; ``OSError`` when it has none."""
        asked = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, asked)
        return [
            {
                "hostname": host,
                "host": str(address[0]),
                "port": port,
                "family": kind,
                "proto": protocol,
                "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            }
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """Wait for nobody."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedResolver(AbstractResolver):
    """A resolver behind the guard: one bad address among several refuses the name."""

    def __init__(self, guard: Guard, inner: AbstractResolver | None = None) -> None:
        self._guard = guard
        self._inner = inner or SystemNames()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host; each may be connected to.

        Raises:
            RefusedError: one may not.
            OSError: the name has no address.
        """
        found = await self._inner.resolve(host, port, family)
        for each in found:
            self._guard.check(each["host"], port)
        return found

    async def close(self) -> None:
        """Let go of what the resolver holds."""
        await self._inner.close()


def guarded_socket(guard: Guard) -> Callable[[AddrInfoType], socket.socket]:
    """Return what opens a socket for one address: the last look at where it will lead."""

    def opened(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        try:
            guard.check(str(address[0]), int(address[1]))
        except RefusedError as refused:
            raise OSError(errno.EACCES, refused.message) from refused
        return socket.socket(family, kind, protocol)

    return opened
