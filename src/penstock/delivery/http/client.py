"""Posting to whatever address a setting names, and keeping little of the answer (spec 14 §1, §4)."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Self

import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from penstock.delivery.failures import RefusedError
from penstock.delivery.http.resolver import GuardedResolver, guarded_socket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import ClientResponse
    from aiohttp.abc import AbstractResolver

    from penstock.delivery.http.guard import Guard

SECONDS_TO_CONNECT = 5
SECONDS_TO_ANSWER = 10
MOST_SECONDS = SECONDS_TO_CONNECT + SECONDS_TO_ANSWER  # whatever a receiver does
SHOWN_CHARACTERS = 1_000
_READ_BYTES = 4 * SHOWN_CHARACTERS
_OK = range(200, 300)
_TOO_MANY, _SERVER_ERRORS = 429, range(500, 600)


class Outcome(msgspec.Struct, frozen=True):
    """What a request came to: a status with the beginning of its body, or an error."""

    code: int | None = None
    response: str | None = None
    error: str | None = None
    refused: bool = False  # by the guard: nothing was sent, and nothing would be the next time

    @property
    def accepted(self) -> bool:
        """Return whether the receiver has the webhook."""
        return self.code in _OK

    @property
    def down(self) -> bool:
        """Return whether the target itself seems out of order, whatever was sent to it."""
        return not self.refused and (self.code is None or self.code == _TOO_MANY or self.code in _SERVER_ERRORS)


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
                return Outcome(answered.status, await _beginning(answered))
        except RefusedError as refused:
            return Outcome(error=refused.message, refused=True)
        except TimeoutError as late:
            return Outcome(error=_storable(f"no answer in time: {late}" if str(late) else "no answer in time"))
        except (ClientError, OSError, ValueError) as error:
            return Outcome(error=_storable(f"{type(error).__name__}: {error}"))


async def _beginning(answered: ClientResponse) -> str:
    """Return the first characters of the body; what fails after the status changes nothing."""
    read = b""
    try:
        while len(read) < _READ_BYTES and (part := await answered.content.read(_READ_BYTES - len(read))):
            read += part
    except (TimeoutError, ClientError, OSError):
        pass
    answered.close()
    return _storable(read.decode(errors="replace"))


def _storable(text: str) -> str:
    """Return the beginning of a text, without what PostgreSQL does not store."""
    return text[:SHOWN_CHARACTERS].replace("\0", "\ufffd").encode(errors="replace").decode()
