"""Finding events and their audit (spec 11 §1.2, §1.3).

Inline events and audit entries stand in the traces of the stored events. A search picks stored events by what
is indexed (root, time, id, parent), opens their traces, newest first, and stops when it has enough.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from penstock.database.ids import uuid7
from penstock.delivery.log import event_of
from penstock.errors import InvalidValueError
from penstock.model.identifiers import parse
from penstock.model.registry import ALIASES
from penstock.orchestration.attempts import with_attempts
from penstock.orchestration.expand import Props, expand, pending
from penstock.orchestration.queue import pending_event
from penstock.orchestration.records import INLINE_MASK, EventRecord, PendingEvent
from penstock.orchestration.trace import TraceBody, decode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from penstock.database.pools import Database
    from penstock.orchestration.configuration import Configuration, Configurations

_EARLIEST = datetime.fromtimestamp(0, UTC)  # the ids of events begin with the time since then
SCANNED = 20_000  # stored events that one search may open
PAGE = 200


@dataclass(frozen=True)
class EventQuery:
    """What ``GET /event`` asks for; lists mean any of, empty ones everything."""

    since: datetime
    until: datetime | None = None
    start: int = 0
    count: int = 100
    event_id: uuid.UUID | None = None
    retailers: Collection[int] | None = None  # None: all
    names: Collection[str] = ()
    categories: Collection[str] = ()
    types: Collection[str] = ()
    statuses: Collection[str] = ()
    source_events: Collection[uuid.UUID] = ()
    context: dict[str, Collection[str]] = field(default_factory=dict)  # rootEntityType, entityId, ...


_FIELDS = ", ".join(f"e.{c}" for c in EventRecord.__struct_fields__)
_PENDING = ", ".join(f"e.{c}" for c in PendingEvent.__struct_fields__)


class Search:
    """Searches the events of one account."""

    def __init__(self, account: str, database: Database, configurations: Configurations) -> None:
        self._account = account
        self._database = database
        self._configurations = configurations

    async def get(self, id_: uuid.UUID, query: EventQuery) -> dict[str, Any] | None:
        """Return one event or audit entry in its stored shape; None when unknown or not visible."""
        async for shape in self._shapes(query):
            if shape["id"] == str(id_):
                return shape
        return None

    async def find(self, query: EventQuery) -> list[dict[str, Any]]:
        """Return matching events and audit entries, newest first: a page, and one more if there are more."""
        found: list[dict[str, Any]] = []
        async for shape in self._shapes(query):
            if _matches(shape, query):
                found.append(shape)
                if len(found) > query.start + query.count:
                    break
        return found[query.start :]

    async def _shapes(self, query: EventQuery) -> AsyncIterator[dict[str, Any]]:
        conditions, arguments = _conditions(await self._located(query))
        where = " AND ".join(conditions)
        sql = f"SELECT {_PENDING} FROM pending_event e WHERE {where} ORDER BY e.id DESC LIMIT {SCANNED}"
        for waiting in await self._database.fetch(sql, *arguments):
            yield pending(self._account, pending_event(waiting))
        audit = set(query.types) != {"ORCHESTRATION"}
        if query.names and not audit:
            arguments.append(list(query.names))
            conditions.append(f"e.names && ${len(arguments)}::text[]")
        configuration = await self._configurations.recent()
        async for records in self._stored(conditions, arguments):
            opened = [self._opened(record, configuration, audit=audit) for record in records]
            for shapes in await with_attempts(self._database, records, opened) if audit else opened:
                for shape in shapes:
                    yield shape

    async def _located(self, query: EventQuery) -> EventQuery:
        """Return a search for one entry as one for its event, where the id alone does not say which that is."""
        event = None if query.event_id is None else await event_of(self._database, query.event_id)
        return query if event is None else replace(query, event_id=event)

    async def _stored(self, conditions: list[str], arguments: list[Any]) -> AsyncIterator[list[EventRecord]]:
        """Yield pages of stored events, newest first."""
        where = " AND ".join([*conditions, f"e.id < ${len(arguments) + 1}"])
        sql = f"SELECT {_FIELDS} FROM event e WHERE {where} ORDER BY e.id DESC LIMIT {PAGE}"
        last, opened = uuid.UUID(int=2**128 - 1), 0
        while opened < SCANNED:
            records = await self._database.fetch(sql, *arguments, last)
            yield [EventRecord(**dict(record)) for record in records]
            if len(records) < PAGE:
                return
            opened += len(records)
            last = records[-1]["id"]
        raise InvalidValueError(
            f"the search opened {opened} events; narrow it by context.rootEntityId, name with eventType, from or to"
        )

    def _opened(self, record: EventRecord, configuration: Configuration, *, audit: bool) -> list[dict[str, Any]]:
        """Return an event and all that its trace tells, newest first."""
        body = decode(record.trace)
        shapes = list(expand(self._account, record, body, _props(record, body, configuration), audit=audit))
        return shapes[::-1]


def _props(record: EventRecord, body: TraceBody, configuration: Configuration) -> Props:
    workflow = None
    if body.workflow is not None and body.version is not None:
        workflow = configuration.workflows.exact(record.retailer_id, body.workflow, body.version)
    return Props(workflow.document["rulesets"] if workflow else [])


def _conditions(query: EventQuery) -> tuple[list[str], list[Any]]:
    """Return what can be asked of stored events; the rest is compared after opening them."""
    arguments: list[Any] = []

    def bound(value: Any) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    if query.event_id is not None:
        conditions = [f"e.id = {bound(uuid.UUID(int=query.event_id.int & ~INLINE_MASK))}"]
    else:
        since = max(query.since, _EARLIEST)
        conditions = [f"e.id >= {bound(uuid.UUID(int=uuid7(since).int >> 80 << 80))}"]
        if query.until is not None:
            conditions.append(f"e.created <= {bound(query.until)}")
    if query.retailers is not None:
        conditions.append(f"e.retailer_id = ANY({bound(list(query.retailers))}::bigint[])")
    if roots := query.context.get("rootEntityId"):
        conditions.append(f"e.root_id = ANY({bound([parse(r) or 0 for r in roots])}::bigint[])")
    if refs := query.context.get("rootEntityRef"):
        conditions.append(f"e.root_ref = ANY({bound(list(refs))}::text[])")
    if query.source_events:
        bases = [uuid.UUID(int=s.int & ~INLINE_MASK) for s in query.source_events]
        place = bound(bases)
        conditions.append(f"(e.parent = ANY({place}::uuid[]) OR e.id = ANY({place}::uuid[]))")
    return conditions, arguments


def _matches(shape: dict[str, Any], query: EventQuery) -> bool:
    context = shape["context"]
    wanted: list[tuple[Collection[str], str]] = [
        ([str(query.event_id)] if query.event_id else (), shape["id"]),
        (query.names, shape["name"]),
        ({c.lower() for c in query.categories}, shape["category"].lower()),
        (query.types, shape["type"]),
        ({"SUCCESS" if s == "COMPLETE" else s for s in query.statuses}, shape["eventStatus"]),
    ]
    for name, values in query.context.items():
        known = {ALIASES.get(v, v) for v in values} if name.endswith("Type") else set(values)
        wanted.append((known, context[name]))
    if query.source_events and not {str(s) for s in query.source_events} & set(context["sourceEvents"]):
        return False
    return all(not values or value in values for values, value in wanted)
