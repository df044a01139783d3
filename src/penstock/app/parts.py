"""What several kinds of processes are put together of: engines, keys, limits, and what brings batches in."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

import structlog

from penstock.alone import tried
from penstock.answers import ANSWERERS
from penstock.answers.promises import StockGuard
from penstock.answers.sets import SET_ANSWERERS
from penstock.api.batches.mutating import Mutations
from penstock.api.batches.retailers import RetailerLoad
from penstock.api.batches.upserting import CategoryLoad, LocationLoad
from penstock.api.graphql.mutations import Finder, Writer
from penstock.clock import SystemClock
from penstock.database.ids import IdSource
from penstock.delivery.keys.sealing import Seal
from penstock.delivery.keys.store import Keys
from penstock.identity.tokens import revoke
from penstock.ingest.ingester import Ingester
from penstock.ingest.inventory import Inventory
from penstock.model.together import Together
from penstock.orchestration.configuration import Configurations
from penstock.orchestration.engine import Engine
from penstock.orchestration.events import Events
from penstock.orchestration.log.retention import Retention
from penstock.orchestration.queue import WORK
from penstock.orchestration.sets.working import Sets
from penstock.plugins.hosts.calls import Step
from penstock.plugins.hosts.process import Limits
from penstock.plugins.resolving import Plugins
from penstock.rules.installed import installed
from penstock.rules.names import resolve
from penstock.settings import RULE_SECONDS

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable

    from penstock.clock import Clock
    from penstock.database.placement import Placement
    from penstock.database.pools import Database
    from penstock.database.signals import Signals
    from penstock.ingest.loading import Loader
    from penstock.ingest.records import Batch
    from penstock.plugins.hosts.answering import Hosts
    from penstock.rules.declaration import Rule
    from penstock.settings import Settings

log = structlog.get_logger()

SYSTEM_CLOCK = SystemClock()


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
    guard = StockGuard()
    return Engine(
        account=account,
        database=database,
        signals=signals,
        clock=clock,
        ids=IdSource(database),
        resolve=named,
        answerers=ANSWERERS if plugins is None else {**ANSWERERS, Step: plugins.answer},
        guard=guard,
        configurations=Configurations(database),
        sets=Sets(database, SET_ANSWERERS, guard),
        isolate=partial(event_alone, account, alone),
        plugins=None if plugins is None else Plugins(plugins, named),
    )


async def event_alone(account: str, seconds: float, event: uuid.UUID, lease: uuid.UUID) -> str:
    """Run one event in a process of its own; return how it ended. The seconds count from its first rule on."""
    ending = await tried(["worker", "--only", account, str(event), str(lease)], seconds)
    return ending.words + (f", in rule {ending.said}" if ending.said else "")


async def batch_alone(account: str, seconds: float, lease: uuid.UUID, batch: Batch) -> tuple[str, str]:
    """Bring in a batch in a process of its own; return how it ended, and the record that it began last."""
    arguments = ["worker", "--only-batch", account, str(batch.id), str(lease)]
    ending = await tried(arguments, seconds, a_line=True)
    return ending.words, ending.said


def writer(
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
    mutations = writer(placement, account, events, database, configurations, clock, signals, together)
    loaders: dict[str, Loader] = {
        "INVENTORY": Inventory(database, configurations, engine.sets, engine.working, mutations.wake),
        "LOCATION": Mutations(database, mutations, LocationLoad),
        "CATEGORY": Mutations(database, mutations, CategoryLoad),
        "RETAILER": Mutations(database, mutations, RetailerLoad),
    }
    apart = partial(batch_alone, account, alone, lease)
    return Ingester(account, database, signals, clock, lease, loaders, apart, engine.crowded)


def webhook_keys(database: Database, clock: Clock, settings: Settings) -> Keys:
    """Return the keys that an account's webhooks are signed with; without a secret they can only be looked at."""
    seal = Seal(settings.secret) if settings.secret else None
    return Keys(database, clock, seal, settings.webhook_key_bits)


def retention(database: Database, clock: Clock = SYSTEM_CLOCK) -> Retention:
    """Return what keeps the log of an account in partitions and drops old ones."""
    return Retention(database, clock)


def limits(settings: Settings) -> Limits:
    """Return what a call of an uploaded plugin may take."""
    return Limits(settings.plugin_seconds, settings.plugin_memory_mb * 1024 * 1024)


def report_installed() -> None:
    """Say which packages with rules are installed, and which of them cannot be loaded."""
    for found in installed():
        about = {"package": found.package, "version": found.version, "module": found.module}
        if found.error:
            log.error("rules not loaded", **about, error=found.error)
        else:
            log.info("rules loaded", **about, rules=len(found.rules))
