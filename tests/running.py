"""A whole Penstock in this process, on a clock that a test moves: the real API over real HTTP, and a worker.

A test gets an account of its own: a copy of databases that were filled once. The first retailer and its
reference workflows are there; whatever else is needed is created through the public API, as clients do.
"""

from __future__ import annotations

import asyncio
import io
import re
import socket
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import asyncpg
import msgspec
import uvicorn

from conftest import create_database, drop_database
from penstock.app import awaited, bootstrap, create_api, run_worker
from penstock.bootstrap import ACCOUNT
from penstock.clock import VirtualClock
from penstock.database.placement import Placement
from penstock.database.urls import database_of
from penstock.settings import Settings
from penstock.workflows.documents import reference

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

Node = dict[str, Any]

START = datetime(2026, 2, 2, tzinfo=UTC)  # a Monday
PATIENCE = 60.0  # seconds; nothing that a test does takes a tenth of it on an idle machine
_PAUSE = 0.005
_MOMENT = timedelta(milliseconds=1)

_NEXT_DUE = "SELECT min(due) FROM pending_event WHERE due > $1 AND due < $2"
_WAITING = """
SELECT name FROM pending_event WHERE NOT scheduled OR due <= $1
UNION ALL SELECT 'recomputation' FROM recomputation LIMIT 5"""
_ID = re.compile(r"\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAME = "INSERT INTO account (name, database_name) VALUES ($1, $2)"
_OUTBOX = "SELECT url, body FROM outbox ORDER BY id"
_PLACE = "UPDATE account SET database_name = $1"
_WORKFLOW = """
INSERT INTO workflow (retailer_id, name, major, minor, document, created_on)
VALUES ($1, $2, $3, $4, $5::text::jsonb, $6)"""


@dataclass(frozen=True)
class Stored:
    """The databases of one Penstock, the credentials of its first administrator, and a token for them.

    Copies share the control database, which knows one of their accounts at a time: the one that runs.
    """

    control: str
    account: str
    credentials: dict[str, str]
    token: str = ""

    async def copy(self) -> Stored:
        """Return a copy; nobody may be connected to the original."""
        return replace(self, account=await create_database(self.control, template=database_of(self.account)))

    async def drop(self) -> None:
        """Drop the account's database."""
        await drop_database(self.control, self.account)


async def first_start(control: str, account: str) -> Stored:
    """Do in two migrated, empty databases what ``penstock up`` does at its first start."""
    await _execute(control, _NAME, ACCOUNT, database_of(account))
    placement = await Placement.open(control)
    try:
        credentials = await bootstrap(placement, url="", clock=VirtualClock(START))
    finally:
        await placement.close()
    assert credentials is not None
    return Stored(control, account, credentials)


class Client:
    """The public API as one user."""

    def __init__(self, url: str, credentials: dict[str, str], token: str = "") -> None:
        self.url = url
        self.credentials = credentials
        self.token = token
        self._http = aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=64))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def call(self, method: str, path: str, body: object = None, **query: str) -> tuple[int, Any]:
        """Send a request; return status and decoded body. A token that has run out is replaced."""
        return await self._sent(method, path, lambda: {"json": body, "params": query})

    async def upload(
        self, path: str, content: bytes, *, part: str = "file", name: str = "plugin.whl"
    ) -> tuple[int, Any]:
        """Send a file as a part of a form; return the same."""

        def form() -> dict[str, Any]:
            data = aiohttp.FormData()
            data.add_field(part, io.BytesIO(content), filename=name)
            return {"data": data}

        return await self._sent("POST", path, form)

    async def _sent(self, method: str, path: str, made: Callable[[], dict[str, Any]]) -> tuple[int, Any]:
        for _ in range(2):
            self.token = self.token or await self._log_in()
            status, body = await self.once(method, path, made())
            if status != 401:
                return status, msgspec.json.decode(body)
            self.token = ""
        raise AssertionError(f"{method} {path}: the token is refused")

    async def once(self, method: str, path: str, request: dict[str, Any]) -> tuple[int, bytes]:
        """Send a request with the token that there is, valid or not; return status and body."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self._http.request(method, path, headers=headers, **request) as response:
            return response.status, await response.read()

    async def _log_in(self) -> str:
        given = self.credentials
        form = {
            "grant_type": "password",
            "scope": "api",
            "username": given["username"],
            "password": given["password"],
            "client_id": given["clientId"],
            "client_secret": given["clientSecret"],
        }
        async with self._http.post("/oauth/token", data=form) as response:
            return str((await response.json())["access_token"])

    async def answer(self, document: str, **variables: Any) -> Node:
        """Run an operation; return what came back, errors and all."""
        status, body = await self.call("POST", "/graphql", {"query": document, "variables": variables})
        assert status == 200, body
        return dict(body)

    async def graphql(self, document: str, **variables: Any) -> Node:
        """Run an operation that has to succeed; return its data."""
        body = await self.answer(document, **variables)
        assert "errors" not in body, body
        return dict(body["data"])


@dataclass
class Running:
    """A running Penstock: its client, its clock, and the steps that tests share."""

    stored: Stored
    clock: VirtualClock
    client: Client
    url: str
    _watch: asyncpg.Connection
    _worker: asyncio.Task[None]
    _guests: list[Client] = field(default_factory=list)

    @property
    def retailer(self) -> str:
        """Return the id of the first retailer."""
        return self.stored.credentials["retailerId"]

    def guest(self, credentials: dict[str, str]) -> Client:
        """Return the API as another user sees it."""
        self._guests.append(Client(self.url, credentials))
        return self._guests[-1]

    async def close(self) -> None:
        """Close the connections of all clients."""
        for client in (self.client, *self._guests):
            await client.close()
        await self._watch.close()

    async def settle(self) -> None:
        """Wait until nothing is left to do; then let a moment pass, so that what follows is later."""
        await self._wait()
        self.clock.advance(_MOMENT)

    async def _wait(self) -> None:
        """Wait until no event is pending and no timer is due."""
        deadline = time.monotonic() + PATIENCE
        while waiting := await self._watch.fetch(_WAITING, self.clock.now()):
            if self._worker.done():
                self._worker.result()
            if time.monotonic() > deadline:
                raise AssertionError(f"still pending after {PATIENCE} s: {[r['name'] for r in waiting]}")
            await asyncio.sleep(_PAUSE)

    async def pending(self, entity: int) -> int:
        """Return how many events of an entity wait."""
        sql = "SELECT count(*) FROM pending_event WHERE entity_id = $1"
        return int(await self._watch.fetchval(sql, entity))

    async def advance(self, by: timedelta) -> None:
        """Let time pass, and wait until everything that has become due is done."""
        self.clock.advance(by)
        await self._wait()

    async def elapse(self, by: timedelta) -> None:
        """Let time pass from one timer to the next, as real time does: each fires when it is due."""
        end = self.clock.now() + by
        while due := await self._watch.fetchval(_NEXT_DUE, self.clock.now(), end):
            await self.advance_to(due)
        await self.advance_to(end)

    async def advance_to(self, moment: datetime) -> None:
        """Let time pass until a moment."""
        await self.advance(moment - self.clock.now())

    def event(
        self, name: str, entity_type: str, target: str | int, attributes: Node | None = None, **more: Any
    ) -> Node:
        """Return the body of an event; a target that is a number or a UUID is an id, any other a ref."""
        key = "entityId" if _ID.fullmatch(str(target)) else "entityRef"
        return {
            "name": name,
            "retailerId": self.retailer,
            "entityType": entity_type,
            key: str(target),
            "attributes": attributes or {},
            **more,
        }

    async def post(
        self, name: str, entity_type: str, target: str | int, attributes: Node | None = None, **more: Any
    ) -> str:
        """Post an asynchronous event; return its id."""
        event = self.event(name, entity_type, target, attributes, **more)
        status, body = await self.client.call("POST", "/api/v4.1/event/async", event)
        assert status == 200, body
        return str(body["eventId"])

    async def sync(
        self, name: str, entity_type: str, target: str | int, attributes: Node | None = None
    ) -> tuple[int, Node]:
        """Post a synchronous event; return status and answer."""
        event = self.event(name, entity_type, target, attributes)
        return await self.client.call("POST", "/api/v4.1/event/sync", event)

    async def send(self, name: str, entity_type: str, target: str | int, attributes: Node | None = None) -> str:
        """Post an event and settle; return its status."""
        id_ = await self.post(name, entity_type, target, attributes)
        await self.settle()
        return str((await self.event_by_id(id_))["eventStatus"])

    async def event_by_id(self, id_: str) -> Node:
        """Return a stored event."""
        status, body = await self.client.call("GET", f"/api/v4.1/event/{id_}")
        assert status == 200, body
        return dict(body)

    async def events(self, **query: str) -> list[Node]:
        """Search events; a dot in a parameter's name is written as two underscores."""
        parameters = {name.replace("__", "."): value for name, value in query.items()}
        status, body = await self.client.call("GET", "/api/v4.1/event", None, **{"count": "5000", **parameters})
        assert status == 200, body
        return list(body["results"])

    @asynccontextmanager
    async def holding(self, table: str) -> AsyncIterator[None]:
        """Let nobody change the rows of a table for a while."""
        async with self._watch.transaction():
            await self._watch.execute(f"SELECT FROM {table} FOR UPDATE")
            yield

    async def in_sets(self) -> int:
        """Return how many events were executed in sets."""
        return int(await self._watch.fetchval("SELECT coalesce(sum(members), 0) FROM event"))

    async def outbox(self) -> list[tuple[str, Node]]:
        """Return address and body of every webhook that waits for delivery, oldest first."""
        return [(r["url"], msgspec.json.decode(r["body"])) for r in await self._watch.fetch(_OUTBOX)]

    async def install(self, document: Node) -> None:
        """Add a version of a workflow."""
        major, minor = document["version"].split(".")
        text = msgspec.json.encode(document).decode()
        arguments = (int(self.retailer), document["name"], int(major), int(minor), text, self.clock.now())
        await self._watch.execute(_WORKFLOW, *arguments)

    def workflow(self, name: str, **variables: str) -> Node:
        """Return a reference workflow; a dot in a variable's name is written as an underscore."""
        given = {variable.replace("_", "."): value for variable, value in variables.items()}
        documents = reference(ACCOUNT, int(self.retailer), given)
        return next(document for document in documents if document["name"] == name)


