"""The API in this process, with one account, and a client that speaks ASGI to it."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

from penstock.api.asgi import create_app
from penstock.api.services import Account, Services
from penstock.clock import VirtualClock
from penstock.database.ids import IdSource
from penstock.database.placement import Placement
from penstock.database.signals import Signals
from penstock.database.urls import database_of
from penstock.delivery.keys.sealing import Seal
from penstock.delivery.keys.store import Keys
from penstock.delivery.log import DeliveryLog
from penstock.diagnosis.availability.service import Availability
from penstock.history.service import Histories
from penstock.holding.desk import Desk
from penstock.identity.bootstrap import create_first_administrator
from penstock.identity.principals import Principals
from penstock.model.together import Together
from penstock.orchestration.configuration import Configurations
from penstock.orchestration.events import Events
from penstock.orchestration.search import Search
from penstock.plugins.hosts.process import Limits
from penstock.plugins.uploading import Uploads
from penstock.rules.names import resolve
from penstock.workflows.stored import Workflows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Message

    from conftest import MakeDatabase
    from penstock.database.pools import Database
    from penstock.identity.principal import Principal

RETAILERS = """
INSERT INTO retailer (id, ref, created_on, updated_on)
SELECT n, 'R' || n, now(), now() FROM unnest($1::bigint[]) n"""


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body, decoded."""
        return json.loads(self.body)


class Echo:
    """Answers every operation with its query, in place of the GraphQL engine."""

    async def execute(
        self,
        _database: Database,
        principal: Principal,
        query: str,
        _variables: dict[str, Any] | None,
        _operation_name: str | None,
        _writer: Any,
    ) -> bytes:
        """Return who asked what."""
        return json.dumps({"data": {"query": query, "user": principal.username}}).encode()


@dataclass
class Api:
    """The API and the credentials of its administrator."""

    app: ASGIApp
    placement: Placement
    database: Database
    account: Account
    clock: VirtualClock
    credentials: dict[str, str]
    ready: bool | Exception = True
    token: str = ""
    parts_read: int = field(default=0)

    async def send(
        self, method: str, path: str, *, parts: tuple[bytes, ...] = (b"",), headers: dict[str, str] | None = None
    ) -> Reply:
        """Send a request whose body comes in parts."""
        plain, _, query = path.partition("?")
        given = {"host": "localhost", **{k.lower(): v for k, v in (headers or {}).items()}}
        scope = {
            "type": "http",
            "method": method,
            "path": unquote(plain),
            "raw_path": plain.encode(),
            "root_path": "",
            "scheme": "http",
            "query_string": query.encode(),
            "headers": [(k.encode(), v.encode()) for k, v in given.items()],
        }
        waiting, sent = list(parts), []
        self.parts_read = 0

        async def receive() -> Message:
            self.parts_read += 1
            body = waiting.pop(0)
            return {"type": "http.request", "body": body, "more_body": bool(waiting)}

        async def collect(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, collect)
        answered = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        return Reply(sent[0]["status"], answered, b"".join(m.get("body", b"") for m in sent[1:]))

    async def get(self, path: str, **query: Any) -> Reply:
        """Get with the token."""
        return await self.send("GET", f"{path}?{urlencode(query, doseq=True)}", headers=self.bearer())

    async def post(self, path: str, content: Any) -> Reply:
        """Post JSON, or bytes as they are, with the token."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return await self.send("POST", path, parts=(body,), headers=self.bearer())

    def bearer(self) -> dict[str, str]:
        """Return the header that carries the token."""
        return {"Authorization": f"Bearer {self.token}"}

    async def ask_token(self, given: dict[str, str], headers: dict[str, str] | None = None) -> Reply:
        """Post a form to the token endpoint."""
        return await self.send("POST", "/oauth/token", parts=(urlencode(given).encode(),), headers=headers)

    def login(self, **changed: str) -> dict[str, str]:
        """Return the form by which the administrator logs in."""
        return {
            "grant_type": "password",
            "scope": "api",
            "username": self.credentials["username"],
            "password": self.credentials["password"],
            "client_id": self.credentials["clientId"],
            "client_secret": self.credentials["clientSecret"],
        } | changed

    async def add_user(self, username: str, role: str, *contexts: tuple[str, int]) -> str:
        """Create a user with the administrator's password and a role; return a token."""
        user = await self.database.fetchval(
            "INSERT INTO users (id, ref, username, type, status, password_hash, created_on, updated_on) "
            "SELECT nextval('id_small'), $1, $1, 'API', 'ACTIVE', password_hash, now(), now() "
            "FROM users WHERE username = 'admin' RETURNING id",
            username,
        )
        await self.database.execute(
            "INSERT INTO user_role (id, user_id, role_id, contexts) "
            "SELECT nextval('id_small'), $1, id, $2 FROM role WHERE name = $3",
            *(user, json.dumps([{"contextType": t, "contextId": str(i)} for t, i in contexts]), role),
        )
        reply = await self.ask_token(self.login(username=username))
        return str(reply.json["access_token"])


@asynccontextmanager
async def serving(make: MakeDatabase) -> AsyncIterator[Api]:
    """Start the API on a new control database with one account, retailers 1 and 2, and its administrator."""
    control, kept = await make("control"), await make("account")
    await control.execute("INSERT INTO account (name, database_name) VALUES ('ACME', $1)", database_of(kept.dsn))
    placement = await Placement.open(control.dsn)
    name = "ACME"
    database = await placement.database(name)
    await database.execute(RETAILERS, [1, 2])
    clock = VirtualClock(datetime.now(UTC))
    signals = Signals(database.dsn)
    configurations = Configurations(database)
    account = Account(
        database,
        Events(name, database, signals, clock, Together(database)),
        Search(name, database, configurations),
        writer=None,
        histories=Histories(name, database, resolve),
        deliveries=DeliveryLog(database, clock, signals),
        webhook_keys=Keys(database, clock, Seal("a secret of the tests, of 32 and more"), bits=1_024),
        plugins=Uploads(name, database, Limits()),
        workflows=Workflows(name, database, configurations, clock, lambda _: resolve),
        holds=Desk(database, IdSource(database), configurations, clock, signals),
        availability=Availability(database, configurations, clock),
    )

    async def found(_name: str) -> Account:
        return api.account

    async def ready() -> bool:
        if isinstance(api.ready, Exception):
            raise api.ready
        return api.ready

    @asynccontextmanager
    async def opening() -> AsyncIterator[Services]:
        yield Services(placement, Principals(placement, clock), Echo(), found, clock, ready)

    app = create_app(opening)
    credentials = await create_first_administrator(placement, name)
    api = Api(app, placement, database, account, clock, credentials)
    async with _started(app):
        reply = await api.ask_token(api.login())
        api.token = reply.json["access_token"]
        yield api
    await signals.close()
    await placement.close()


@asynccontextmanager
async def _started(app: ASGIApp) -> AsyncIterator[None]:
    """Run the application's start, and its stop afterwards."""
    steps: asyncio.Queue[Message] = asyncio.Queue()
    said: asyncio.Queue[Message] = asyncio.Queue()
    running = asyncio.ensure_future(app({"type": "lifespan", "state": {}}, steps.get, said.put))
    for step in ("startup", "shutdown"):
        await steps.put({"type": f"lifespan.{step}"})
        answer = await said.get()
        assert answer["type"] == f"lifespan.{step}.complete", answer
        if step == "startup":
            yield
    await running
