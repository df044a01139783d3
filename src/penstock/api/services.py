"""What the API needs of the rest of the house; the composition root puts it together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from penstock.api.meter import Requests

if TYPE_CHECKING:
    import uuid
    from collections.abc import Awaitable, Callable, Iterable
    from datetime import datetime

    from penstock.clock import Clock
    from penstock.database.placement import Placement
    from penstock.database.pools import Database
    from penstock.delivery.keys.store import Keys
    from penstock.delivery.log import DeliveryLog
    from penstock.diagnosis.availability.service import Availability
    from penstock.history.service import Histories
    from penstock.holding.desk import Desk
    from penstock.identity.principal import Principal
    from penstock.identity.principals import Principals
    from penstock.metrics import Family
    from penstock.orchestration.events import PostedEvent, RanEvent
    from penstock.orchestration.search import EventQuery
    from penstock.plugins.store import StoredBundle
    from penstock.rules.context import Event
    from penstock.workflows.stored import Workflows


class GraphQL(Protocol):
    """Executes operations."""

    async def execute(
        self,
        database: Database,
        principal: Principal,
        query: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        writer: Any,
    ) -> bytes:
        """Return the complete body of the response."""
        ...


class Events(Protocol):
    """Takes the events of one account."""

    async def post(self, event: Event, *, generated_by: str, may_come: bool = False) -> PostedEvent:
        """Store an event for later."""
        ...

    async def run(self, event: Event, *, generated_by: str) -> RanEvent:
        """Store an event and wait for its end, for 30 s at most."""
        ...

    def release(self) -> None:
        """Let everybody who waits go."""
        ...

    def families(self) -> Iterable[Family]:
        """Return what was counted in this process."""
        ...


class Search(Protocol):
    """Finds the events of one account, in the shape that the API shows."""

    async def find(self, query: EventQuery) -> list[dict[str, Any]]:
        """Return a page, newest first, and one more if there are more."""
        ...

    async def get(self, id_: uuid.UUID, query: EventQuery) -> dict[str, Any] | None:
        """Return one event; None when it is unknown or not visible."""
        ...


class Plugins(Protocol):
    """Keeps the bundles of rules that one account uploads."""

    async def upload(self, content: bytes, *, user: str, now: datetime) -> StoredBundle:
        """Store a wheel of rules."""
        ...

    async def install(self, name: str, version: str, now: datetime) -> StoredBundle:
        """Make a version of a bundle the active one."""
        ...

    async def status(self, name: str, version: str) -> StoredBundle:
        """Return a version of a bundle."""
        ...

    async def rules(self) -> dict[str, dict[str, Any]]:
        """Return the rules that can be named, by full name."""
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """What requests to one account work with; ``writer`` is handed on to mutations."""

    database: Database
    events: Events
    search: Search
    writer: Any
    histories: Histories
    deliveries: DeliveryLog
    webhook_keys: Keys
    plugins: Plugins
    workflows: Workflows
    holds: Desk
    availability: Availability


@dataclass(frozen=True, slots=True)
class Services:
    """What all requests share.

    ``account`` finds an account by name; it is called with each request and keeps what it made. ``ready`` tells
    whether requests can be served now. ``release`` lets requests go that wait for events, since the process stops.
    ``requests`` counts them; with ``metrics_token``, if there is one, the operator
    reads the metrics of all accounts.
    """

    placement: Placement
    principals: Principals
    graphql: GraphQL
    account: Callable[[str], Awaitable[Account]]
    clock: Clock
    ready: Callable[[], Awaitable[bool]]
    requests: Requests = field(default_factory=Requests)
    metrics_token: str = ""
    release: Callable[[], None] = lambda: None
