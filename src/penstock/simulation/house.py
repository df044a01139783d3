"""One account in a fork, run in this process: its API without HTTP, and a worker that works when it is told to."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from penstock.api.graphql.mutations import Finder, Writer
from penstock.api.graphql.service import GraphQL
from penstock.api.rest.event_input import read_event
from penstock.app.parts import engine, limits
from penstock.clock import VirtualClock
from penstock.database.ids import IdSource
from penstock.database.pools import Database
from penstock.database.signals import Signals
from penstock.errors import InvalidValueError, PenstockError
from penstock.identity.permissions import PERMISSIONS
from penstock.identity.principal import Principal, Scope
from penstock.model.together import Together
from penstock.orchestration import lanes, queue
from penstock.orchestration.events import Events
from penstock.orchestration.leases import Lease
from penstock.orchestration.worker import Worker
from penstock.plugins.hosts.answering import Hosts
from penstock.plugins.resolving import declared
from penstock.plugins.store import content
from penstock.recomputing.recomputer import Recomputer
from penstock.rules.names import resolve
from penstock.workflows.stored import Workflows

if TYPE_CHECKING:
    import uuid
    from collections.abc import AsyncIterator, Iterable
    from datetime import datetime

    from penstock.orchestration.engine import Engine
    from penstock.settings import Settings

Node = dict[str, Any]

USER = "simulation"
PATIENCE = 300.0  # seconds for all that follows from one step, or from a portion of positions computed anew
LONGEST_STATEMENT = 600_000  # milliseconds; nobody else waits for it
_PAUSE, _MOMENT = 0.005, timedelta(milliseconds=1)
_WAITING = "SELECT name FROM pending_event WHERE NOT scheduled OR due <= $1 LIMIT 3"
_SOMEBODY = "SELECT min(id) FROM users"
_RETAILERS = "SELECT id, ref FROM retailer"
_UNDONE = """
SELECT name, entity_type, coalesce(entity_ref, entity_id::text) AS entity, status, failure FROM event
WHERE id = ANY($1::uuid[]) AND status <> 'SUCCESS' ORDER BY id LIMIT 1"""


@dataclass(frozen=True)
class House:
    """An account whose clock stands still but for a millisecond a step, so that no timer of it goes off."""

    account: str
    database: Database
    clock: VirtualClock
    worker: Worker
    workflows: Workflows
    events: Events
    recomputer: Recomputer
    _graphql: GraphQL
    _writer: Writer
    _principal: Principal

    async def ask(self, document: str, **variables: Any) -> Node:
        """Run an operation with all permissions; return its data.

        Raises:
            InvalidValueError: it was refused; the message is that of the API.
        """
        body = await self._graphql.execute(self.database, self._principal, document, variables, None, self._writer)
        answer: Node = msgspec.json.decode(body)
        if answer.get("errors"):
            raise InvalidValueError("; ".join(str(error["message"]) for error in answer["errors"]))
        return dict(answer["data"])

    async def mutate(self, mutation: str, given: Node, selection: str = "__typename") -> Node:
        """Run a mutation with its one input; return what was selected of its result. Errors as of ``ask``."""
        known = f"{mutation[0].upper()}{mutation[1:]}Input"
        document = f"mutation ($input: {known}) {{ {mutation}(input: $input) {{ {selection} }} }}"
        return dict((await self.ask(document, input=given))[mutation])

    async def post(self, event: Node) -> uuid.UUID:
        """Store an event, as ``POST /api/v4.1/event/async`` takes it; return its id.

        Raises:
            PenstockError: it was refused, with the sentence of the API.
        """
        read = read_event(msgspec.json.encode(event), self._principal, self.clock.now())
        return (await self.events.post(read, generated_by=USER)).id

    async def undone(self, events: Iterable[uuid.UUID]) -> str | None:
        """Return, in a sentence, the first of these events that did not succeed; None when all did."""
        record = await self.database.fetchrow(_UNDONE, list(events))
        if record is None:
            return None
        what = f"event {record['name']} to {record['entity_type']} {record['entity']}"
        if record["status"] == "NO_MATCH":
            return f"{what} changes nothing: no workflow has a ruleset for it"
        return f"{what} ended {record['status']}: {record['failure']}"

    async def settle(self) -> None:
        """Work until nothing is left to do now; then let a millisecond pass.

        Raises:
            PenstockError: there is no end to it.
        """
        await self._rest()
        while await self.recomputer.once():
            await self._rest()
        self.clock.advance(_MOMENT)

    async def _rest(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            while await self.worker.once():
                self._check(deadline, ["events that follow from each other"])
            await queue.wake(self.database, self.clock.now(), lanes.ranges(self.worker.lease.slots))
            waiting = [r["name"] for r in await self.database.fetch(_WAITING, self.clock.now())]
            if not waiting:
                break
            self._check(deadline, waiting)
            await asyncio.sleep(_PAUSE)

    @staticmethod
    def _check(deadline: float, waiting: list[str]) -> None:
        if time.monotonic() > deadline:
            raise PenstockError(f"The fork is not at rest after {PATIENCE:.0f} s; waiting: {', '.join(waiting)}.")


@asynccontextmanager
async def opened(account: str, url: str, moment: datetime, settings: Settings) -> AsyncIterator[House]:
    """Open the copy of an account at ``url``; its clock shows ``moment``."""
    database = await Database.open(url, statement_timeout_ms=LONGEST_STATEMENT)
    signals, connection = Signals(url), await asyncpg.connect(url)
    plugins = Hosts(limits(settings), partial(content, database))
    try:
        clock = VirtualClock(moment)
        built = await engine(account, database, signals, clock, plugins=plugins)
        built.isolate = None  # its processes would look for the account where the environment says: where it is in use
        worker = Worker(built, Lease(connection))
        await worker.lease.register()
        await worker.lease.balance()
        yield await _furnished(built, worker, clock)
    finally:
        await plugins.close()
        await signals.close()
        await connection.close(timeout=1)
        await database.close()


async def _furnished(built: Engine, worker: Worker, clock: VirtualClock) -> House:
    account, database, configurations = built.account, built.database, built.configurations
    together = Together(database)
    events = Events(account, database, built.signals, clock, together)

    async def settled(_lane: int, _event: uuid.UUID) -> None:
        await house.settle()

    async def revoke(_user: int) -> None:
        """Do nothing: nobody has a token for a fork."""

    writer = Writer(
        clock,
        IdSource(database),
        configurations,
        Finder(database),
        together,
        wake=worker.wake,
        revoke=revoke,
        settled=settled,
    )
    house = House(
        account,
        database,
        clock,
        worker,
        Workflows(account, database, configurations, clock, partial(declared, resolve)),
        events,
        Recomputer(database, built.signals, clock),
        GraphQL(),
        writer,
        await _everybody(account, database),
    )
    return house


async def _everybody(account: str, database: Database) -> Principal:
    """Return who may do everything: rows that say who made them name the account's first user."""
    user = await database.fetchval(_SOMEBODY) or 0
    refs = {r["id"]: r["ref"] for r in await database.fetch(_RETAILERS)}
    return Principal(account, user, USER, None, dict.fromkeys(PERMISSIONS, Scope(everything=True)), refs)
