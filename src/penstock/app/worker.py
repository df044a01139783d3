"""A worker process: the events, batches, webhooks and log of all accounts."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import asyncpg
import structlog

from penstock.app.parts import SYSTEM_CLOCK, engine, ingester, limits, report_installed, retention
from penstock.database.pools import UNREACHABLE
from penstock.database.signals import Signals
from penstock.delivery.http.guard import Guard
from penstock.delivery.mail.mailers import mailer
from penstock.delivery.sending.post import opened as opened_post
from penstock.diagnosis.watch import Watch
from penstock.holding.expiry import Expiry
from penstock.memory import collect_rarely
from penstock.metrics import Family, Sample
from penstock.orchestration.leases import Lease
from penstock.orchestration.log.attempts import note
from penstock.orchestration.worker import Worker
from penstock.plugins.hosts.answering import Hosts
from penstock.plugins.store import content
from penstock.recomputing.recomputer import Recomputer
from penstock.waiting import came

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from typing import Any

    from penstock.clock import Clock
    from penstock.database.placement import Placement
    from penstock.database.pools import Database
    from penstock.delivery.sending.post import Post
    from penstock.settings import Settings

log = structlog.get_logger()

NEW_ACCOUNTS = 5.0  # seconds between looks for new accounts
AGAIN = 0.5  # seconds before a worker that lost its database or its lease tries again


async def run_worker(
    placement: Placement, settings: Settings, stop: asyncio.Event, clock: Clock = SYSTEM_CLOCK
) -> None:
    """Process the events of all accounts, new ones too, until told to stop; survive the loss of the database."""
    served: set[str] = set()
    collect_rarely()
    report_installed()
    try:
        async with _post(settings) as post, asyncio.TaskGroup() as group:
            while not stop.is_set():
                for account in await _accounts(placement, served):
                    served.add(account)
                    group.create_task(_work(placement, account, stop, clock, settings, post))
                await came(stop, NEW_ACCOUNTS)
    finally:
        await placement.close()


@asynccontextmanager
async def _post(settings: Settings) -> AsyncIterator[Post | None]:
    """Yield what the process sends webhooks and mails with; None, and a word about it, when it cannot sign them."""
    guard = Guard(settings.webhook_ports, settings.webhook_allow_loopback)
    bits, days = settings.webhook_key_bits, settings.webhook_days
    async with opened_post(settings.secret, guard, mailer(settings.mail), bits=bits, days=days, noted=note) as post:
        if post is None:
            log.warning("this process delivers no webhooks or mails", reason="PENSTOCK_SECRET is not set")
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
    plugins = Hosts(limits(settings), partial(content, database))
    try:
        built = await engine(account, database, signals, clock, settings.rule_seconds, plugins)
        await built.hear()
        worker = Worker(built, Lease(connection))
        watch = Watch(database, built.configurations, clock, mine=lambda: 0 in worker.lease.slots)
        built.meter.others += [watch.families, partial(_statements, database)]
        bringing, log_of_events, holds = (
            ingester(placement, built, worker.lease.id, settings.rule_seconds),
            retention(database, clock),
            Expiry(database, clock, signals),
        )
        async with AsyncExitStack() as stack:
            if post is not None:
                courier = await stack.enter_async_context(
                    post.delivering(account, database, signals, clock, connection)
                )
                built.meter.others.append(courier.families)
            recomputing = Recomputer(database, signals, clock)
            beside = (watch.run, bringing.run, log_of_events.tend, recomputing.run, holds.run)
            await stack.enter_async_context(_beside(*beside))
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
