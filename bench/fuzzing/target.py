"""The Penstock that is fuzzed: over HTTP, one request at a time, each answer with its time."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from penstock.demo.client import Connection

PATIENCE = 60  # seconds
UNAUTHORIZED = 401


@dataclass(frozen=True)
class Request:
    """A request as it goes over the wire."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


@dataclass(frozen=True)
class Reply:
    """What came back, and after how many seconds."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


def operation(query: str, variables: object = None) -> Request:
    """Return the request of a GraphQL operation."""
    return Request(
        "POST", "/graphql", json.dumps({"query": query, "variables": variables}, ensure_ascii=False).encode()
    )


class Target:
    """The API as one user, who logs in again when the token is no longer good."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.url = connection.url
        self._host = urlsplit(connection.url).netloc
        self._http = http.client.HTTPConnection(self._host, timeout=PATIENCE)
        self.token = ""
        self.log_in()

    def log_in(self) -> None:
        """Fetch a token."""
        form = {
            "grant_type": "password",
            "username": self.connection.username,
            "password": self.connection.password,
            "client_id": self.connection.client_id,
            "client_secret": self.connection.client_secret,
        }
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        reply = self._sent(Request("POST", "/oauth/token", urlencode(form).encode(), kind))
        if reply.status != http.client.OK:
            raise RuntimeError(f"{self.connection.username} cannot log in at {self.url}: {reply.body.decode()}")
        self.token = json.loads(reply.body)["access_token"]

    def send(self, request: Request) -> Reply:
        """Send a request with the token."""
        reply = self._sent(request)
        if reply.status == UNAUTHORIZED:
            self.log_in()
            reply = self._sent(request)
        return reply

    def _sent(self, request: Request) -> Reply:
        try:
            return self._exchanged(request)
        except (http.client.HTTPException, OSError):  # the server closes connections that nobody uses
            self._http.close()
            return self._exchanged(request)

    def _exchanged(self, request: Request) -> Reply:
        since = time.perf_counter()
        headers = {"Authorization": f"Bearer {self.token}", **request.headers} if self.token else request.headers
        self._http.request(request.method, request.path, request.body, dict(headers))
        response = self._http.getresponse()
        body = response.read()
        if response.will_close:
            self._http.close()
        given = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, given, body, time.perf_counter() - since)
