"""Processes that do one thing and end: an event or a batch in the name of a worker, a look at history, a beginning."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from penstock import bootstrap as seed
from penstock.alone import say
from penstock.app.parts import SYSTEM_CLOCK, engine, ingester, limits
from penstock.app.placing import placed
from penstock.database.placement import Placement
from penstock.database.signals import Signals
from penstock.errors import InvalidValueError
from penstock.history.service import Histories
from penstock.orchestration.configuration import Configurations
from penstock.orchestration.leases import Lease
from penstock.orchestration.worker import Worker
from penstock.plugins.hosts.answering import Hosts
from penstock.plugins.resolving import declared
from penstock.plugins.store import content
from penstock.rules.names import resolve
from penstock.settings import Settings
from penstock.workflows.stored import Workflows

if TYPE_CHECKING:
    import uuid
    from collections.abc import AsyncIterator, Callable

    from penstock.clock import Clock
    from penstock.orchestration.engine import Engine
    from penstock.rules.declaration import Rule


def _telling(name: str) -> Rule | None:
    """Find a rule and say so."""
    say(name)
    return resolve(name)


async def bootstrap(
    placement: Placement, *, url: str, account: str = seed.ACCOUNT, server: str = "", clock: Clock = SYSTEM_CLOCK
) -> dict[str, str] | None:
    """Make an account, its administrator and its first retailer; return what connection.json is to hold.

    None when somebody holds the credentials already; who gets them here calls ``placement.hand_over``.
    """
    made = await seed.open_account(placement, clock, account, server=server)
    return None if made is None else {"url": url, **made}


async def run_only(settings: Settings, account: str, event: uuid.UUID, lease: uuid.UUID) -> None:
    """Process one event in the name of another process's worker, and end."""
    async with _apart(settings, account) as (_, built), built.database.connection() as connection:
        await Worker(built, Lease(connection, id_=lease)).only(event)


async def run_batch(settings: Settings, account: str, batch: int, lease: uuid.UUID) -> None:
    """Bring in what is left of a batch in the name of another process's worker, and end."""
    async with _apart(settings, account) as built:
        await ingester(*built, lease).alone(batch, say)


@asynccontextmanager
async def _apart(
    settings: Settings, account: str, named: Callable[[str], Rule | None] = _telling
) -> AsyncIterator[tuple[Placement, Engine]]:
    """Open the engine of one account in a process that tries one thing; ``named`` finds rules, and may say so."""
    placement = await placed(settings)
    try:
        database = await placement.database(account)
        signals = Signals(database.dsn)
        plugins = Hosts(limits(settings), partial(content, database))
        try:
            yield placement, await engine(account, database, signals, SYSTEM_CLOCK, plugins=plugins, named=named)
        finally:
            await plugins.close()
            await signals.close()
    finally:
        await placement.close()


@asynccontextmanager
async def histories(url: str, account: str = "") -> AsyncIterator[Histories]:
    """Open the history of an account, of the only one where none is named; nothing is written."""
    placement = await Placement.open(url)
    try:
        name = account or await only_account(placement)
        house = Histories(name, await placement.database(name), resolve, limits(Settings.from_environment()))
        async with house.keeping_processes():
            yield house
    finally:
        await placement.close()


@asynccontextmanager
async def at_work(url: str, account: str = "") -> AsyncIterator[Engine]:
    """Open the engine of an account, of the only one where none is named; it claims nothing."""
    settings = replace(Settings.from_environment(), database_url=url)
    placement = await Placement.open(url)
    try:
        name = account or await only_account(placement)
    finally:
        await placement.close()
    async with _apart(settings, name, resolve) as (_, built):
        yield built


async def checked(house: Histories, document: dict[str, Any]) -> dict[str, Any]:
    """Return a workflow document as a save would store it; ``InvalidValueError`` with what a save would refuse."""
    configurations = Configurations(house.database)
    rules = partial(declared, resolve)
    return await Workflows(house.account, house.database, configurations, SYSTEM_CLOCK, rules).checked(document)


async def only_account(placement: Placement) -> str:
    """Return the name of the only account; ``InvalidValueError`` where there are others."""
    accounts = await placement.accounts()
    if len(accounts) != 1:
        raise InvalidValueError(f"there are {len(accounts)} accounts, name one: {', '.join(accounts)}")
    return accounts[0]
