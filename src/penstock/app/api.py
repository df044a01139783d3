"""An API process: accounts as requests ask for them, tokens, GraphQL, REST."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from graphql import print_schema

from penstock.api.asgi import Gate, create_app
from penstock.api.graphql.schema import schema
from penstock.api.graphql.service import GraphQL
from penstock.api.meter import Requests
from penstock.api.rest import document
from penstock.api.services import Account, Services
from penstock.app.parts import SYSTEM_CLOCK, limits, report_installed, webhook_keys, writer
from penstock.app.placing import awaited
from penstock.bootstrap import keep_registries
from penstock.database.ids import IdSource
from penstock.database.signals import Signals
from penstock.delivery.log import DeliveryLog
from penstock.diagnosis.availability.service import Availability
from penstock.history.service import Histories
from penstock.holding.desk import Desk
from penstock.identity.principals import Principals
from penstock.memory import collect_rarely
from penstock.model.together import Together
from penstock.orchestration.configuration import Configurations
from penstock.orchestration.contract import Contracts
from penstock.orchestration.engine import ASKED
from penstock.orchestration.events import Events
from penstock.orchestration.search import Search
from penstock.plugins.resolving import Plugins, declared
from penstock.plugins.uploading import Uploads
from penstock.rules.names import resolve
from penstock.tracing import TRACING
from penstock.workflows.stored import Workflows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from penstock.clock import Clock
    from penstock.database.placement import Placement
    from penstock.settings import Settings


class _Accounts:
    """The accounts that this API process serves, each built at its first request."""

    def __init__(self, placement: Placement, clock: Clock, settings: Settings) -> None:
        self._placement = placement
        self._settings = settings
        self._clock = clock
        self._built: dict[str, Account] = {}
        self._signals: dict[str, Signals] = {}
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
            await keep_registries(database)
            signals = Signals(database.dsn)
            self._signals[name] = signals
            configurations = Configurations(database)
            together = Together(database)
            contracts = Contracts(configurations, Plugins(None, lru_cache(maxsize=4096)(resolve)))
            events = Events(name, database, signals, self._clock, together, contracts)
            deliveries = DeliveryLog(database, self._clock, signals)
            self._built[name] = Account(
                database,
                events,
                Search(name, database, configurations, deliveries),
                writer(self._placement, name, events, database, configurations, self._clock, signals, together),
                Histories(name, database, resolve, limits(self._settings)),
                deliveries,
                webhook_keys(database, self._clock, self._settings),
                Uploads(name, database, limits(self._settings)),
                Workflows(name, database, configurations, self._clock, partial(declared, resolve)),
                Desk(database, IdSource(database), configurations, self._clock, signals),
                Availability(database, configurations, self._clock),
            )

    def often(self, name: str) -> None:
        """Tell the workers that an account is asked often."""
        if name in self._signals:
            self._signals[name].send(ASKED, "often")

    async def ready(self) -> bool:
        """Return whether the database answers."""
        return bool(await self._placement.control.fetchval("SELECT true"))

    def release(self) -> None:
        """Let requests go that wait for events."""
        for account in self._built.values():
            account.events.release()

    async def close(self) -> None:
        """Close what was opened."""
        for signals in self._signals.values():
            await signals.close()
        await self._placement.close()


def create_api(settings: Settings, clock: Clock = SYSTEM_CLOCK) -> Gate:
    """Build an API process: placement, accounts, tokens, GraphQL, REST."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Services]:
        placement = await awaited(settings)
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
                Requests(accounts.often),
                metrics_token=settings.metrics_token,
                release=accounts.release,
            )
        finally:
            await accounts.close()
            TRACING.stop()

    return create_app(opened)


def schema_text() -> str:
    """Return the GraphQL schema in its definition language."""
    return print_schema(schema())


def openapi_text() -> str:
    """Return the description of the REST API, an OpenAPI document."""
    return document.text().decode()
