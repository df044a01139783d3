"""The composition root: every part of a Penstock process, built in order. Read it to learn the house."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog
from graphql import print_schema

import penstock.rules.builtin  # noqa: F401 - declares the rules
from penstock import bootstrap as seed
from penstock.alone import say, tried
from penstock.answers import ANSWERERS
from penstock.answers.promises import StockGuard
from penstock.api.asgi import Gate, create_app
from penstock.api.batches.mutating import Mutations
from penstock.api.batches.retailers import RetailerLoad
from penstock.api.batches.upserting import CategoryLoad, LocationLoad
from penstock.api.graphql.mutations import Finder, Writer
from penstock.api.graphql.schema import schema
from penstock.api.graphql.service import GraphQL
from penstock.api.rest import document
from penstock.api.services import Account, Services
from penstock.clock import SystemClock
from penstock.database.ids import IdSource
from penstock.database.placement import Placement
from penstock.database.signals import Signals
from penstock.delivery.http.guard import Guard
from penstock.delivery.keys.sealing import Seal
from penstock.delivery.keys.store import Keys
from penstock.delivery.log import DeliveryLog
from penstock.delivery.sending.post import opened as opened_post
from penstock.diagnosis.watch import Watch
from penstock.errors import InvalidValueError
from penstock.history.service import Histories
from penstock.identity.principals import Principals
from penstock.identity.tokens import revoke
from penstock.ingest.ingester import Ingester
from penstock.ingest.inventory import Inventory
from penstock.memory import collect_rarely
from penstock.metrics import Family, Sample
from penstock.model.together import Together
from penstock.orchestration.configuration import Configurations
from penstock.orchestration.contract import Contracts
from penstock.orchestration.events import Events
from penstock.orchestration.leases import Lease
from penstock.orchestration.log.attempts import note
from penstock.orchestration.log.retention import Retention
from penstock.orchestration.queue import WORK
from penstock.orchestration.search import Search
from penstock.orchestration.worker import UNREACHABLE, Engine, Worker
from penstock.plugins.hosts.answering import Hosts
from penstock.plugins.hosts.calls import Step
from penstock.plugins.hosts.process import Limits
from penstock.plugins.resolving import Plugins, declared
from penstock.plugins.store import content
from penstock.plugins.uploading import Uploads
from penstock.rules.installed import installed
from penstock.rules.names import resolve
from penstock.settings import RULE_SECONDS, Settings
from penstock.tracing import TRACING
from penstock.workflows.stored import Workflows

if TYPE_CHECKING:
    import uuid
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

    from penstock.clock import Clock
    from penstock.database.pools import Database
    from penstock.delivery.sending.post import Post
    from penstock.ingest.loading import Loader
    from penstock.ingest.records import Batch
    from penstock.rules.declaration import Rule

log = structlog.get_logger()

SYSTEM_CLOCK = SystemClock()
NEW_ACCOUNTS = 5.0  # seconds between looks for new accounts
AGAIN = 0.5  # seconds before a worker that lost its database or its lease tries again


async def bootstrap(
    placement: Placement, *, url: str, account: str = seed.ACCOUNT, server: str = "", clock: Clock = SYSTEM_CLOCK
) -> dict[str, str] | None:
    """Make an account, its administrator and its first retailer; return what connection.json is to hold.

    None when somebody holds the credentials already; who gets them here calls ``placement.hand_over``.
    """
    made = await seed.open_account(placement, clock, account, server=server)
    return None if made is None else {"url": url, **made}


def webhook_keys(database: Database, clock: Clock, settings: Settings) -> Keys:
    """Return the keys that an account's webhooks are signed with; without a secret they can only be looked at."""
    seal = Seal(settings.secret) if settings.secret else None
    return Keys(database, clock, seal, settings.webhook_key_bits)


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


def retention(database: Database, clock: Clock = SYSTEM_CLOCK) -> Retention:
    """Return what keeps the log of an account in partitions and drops old ones."""
    return Retention(database, clock)


def _limits(settings: Settings) -> Limits:
    """Return what a call of an uploaded plugin may take."""
    return Limits(settings.plugin_seconds, settings.plugin_memory_mb * 1024 * 1024)