@asynccontextmanager
async def running(stored: Stored, **chosen: Any) -> AsyncIterator[Running]:
    """Start Penstock on these databases, with settings of the test's choice."""
    await _execute(stored.control, _PLACE, database_of(stored.account))
    clock, stop = VirtualClock(START), asyncio.Event()
    settings = Settings(database_url=stored.control, pool_size=4, **chosen)
    async with _serving(settings, clock) as url:
        client, watch = Client(url, stored.credentials, stored.token), await asyncpg.connect(stored.account)
        placement = await awaited(settings)
        worker = asyncio.create_task(run_worker(placement, settings, stop, clock), name="worker")
        penstock = Running(stored, clock, client, url, watch, worker)
        try:
            yield penstock
        finally:
            await penstock.close()
            stop.set()
            await worker


@asynccontextmanager
async def _serving(settings: Settings, clock: VirtualClock) -> AsyncIterator[str]:
    """Serve the API on a free port; yield its URL.

    The server's own loop is left out: it only minds signals and idle connections, and takes its time to end.
    """
    config = uvicorn.Config(
        create_api(settings, clock),
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        timeout_keep_alive=3_600,  # the loop stands still between tests, and a timeout would meet the next request
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # asyncio does this by itself only for sockets that say they are TCP; without it an answer waits 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await server.startup(sockets=[listener])
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            for each in server.servers:
                each.close()
            await server.lifespan.shutdown()


async def _execute(url: str, statement: str, *arguments: Any) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement, *arguments)
    finally:
        await connection.close()
