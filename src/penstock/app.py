"""The composition root: every part of a Penstock process, built in order. Read it to learn the house."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import asynccontextmanager, suppress
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import asyncpg
import structlog
from graphql import print_schema

import penstock.rules.builtin  # noqa: F401 - declares the rules
from penstock import bootstrap as seed
from penstock.answers import ANSWERERS
from penstock.answers.promises import StockGuard
from penstock.api.asgi import create_app
from penstock.api.graphql.mutations import Finder, Writer
from penstock.api.graphql.schema import schema
from penstock.api.graphql.service import GraphQL
from penstock.api.rest import document
from penstock.api.services import Account, Services
from penstock.clock import SystemClock
from penstock.database.embedded.launch import launched
from penstock.database.ids import IdSource
from penstock.database.placement import Placement
from penstock.database.signals import Signals
from penstock.identity.principals import Principals
from penstock.identity.tokens import revoke
from penstock.memory import collect_rarely
from penstock.model.together import Together
from penstock.orchestration.configuration import Configurations
from penstock.orchestration.events import Events
from penstock.orchestration.leases import Lease
from penstock.orchestration.queue import WORK
from penstock.orchestration.search import Search
from penstock.orchestration.worker import UNREACHABLE, Engine, Worker
from penstock.plugins.hosts.answering import Hosts
from penstock.plugins.hosts.calls import Step
from penstock.plugins.hosts.process import Limits
from penstock.plugins.resolving import Plugins
from penstock.plugins.store import content
from penstock.plugins.uploading import Uploads
from penstock.rules.installed import installed
from penstock.rules.names import resolve
from penstock.settings import RULE_SECONDS

if TYPE_CHECKING:
    import uuid
    from collections.abc import AsyncIterator, Callable

    from starlette.types import ASGIApp

    from penstock.clock import Clock
    from penstock.database.pools import Database
    from penstock.rules.declaration import Rule
    from penstock.settings import Settings

log = structlog.get_logger()

SYSTEM_CLOCK = SystemClock()
NEW_ACCOUNTS = 5.0  # seconds between looks for new accounts
AGAIN = 0.5  # seconds before a worker that lost its database or its lease tries again
STARTING = 60.0  # seconds that a process may take until it comes to its first rule
AGAIN_LATER = 75  # exit code of such a process that found no database


async def bootstrap(
    placement: Placement, *, url: str, account: str = seed.ACCOUNT, server: str = "", clock: Clock = SYSTEM_CLOCK
) -> dict[str, str] | None:
    """Make an account, its administrator and its first retailer; return what connection.json is to hold.

    None when somebody holds the credentials already; who gets them here calls ``placement.hand_over``.
    """
    made = await seed.open_account(placement, clock, account, server=server)
    return None if made is None else {"url": url, **made}


async def engine(
    account: str,
    database: Database,
    signals: Signals,
    clock: Clock,
    alone: float = RULE_SECONDS,
    plugins: Hosts | None = None,
    named: Callable[[str], Rule | None] | None = None,
) -> Engine:
    """Put the engine of one account together: queue, rules, answers, and the guard over promises.

    ``alone`` are the seconds that an event may take which is tried in a process of its own. ``plugins`` runs the
    rules of uploaded plugins; without it they are not installed. ``named`` finds all other rules.
    """
    named = named or lru_cache(maxsize=4096)(resolve)
    return Engine(
        account=account,
        database=database,
        signals=signals,
        clock=clock,
        ids=IdSource(database),
        resolve=named,
        answerers=ANSWERERS if plugins is None else {**ANSWERERS, Step: plugins.answer},
        guard=StockGuard(),
        configurations=Configurations(database),
        isolate=partial(_alone, account, alone),
        plugins=None if plugins is None else Plugins(plugins, named),
    )


def _limits(settings: Settings) -> Limits:
    """Return what a call of an uploaded plugin may take."""
    return Limits(settings.plugin_seconds, settings.plugin_memory_mb * 1024 * 1024)


class _Accounts:
    """The accounts that this API process serves, each built at its first request."""

    def __init__(self, placement: Placement, clock: Clock, limits: Limits) -> None:
        self._placement = placement
        self._clock = clock
        self._limits = limits
        self._built: dict[str, Account] = {}
        self._signals: list[Signals] = []
        self._building = asyncio.Lock()

    async def account(self, name: str) -> Account:
        """Return an account's database, events, search, and what its mutations need."""
        if name in self._built:
            return self._built[name]
        async with self._building:
            await self._build(name)
            return self._built[name]

    async def _build(self, name: str) -> None:
        if name not in self._built:
            database = await self._placement.database(name)
            signals = Signals(database.dsn)
            self._signals.append(signals)
            configurations = Configurations(database)
            together = Together(database)
            events = Events(name, database, signals, self._clock, together)
            writer = Writer(
                self._clock,
                IdSource(database),
                configurations,
                Finder(database),
                together,
                wake=partial(signals.send, WORK),
                revoke=partial(revoke, self._placement.control, name),
                settled=events.settled,
            )
            search, plugins = Search(name, database, configurations), Uploads(name, database, self._limits)
            self._built[name] = Account(database, events, search, writer, plugins)

    async def ready(self) -> bool:
        """Return whether the database answers."""
        return bool(await self._placement.control.fetchval("SELECT true"))

    async def close(self) -> None:
        """Close what was opened."""
        for signals in self._signals:
            await signals.close()
        await self._placement.close()