class _Accounts:
    """The accounts that this API process serves, each built at its first request."""

    def __init__(self, placement: Placement, clock: Clock, settings: Settings) -> None:
        self._placement = placement
        self._settings = settings
        self._clock = clock
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
            contracts = Contracts(configurations, Plugins(None, lru_cache(maxsize=4096)(resolve)))
            events = Events(name, database, signals, self._clock, together, contracts)
            deliveries = DeliveryLog(database, self._clock, signals)
            self._built[name] = Account(
                database,
                events,
                Search(name, database, configurations, deliveries),
                _writer(self._placement, name, events, database, configurations, self._clock, signals, together),
                Histories(name, database, resolve, _limits(self._settings)),
                deliveries,
                webhook_keys(database, self._clock, self._settings),
                Uploads(name, database, _limits(self._settings)),
                Workflows(name, database, configurations, self._clock, partial(declared, resolve)),
            )

    async def ready(self) -> bool:
        """Return whether the database answers."""
        return bool(await self._placement.control.fetchval("SELECT true"))

    def release(self) -> None:
        """Let requests go that wait for events."""
        for account in self._built.values():
            account.events.release()

    async def close(self) -> None:
        """Close what was opened."""
        for signals in self._signals:
            await signals.close()
        await self._placement.close()


def _writer(
    placement: Placement,
    account: str,
    events: Events,
    database: Database,
    configurations: Configurations,
    clock: Clock,
    signals: Signals,
    together: Together,
) -> Writer:
    """Return what the mutations of an account need."""
    return Writer(
        clock,
        IdSource(database),
        configurations,
        Finder(database),
        together,
        wake=partial(signals.send, WORK),
        revoke=partial(revoke, placement.control, account),
        settled=events.settled,
    )


def ingester(placement: Placement, engine: Engine, lease: uuid.UUID, alone: float = RULE_SECONDS) -> Ingester:
    """Return what brings in the batches of an engine's account, in the name of the worker with this lease.

    ``alone`` are the seconds that a record may take which is tried in a process of its own.
    """
    account, database, signals, clock = engine.account, engine.database, engine.signals, engine.clock
    together, configurations = Together(database), engine.configurations
    events = Events(account, database, signals, clock, together)
    writer = _writer(placement, account, events, database, configurations, clock, signals, together)
    loaders: dict[str, Loader] = {
        "INVENTORY": Inventory(database, configurations, clock, writer.wake),
        "LOCATION": Mutations(database, writer, LocationLoad),
        "CATEGORY": Mutations(database, writer, CategoryLoad),
        "RETAILER": Mutations(database, writer, RetailerLoad),
    }
    return Ingester(account, database, signals, clock, lease, loaders, partial(_batch_alone, account, alone, lease))


def create_api(settings: Settings, clock: Clock = SYSTEM_CLOCK) -> Gate:
    """Build an API process: placement, accounts, tokens, GraphQL, REST."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Services]:
        placement = await Placement.open(
            settings.database_url, pool_size=settings.pool_size, statement_timeout_ms=settings.statement_timeout_ms
        )
        accounts = _Accounts(placement, clock, settings)
        try:
            principals = Principals(placement, clock)
            collect_rarely()
            report_installed()
            yield Services(
                placement,
                principals,
                GraphQL(),
                accounts.account,
                clock,
                accounts.ready,
                metrics_token=settings.metrics_token,
                release=accounts.release,
            )
        finally:
            await accounts.close()
            TRACING.stop()

    return create_app(opened)


@asynccontextmanager
async def histories(url: str, account: str = "") -> AsyncIterator[Histories]:
    """Open the history of an account, of the only one where none is named; nothing is written."""
    placement = await Placement.open(url)
    try:
        name = account or await _only(placement)
        house = Histories(name, await placement.database(name), resolve, _limits(Settings.from_environment()))
        async with house.keeping_processes():
            yield house
    finally:
        await placement.close()


async def _only(placement: Placement) -> str:
    accounts = await placement.accounts()
    if len(accounts) != 1:
        raise InvalidValueError(f"there are {len(accounts)} accounts, name one: {', '.join(accounts)}")
    return accounts[0]


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
        async with _post(settings) as post, asyncio.TaskGroup() as group:
            while not stop.is_set():
                for account in await _accounts(placement, served):
                    served.add(account)
                    group.create_task(_work(placement, account, stop, clock, settings, post))
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), NEW_ACCOUNTS)
    finally:
        await placement.close()


@asynccontextmanager
async def _post(settings: Settings) -> AsyncIterator[Post | None]:
    """Yield what the process sends webhooks with; None, and a word about it, when it cannot sign them."""
    guard = Guard(settings.webhook_ports, settings.webhook_allow_loopback)
    bits, days = settings.webhook_key_bits, settings.webhook_days
    async with opened_post(settings.secret, guard, bits=bits, days=days, noted=note) as post:
        if post is None:
            log.warning("this process delivers no webhooks", reason="PENSTOCK_SECRET is not set")
        yield post


async def _accounts(placement: Placement, served: set[str]) -> list[str]:
    """Return the accounts that are not served yet; none while the database is away."""
    with suppress(*UNREACHABLE):
        return [account for account in await placement.accounts() if account not in served]
    return []


async def _work(
    placement: Placement, account: str, stop: asyncio.Event, clock: Clock, settings: Settings, post: Post | None
) -> None:
    while not stop.is_set():
        try:
            await _lease_and_work(placement, account, stop, clock, settings, post)
        except UNREACHABLE as error:
            log.warning("worker starts again", account=account, error=str(error))
            await asyncio.sleep(AGAIN)


async def _lease_and_work(
    placement: Placement, account: str, stop: asyncio.Event, clock: Clock, settings: Settings, post: Post | None
) -> None:
    database = await placement.database(account)
    signals = Signals(database.dsn)
    connection = await asyncpg.connect(database.dsn)
    plugins = Hosts(_limits(settings), partial(content, database))
    try:
        built = await engine(account, database, signals, clock, settings.rule_seconds, plugins)
        worker = Worker(built, Lease(connection))
        watch = Watch(database, built.configurations, clock, mine=lambda: 0 in worker.lease.slots)
        built.meter.others += [watch.families, partial(_statements, database)]
        bringing, log_of_events = (
            ingester(placement, built, worker.lease.id, settings.rule_seconds),
            retention(database, clock),
        )
        async with AsyncExitStack() as stack:
            if post is not None:
                courier = await stack.enter_async_context(
                    post.delivering(account, database, signals, clock, connection)
                )
                built.meter.others.append(courier.families)
            await stack.enter_async_context(_beside(watch.run, bringing.run, log_of_events.tend))
            await worker.run(stop)
    finally:
        await plugins.close()
        await signals.close()
        await connection.close(timeout=1)


@asynccontextmanager
async def _beside(*lasting: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Keep these running as long as the block runs: what fails is logged and begins again."""
    running = [asyncio.create_task(_lasting(make)) for make in lasting]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _lasting(make: Callable[[], Coroutine[Any, Any, None]]) -> None:
    while True:
        try:
            await make()
        except UNREACHABLE as error:
            log.warning("begins again", task=make.__qualname__, error=str(error))
        except Exception:
            log.exception("begins again", task=make.__qualname__)
        await asyncio.sleep(AGAIN)


