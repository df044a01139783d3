"""HTTP with patience: logs in again on 401, waits for a server that restarts."""

from __future__ import annotations

import asyncio
import time
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import msgspec

from penstock.demo.client.failures import RefusedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from penstock.demo.client.connection import Connection

_CONNECTIONS = 16
_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=5)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0  # seconds between attempts
_LOGINS = 2  # on one call; a third 401 is meant


class Transport:
    """Sends requests as one user; ``patience`` is how many seconds a call waits for an unreachable server."""

    def __init__(self, connection: Connection, *, patience: float) -> None:
        self._connection = connection
        self._patience = patience
        self._token = ""
        self._login = asyncio.Lock()
        self._free = asyncio.Semaphore(_CONNECTIONS)  # time runs from when a request has its turn
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the connections."""
        connector = aiohttp.TCPConnector(limit=_CONNECTIONS + 1)  # one to log in
        self._session = aiohttp.ClientSession(self._connection.url, connector=connector, timeout=_TIMEOUT)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def post(self, path: str, body: object) -> Any:
        """Post JSON and return the JSON answered."""
        return await self._call("POST", path, body=msgspec.json.encode(body))

    async def put(self, path: str, body: object) -> Any:
        """Put JSON and return the JSON answered."""
        return await self._call("PUT", path, body=msgspec.json.encode(body))

    async def get(self, path: str, query: Mapping[str, str]) -> Any:
        """Get JSON."""
        return await self._call("GET", path, query=query)

    async def delete(self, path: str) -> Any:
        """Delete, and return the JSON answered."""
        return await self._call("DELETE", path)

    async def upload(self, path: str, name: str, content: bytes) -> Any:
        """Post a file as the part ``file`` of a form, and return the JSON answered."""
        line = uuid.uuid4().hex.encode()
        about = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        body = b"--%b\r\n%b%b\r\n--%b--\r\n" % (line, about, content, line)
        return await self._call("POST", path, body=body, kind=f"multipart/form-data; boundary={line.decode()}")

    async def _call(
        self, method: str, path: str, *, body: bytes | None = None, query: Any = None, kind: str = "application/json"
    ) -> Any:
        """Send with a valid token; a refused token is replaced."""
        for _ in range(_LOGINS):
            token = self._token or await self._log_in("")
            headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
            async with self._free:
                status, answer = await self._persist(method, path, headers=headers, data=body, params=query)
            if status != HTTPStatus.UNAUTHORIZED:
                return self._accepted(method, path, status, answer)
            await self._log_in(token)
        return self._accepted(method, path, status, answer)

    async def _log_in(self, refused: str) -> str:
        """Return a token other than the refused one; of many callers at once only the first logs in."""
        async with self._login:
            if self._token == refused:
                form = {
                    "grant_type": "password",
                    "scope": "api",
                    "username": self._connection.username,
                    "password": self._connection.password,
                    "client_id": self._connection.client_id,
                    "client_secret": self._connection.client_secret,
                }
                status, answer = await self._persist("POST", "/oauth/token", data=form)
                self._token = self._accepted("POST", "/oauth/token", status, answer)["access_token"]
            return self._token

    async def _persist(self, method: str, path: str, **request: Any) -> tuple[int, bytes]:
        """Send until the server answers with less than 500, for as long as patience lasts."""
        deadline, pause = time.monotonic() + self._patience, _FIRST_PAUSE
        while True:
            try:
                status, answer = await self._send(method, path, **request)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                trouble = str(error) or type(error).__name__
            else:
                if status < HTTPStatus.INTERNAL_SERVER_ERROR:
                    return status, answer
                trouble = f"status {status}: {answer[:200].decode(errors='replace')}"
            if time.monotonic() > deadline:
                place = f"{method} {self._connection.url}{path}"
                raise UnreachableError(f"{place}: no good answer ({trouble}); is Penstock running?")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _send(self, method: str, path: str, **request: Any) -> tuple[int, bytes]:
        if self._session is None:
            raise UnreachableError("the client is closed: use it inside `async with`")
        async with self._session.request(method, path, **request) as response:
            return response.status, await response.read()

    @staticmethod
    def _accepted(method: str, path: str, status: int, answer: bytes) -> Any:
        """Return the decoded answer; ``RefusedError`` for a status of 4xx."""
        if status >= HTTPStatus.BAD_REQUEST:
            text = answer[:300].decode(errors="replace")
            raise RefusedError(f"{method} {path} was refused with status {status}: {text}", answer, status=status)
        return msgspec.json.decode(answer)