def create_api(settings: Settings, clock: Clock = SYSTEM_CLOCK) -> ASGIApp:
    """Build an API process: placement, accounts, tokens, GraphQL, REST."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Services]:
        placement = await Placement.open(
            settings.database_url, pool_size=settings.pool_size, statement_timeout_ms=settings.statement_timeout_ms
        )
        accounts = _Accounts(placement, clock, _limits(settings))
        try:
            principals = Principals(placement, clock)
            collect_rarely()
            report_installed()
            yield Services(placement, principals, GraphQL(), accounts.account, clock, accounts.ready)
        finally:
            await accounts.close()

    return create_app(opened)


def report_installed() -> None:
    """Say which packages with rules are installed, and which of them cannot be loaded."""
    for found in installed():
        about = {"package": found.package, "version": found.version, "module": found.module}
        if found.error:
            log.error("rules not loaded", **about, error=found.error)
        else:
            log.info("rules loaded", **about, rules=len(found.rules))


def schema_text() -> str:
    """Return the GraphQL schema in its definition language."""
    return print_schema(schema())


def openapi_text() -> str:
    """Return the description of the REST API, an OpenAPI document."""
    return document.text().decode()


async def run_worker(settings: Settings, stop: asyncio.Event, clock: Clock = SYSTEM_CLOCK) -> None:
    """Process the events of all accounts, new ones too, until told to stop; survive the loss of the database."""
    placement = await Placement.open(
        settings.database_url, pool_size=settings.pool_size, statement_timeout_ms=settings.statement_timeout_ms
    )
    served: set[str] = set()
    collect_rarely()
    report_installed()
    try:
        async with asyncio.TaskGroup() as group:
            while not stop.is_set():
                for account in await _accounts(placement, served):
                    served.add(account)
                    group.create_task(_work(placement, account, stop, clock, settings))
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), NEW_ACCOUNTS)
    finally:
        await placement.close()


async def _accounts(placement: Placement, served: set[str]) -> list[str]:
    """Return the accounts that are not served yet; none while the database is away."""
    with suppress(*UNREACHABLE):
        return [account for account in await placement.accounts() if account not in served]
    return []


async def _work(placement: Placement, account: str, stop: asyncio.Event, clock: Clock, settings: Settings) -> None:
    while not stop.is_set():
        try:
            await _lease_and_work(placement, account, stop, clock, settings)
        except UNREACHABLE as error:
            log.warning("worker starts again", account=account, error=str(error))
            await asyncio.sleep(AGAIN)


async def _lease_and_work(
    placement: Placement, account: str, stop: asyncio.Event, clock: Clock, settings: Settings
) -> None:
    database = await placement.database(account)
    signals = Signals(database.dsn)
    connection = await asyncpg.connect(database.dsn)
    plugins = Hosts(_limits(settings), partial(content, database))
    try:
        built = await engine(account, database, signals, clock, settings.rule_seconds, plugins)
        await Worker(built, Lease(connection)).run(stop)
    finally:
        await plugins.close()
        await signals.close()
        await connection.close(timeout=1)


async def run_only(settings: Settings, account: str, event: uuid.UUID, lease: uuid.UUID) -> None:
    """Process one event in the name of another process's worker, and end."""
    placement = await Placement.open(
        settings.database_url, pool_size=settings.pool_size, statement_timeout_ms=settings.statement_timeout_ms
    )
    try:
        database = await placement.database(account)
        signals = Signals(database.dsn)
        plugins = Hosts(_limits(settings), partial(content, database))
        built = await engine(account, database, signals, SYSTEM_CLOCK, plugins=plugins, named=_telling)
        async with database.connection() as connection:
            await Worker(built, Lease(connection, id_=lease)).only(event)
        await plugins.close()
        await signals.close()
    finally:
        await placement.close()


async def _alone(account: str, seconds: float, event: uuid.UUID, lease: uuid.UUID) -> str:
    """Run one event in a process of its own, which ends with this one; return how it ended.

    The seconds count from its first rule on.
    """
    command = [sys.executable, "-m", "penstock.cli", "worker", "--only", account, str(event), str(lease)]
    starting = launched(command, at_parents_death=signal.SIGKILL)
    process = await asyncio.create_subprocess_exec(*starting, stdout=asyncio.subprocess.PIPE)
    told = _Told(process)
    try:
        async with asyncio.timeout(STARTING):
            await told.begun.wait()
        code = await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        code = None
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    rule = await told.last
    if code is None:
        return f"it was not done after {seconds:.0f} s{rule}"
    if code == AGAIN_LATER:
        raise ConnectionError("the database did not answer the process that tried the event alone")
    ending = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
    return f"its process {ending}{rule}"


def _telling(name: str) -> Rule | None:
    """Find a rule and say so: should it be the end of this process, the one that started it knows."""
    sys.stdout.write(f"{name}\n")
    sys.stdout.flush()
    return resolve(name)


class _Told:
    """What a process tells of the rules that it finds."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        self.begun = asyncio.Event()
        self.last = asyncio.create_task(self._read(process.stdout))

    async def _read(self, said: asyncio.StreamReader) -> str:
        """Return which rule was found last, once the process has ended."""
        rule = b""
        with suppress(ValueError):  # a line without end is none of ours
            while line := await said.readline():
                rule = line
                self.begun.set()
        self.begun.set()
        return f", in rule {rule.decode(errors='replace').strip()}" if rule else ""