def _statements(database: Database) -> Iterator[Family]:
    """Yield what the database was asked by this process."""
    samples = [Sample("_count", {}, database.statements), Sample("_sum", {}, database.seconds)]
    yield Family("penstock_sql_seconds", "summary", "Statements, and the time that connections were in use.", samples)


async def run_only(settings: Settings, account: str, event: uuid.UUID, lease: uuid.UUID) -> None:
    """Process one event in the name of another process's worker, and end."""
    async with _apart(settings, account) as (_, built), built.database.connection() as connection:
        await Worker(built, Lease(connection, id_=lease)).only(event)


async def run_batch(settings: Settings, account: str, batch: int, lease: uuid.UUID) -> None:
    """Bring in what is left of a batch in the name of another process's worker, and end."""
    async with _apart(settings, account) as built:
        await ingester(*built, lease).alone(batch, say)


@asynccontextmanager
async def _apart(settings: Settings, account: str) -> AsyncIterator[tuple[Placement, Engine]]:
    """Open the engine of one account in a process that tries one thing."""
    placement = await Placement.open(
        settings.database_url, pool_size=settings.pool_size, statement_timeout_ms=settings.statement_timeout_ms
    )
    try:
        database = await placement.database(account)
        signals = Signals(database.dsn)
        plugins = Hosts(_limits(settings), partial(content, database))
        yield placement, await engine(account, database, signals, SYSTEM_CLOCK, plugins=plugins, named=_telling)
        await plugins.close()
        await signals.close()
    finally:
        await placement.close()


async def _alone(account: str, seconds: float, event: uuid.UUID, lease: uuid.UUID) -> str:
    """Run one event in a process of its own; return how it ended. The seconds count from its first rule on."""
    ending = await tried(["worker", "--only", account, str(event), str(lease)], seconds)
    return ending.words + (f", in rule {ending.said}" if ending.said else "")


async def _batch_alone(account: str, seconds: float, lease: uuid.UUID, batch: Batch) -> tuple[str, str]:
    """Bring in a batch in a process of its own; return how it ended, and the record that it began last."""
    arguments = ["worker", "--only-batch", account, str(batch.id), str(lease)]
    ending = await tried(arguments, seconds, a_line=True)
    return ending.words, ending.said


def _telling(name: str) -> Rule | None:
    """Find a rule and say so."""
    say(name)
    return resolve(name)
