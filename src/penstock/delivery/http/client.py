"""Posting to whatever address a setting names, and keeping little of the answer (spec 14 §1, §4)."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from penstock.delivery.failures import RefusedError
from penstock.delivery.http.resolver import GuardedResolver, guarded_socket
from penstock.delivery.outcomes import (
    MOST_SECONDS,
    SECONDS_TO_ANSWER,
    SECONDS_TO_CONNECT,
    SHOWN_CHARACTERS,
    Outcome,
    storable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import ClientResponse
    from aiohttp.abc import AbstractResolver

    from penstock.delivery.http.guard import Guard

_READ_BYTES = 4 * SHOWN_CHARACTERS
_OK = range(200, 300)
_TOO_MANY, _SERVER_ERRORS = 429, range(500, 600)


class Client:
    """The HTTP client; ``async with Client(guard)``.

    No redirects, no cookies, no proxy, no credentials, no compression, and a connection of its own for each request,
    so that each address is resolved and checked for that request.
    """

    def __init__(self, guard: Guard, resolver: AbstractResolver | None = None) -> None:
        self._guard = guard
        self._resolver = resolver
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Get ready to send."""
        connector = TCPConnector(
            resolver=GuardedResolver(self._guard, self._resolver),
            socket_factory=guarded_socket(self._guard),
            use_dns_cache=False,
            force_close=True,
            limit=0,  # the courier counts
        )
        self._session = ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=ClientTimeout(total=MOST_SECONDS, connect=SECONDS_TO_CONNECT, sock_read=SECONDS_TO_ANSWER),
            headers={"User-Agent": f"Penstock/{version('penstock')}", "Accept-Encoding": "identity"},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close what is open."""
        assert self._session is not None
        await self._session.close()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Post a body in JSON; return what came of it, whatever it is."""
        assert self._session is not None
        try:
            parsed = self._guard.parse(url)
            given = {"content-type": "application/json", **headers}
            async with self._session.post(parsed, data=body, headers=given, allow_redirects=False) as answered:
                return _answered(answered.status, await _beginning(answered))
        except RefusedError as refused:
            return Outcome(error=refused.message, refused=True)
        except TimeoutError as late:
            return Outcome(
                error=storable(f"no answer in time: {late}" if str(late) else "no answer in time"), down=True
            )
        except (ClientError, OSError, ValueError) as error:
            return Outcome(error=storable(f"{type(error).__name__}: {error}"), down=True)


def _answered(status: int, beginning: str) -> Outcome:
    down = status == _TOO_MANY or status in _SERVER_ERRORS
    return Outcome(status, beginning, accepted=status in _OK, down=down)


async def _beginning(answered: ClientResponse) -> str:
    """Return the first characters of the body; what fails after the status changes nothing."""
    read = b""
    try:
        while len(read) < _READ_BYTES and (part := await answered.content.read(_READ_BYTES - len(read))):
            read += part
    except (TimeoutError, ClientError, OSError):
        pass
    answered.close()
    return storable(read.decode(errors="replace"))
