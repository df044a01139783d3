"""The log of deliveries: finding them, looking at one, sending it again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.database.ids import uuid7
from penstock.delivery.mail.letters import told
from penstock.delivery.records import PENDING
from penstock.delivery.sending.circuits import Circuits
from penstock.delivery.sending.queue import DUE
from penstock.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection

    import asyncpg

    from penstock.clock import Clock
    from penstock.database.pools import Database
    from penstock.database.signals import Signals

_EARLIEST = datetime.fromtimestamp(0, UTC)  # ids begin with the time since then
_DELIVERY = """
id, event_id, retailer_id, name, url, target, status, schedule, attempts, root_type, root_id, root_ref, created, due,
settled"""
_ATTEMPT = "id, attempt, started, stopped, accepted, code, response, error"
_ATTEMPTS = f"SELECT {_ATTEMPT} FROM delivery_attempt WHERE delivery_id = $1 ORDER BY attempt DESC, id DESC LIMIT 100"
_BODY = "SELECT target, body FROM outbox WHERE id = $1"
_AGAIN = f"""
UPDATE outbox SET status = '{PENDING}', due = $2, tries = 0, settled = NULL
WHERE id = $1 AND due IS NULL RETURNING target"""
_SOONER = "UPDATE outbox SET due = least(due, $2) WHERE id = $1 RETURNING target"
# Attempts for whole ranges of event ids: each stored event's own and those of its inline children.
_OF_EVENTS = f"""
SELECT {", ".join(f"a.{c}" for c in _ATTEMPT.split(", "))}, a.event_id, o.target, o.url, o.body
FROM unnest($1::uuid[], $2::uuid[]) AS r(low, high)
JOIN delivery_attempt a ON a.event_id BETWEEN r.low AND r.high JOIN outbox o ON o.id = a.delivery_id
ORDER BY a.id"""
_EVENT_OF = "SELECT event_id FROM delivery_attempt WHERE id = $1"


class Delivery(msgspec.Struct, frozen=True):
    """One webhook or mail and how far it has come."""

    id: uuid.UUID
    event_id: uuid.UUID
    retailer_id: int
    name: str
    url: str
    target: str
    status: str
    schedule: str
    attempts: int
    root_type: str | None
    root_id: int | None
    root_ref: str | None
    created: datetime
    due: datetime | None
    settled: datetime | None


class Attempt(msgspec.Struct, frozen=True):
    """One request."""

    id: uuid.UUID
    attempt: int
    started: datetime
    stopped: datetime
    accepted: bool
    code: int | None
    response: str | None
    error: str | None


class AuditedAttempt(Attempt, frozen=True):
    """One request, with what was sent where, and the event that it belongs to; of a mail all but its text."""

    event_id: uuid.UUID
    target: str
    url: str
    body: str


@dataclass(frozen=True)
class DeliveryQuery:
    """What is looked for; empty collections mean everything, ``retailers`` None all of them."""

    since: datetime
    until: datetime | None = None
    start: int = 0
    count: int = 100
    id: uuid.UUID | None = None
    retailers: Collection[int] | None = None
    equal: dict[str, Collection[Any]] = field(default_factory=dict)  # by column


_ARRAYS = {
    "status": "text[]",
    "host": "text[]",
    "target": "text[]",
    "name": "text[]",
    "event_id": "uuid[]",
    "root_id": "bigint[]",
    "root_ref": "text[]",
}


class DeliveryLog:
    """The deliveries of one account."""

    def __init__(self, database: Database, clock: Clock, signals: Signals) -> None:
        self._database = database
        self._clock = clock
        self._signals = signals
        self.circuits = Circuits(database, clock)

    async def find(self, query: DeliveryQuery) -> list[Delivery]:
        """Return a page, newest first, and one more if there are more."""
        conditions, arguments = _conditions(query)
        sql = f"SELECT {_DELIVERY} FROM outbox WHERE {' AND '.join(conditions)} ORDER BY id DESC"
        sql += f" OFFSET {query.start} LIMIT {query.count + 1}"
        return [Delivery(*row) for row in await self._database.fetch(sql, *arguments)]

    async def get(self, id_: uuid.UUID, retailers: Collection[int] | None) -> Delivery:
        """Return one delivery.

        Raises:
            NotFoundError: it is unknown, or another retailer's than one of these.
        """
        found = await self.find(DeliveryQuery(since=self._clock.now(), id=id_, retailers=retailers))
        if not found:
            raise NotFoundError(f"Delivery {id_} does not exist.")
        return found[0]

    async def body(self, id_: uuid.UUID) -> str:
        """Return what is sent; of a mail all but its text. ``NotFoundError`` when the delivery is gone."""
        row = await self._database.fetchrow(_BODY, id_)
        if row is None:
            raise NotFoundError(f"Delivery {id_} does not exist.")
        return told(row["target"], row["body"])

    async def attempts(self, id_: uuid.UUID) -> list[Attempt]:
        """Return the last hundred attempts, the newest first."""
        return [Attempt(*row) for row in await self._database.fetch(_ATTEMPTS, id_)]

    async def of_events(
        self, connection: asyncpg.Connection, ranges: list[tuple[uuid.UUID, uuid.UUID]]
    ) -> list[AuditedAttempt]:
        """Return the attempts for events whose ids are in these ranges, oldest first."""
        lows, highs = [low for low, _ in ranges], [high for _, high in ranges]
        found = [AuditedAttempt(*row) for row in await connection.fetch(_OF_EVENTS, lows, highs)]
        return [msgspec.structs.replace(each, body=told(each.target, each.body)) for each in found]

    async def event_of(self, connection: asyncpg.Connection, attempt: uuid.UUID) -> uuid.UUID | None:
        """Return the event that an attempt belongs to; None when the id is no attempt's."""
        found: uuid.UUID | None = await connection.fetchval(_EVENT_OF, attempt)
        return found

    async def redeliver(self, id_: uuid.UUID) -> None:
        """Send a delivery at once; one that has come to its end once more, with its whole schedule.

        A paused target is tried.
        """
        now = self._clock.now()
        target = await self._database.fetchval(_AGAIN, id_, now)
        await self.circuits.hasten(target or await self._database.fetchval(_SOONER, id_, now))
        self._signals.send(DUE)


def _conditions(query: DeliveryQuery) -> tuple[list[str], list[Any]]:
    arguments: list[Any] = []

    def bound(value: Any) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    if query.id is not None:
        conditions = [f"id = {bound(query.id)}"]
    else:
        since = max(query.since, _EARLIEST)
        conditions = [f"id >= {bound(uuid.UUID(int=uuid7(since).int >> 80 << 80))}"]
    if query.until is not None:
        conditions.append(f"created <= {bound(query.until)}")
    if query.retailers is not None:
        conditions.append(f"retailer_id = ANY({bound(list(query.retailers))}::bigint[])")
    for column, values in query.equal.items():
        if values:
            conditions.append(f"{column} = ANY({bound(list(values))}::{_ARRAYS[column]})")
    return conditions, arguments
