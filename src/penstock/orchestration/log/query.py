"""What is asked of the log, as SQL of a stored event's columns and as a comparison with an entry (spec 11 §1.3)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg

from penstock.model.identifiers import parse
from penstock.model.registry import ALIASES
from penstock.orchestration.expand import AUDIT, EVENT, moment
from penstock.orchestration.log import keys, marks
from penstock.orchestration.log.partitions import first_id
from penstock.orchestration.records import ENDED, INLINE_MASK, LATE, MARKS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from penstock.orchestration.expand import Entry
    from penstock.orchestration.log.whereabouts import Arm

EARLIEST = datetime.fromtimestamp(0, UTC)  # the ids of events begin with the time since then
WAITING = {"PENDING", "SCHEDULED"}
_MILLISECOND = 1_000
_LATE = timedelta(minutes=1)  # as LATE says
_MOMENT = 80  # bits of an id behind its milliseconds
_BEHIND = (1 << _MOMENT) - 1
_DAY = 86_400_000  # milliseconds


@dataclass(frozen=True)
class EventQuery:
    """What ``GET /event`` asks for; lists mean any of, empty ones everything.

    ``context`` maps rootEntityType, rootEntityId, rootEntityRef, entityType, entityId and entityRef to texts.
    """

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
    context: dict[str, Collection[str]] = field(default_factory=dict)


class Asked:
    """A query, its values in the form in which they are compared."""

    def __init__(self, query: EventQuery, owner: uuid.UUID | None = None) -> None:
        """Read a query; ``owner`` is the event of the entry that is asked for, where its id does not say it."""
        context = query.context
        self.query = query
        self.since, self.until = max(query.since, EARLIEST), query.until
        self.names = set(query.names)
        self.types = set(query.types)
        self.categories = {c.lower() for c in query.categories}
        self.statuses = {"SUCCESS" if s == "COMPLETE" else s for s in query.statuses}
        self.root_types, self.entity_types = _types(context, "rootEntityType"), _types(context, "entityType")
        self.root_ids, self.entity_ids = _ids(context, "rootEntityId"), _ids(context, "entityId")
        self.root_refs = set(context.get("rootEntityRef", ()))
        self.entity_refs = set(context.get("entityRef", ()))
        self.sources = {s.int for s in query.source_events}
        self.id = None if query.event_id is None else query.event_id.int
        self.stored = owner if self.id is None or owner is not None else base(self.id)
        self.sets: dict[uuid.UUID, uuid.UUID] = {}  # of events asked for that are members of sets, these
        self._first = moment(self.since) // _MILLISECOND
        self._last = None if self.until is None else moment(self.until) // _MILLISECOND

    @property
    def events(self) -> bool:
        """Return whether events are wanted, beside their audit."""
        return not self.types or EVENT in self.types

    @property
    def audit(self) -> bool:
        """Return whether entries of the audit are wanted."""
        return not self.types or AUDIT in self.types

    @property
    def waiting(self) -> bool:
        """Return whether events that are not done may be among what is wanted."""
        return self.events and (not self.statuses or bool(self.statuses & WAITING))

    @property
    def done(self) -> bool:
        """Return whether stored events may be."""
        return (self.events or self.audit) and not (self.statuses and self.statuses <= WAITING)

    @property
    def only_failed(self) -> bool:
        """Return whether all that is wanted stands in contexts of which something FAILED."""
        return self.statuses - WAITING == {marks.FAILED} or self.categories == {"exception"}

    @property
    def whole(self) -> bool:
        """Return whether every entry of a context that fits is wanted, so that they can be counted unopened."""
        compared = (self.names, self.categories, self.statuses, self.entity_types, self.sources, self.until)
        return not any((*compared, self.entity_ids, self.entity_refs)) and self.id is None

    def fits(self, entry: Entry) -> bool:
        """Return whether an entry is wanted."""
        return (
            (not self.names or entry.name in self.names)
            and (not self.types or entry.type in self.types)
            and (not self.statuses or entry.status in self.statuses)
            and (not self.categories or entry.category.lower() in self.categories)
            and (self.id is None or entry.id == self.id)
            and (not self.sources or entry.source in self.sources)
            and self._about(entry)
            and self._first <= entry.moment // _MILLISECOND
            and (self._last is None or entry.moment // _MILLISECOND <= self._last)
        )

    def _about(self, entry: Entry) -> bool:
        type_, id_, ref = entry.entity
        record = entry.record
        return (
            (not self.entity_types or type_ in self.entity_types)
            and (not self.entity_ids or id_ in self.entity_ids)
            and (not self.entity_refs or ref in self.entity_refs)
            and (not self.root_types or record.root_type in self.root_types)
            and (not self.root_ids or record.root_id in self.root_ids)
            and (not self.root_refs or record.root_ref in self.root_refs)
        )


def _types(context: dict[str, Collection[str]], name: str) -> set[str]:
    return {ALIASES.get(v, v) for v in context.get(name, ())}


def _ids(context: dict[str, Collection[str]], name: str) -> set[int]:
    """Return ids as they are stored; what can be none of ours is -1, which nothing has."""
    return {-1 if (found := parse(v)) is None else found for v in context.get(name, ())}


class Where:
    """Conditions on ``e``, the queue or the log, with the values that they bind."""

    def __init__(self, arguments: list[Any] | None = None) -> None:
        """Begin without conditions; ``arguments`` are those of a statement that it becomes a part of."""
        self.conditions: list[str] = []
        self.arguments: list[Any] = [] if arguments is None else arguments

    def bind(self, value: Any) -> str:
        """Return the place-holder of a value."""
        self.arguments.append(value)
        return f"${len(self.arguments)}"

    def any_of(self, column: str, kind: str, values: Iterable[Any]) -> None:
        """Ask for one of these values, if there are any."""
        if given := sorted(values):
            self.conditions.append(f"e.{column} = ANY({self.bind(given)}::{kind}[])")

    def __str__(self) -> str:
        return " AND ".join(self.conditions) or "true"


def _common(asked: Asked, arguments: list[Any]) -> Where:
    """Return what is asked of the queue and of the log alike."""
    where = Where(arguments)
    if asked.query.retailers is not None:
        where.conditions.append(f"e.retailer_id = ANY({where.bind(sorted(asked.query.retailers))}::bigint[])")
    where.any_of("root_type", "text", asked.root_types)
    where.any_of("root_id", "bigint", asked.root_ids)
    where.any_of("root_ref", "text", asked.root_refs)
    if asked.stored is not None:
        where.conditions.append(f"e.id = {where.bind(asked.sets.get(asked.stored, asked.stored))}")
    return where


def in_queue(asked: Asked, arguments: list[Any]) -> Where:
    """Return what is asked of the queue: all but the categories."""
    where = _common(asked, arguments)
    since(asked, where)
    until(asked, where)
    where.any_of("name", "text", asked.names)
    where.any_of("entity_type", "text", asked.entity_types)
    where.any_of("entity_id", "bigint", asked.entity_ids)
    where.any_of("entity_ref", "text", asked.entity_refs)
    where.any_of("parent", "uuid", map(_stored, asked.sources))
    where.any_of("scheduled", "boolean", {s == "SCHEDULED" for s in asked.statuses & WAITING})
    return where


def in_log(asked: Asked, arguments: list[Any]) -> Where:
    """Return what is asked of the log before traces are opened, but for the beginning of the time."""
    where = _common(asked, arguments)
    until(asked, where)
    for kind, values in (
        (marks.NAME, asked.names),
        (marks.CATEGORY, asked.categories),
        (marks.STATUS, asked.statuses - WAITING),
        (marks.TYPE, asked.entity_types),
    ):
        _marked(where, kind, values)
    _about(where, marks.ID, map(str, asked.entity_ids))
    _about(where, marks.REF, asked.entity_refs)
    if asked.only_failed:
        where.conditions.append("e.failed IS NOT false")
    return where


def _marked(where: Where, kind: str, values: Iterable[str]) -> None:
    """Ask for the marks of any of these values."""
    if hits := _hits(where, kind, values):
        where.conditions.append(f"(e.marks IS NULL OR {hits})")


def _hits(where: Where, kind: str, values: Iterable[str]) -> str:
    wanted = [where.bind(_bit_string(bits)) for v in sorted(values) for bits in marks.alternatives(kind, v)]
    return " OR ".join(f"e.marks & {place} = {place}" for place in wanted)


def _about(where: Where, kind: str, values: Iterable[str]) -> None:
    """Ask for what is about any of these: by the marks of a context, by the keys of a set."""
    given = sorted(values)
    if given:
        held = keys.holds(where.bind([keys.key(kind, value) for value in given]))
        marked = f"e.marks IS NULL OR {_hits(where, kind, given)}"
        where.conditions.append(f"CASE WHEN e.members IS NULL THEN {marked} ELSE {held} END")


def _bit_string(bits: int) -> asyncpg.BitString:
    return asyncpg.BitString(f"{bits:0{MARKS}b}")


def since(asked: Asked, where: Where) -> None:
    """Ask for what came in after the beginning of the time that is asked for."""
    where.conditions.append(f"e.id >= {where.bind(first_id(asked.since))}")


def reaching(asked: Asked, where: Where) -> None:
    """Ask for what came in after the beginning, or shortly before it and was executed after it."""
    came, shortly = where.bind(first_id(asked.since)), where.bind(first_id(_shortly_before(asked)))
    where.conditions.append(f"e.id >= {shortly} AND (e.id >= {came} OR {ENDED} >= {where.bind(asked.since)})")


def _shortly_before(asked: Asked) -> datetime:
    """Return the moment before which only what was executed late can reach the time that is asked for."""
    return max(asked.since - _LATE, EARLIEST)


def until(asked: Asked, where: Where) -> None:
    """Ask for what came in before its end."""
    if asked.until is not None:
        last = uuid.UUID(int=first_id(max(asked.until, EARLIEST)).int | _BEHIND)
        where.conditions.append(f"e.id <= {where.bind(last)}")


def of_late(asked: Asked, where: Where) -> None:
    """Ask for what came in long before the beginning, but was executed after it."""
    before, ended = where.bind(first_id(_shortly_before(asked))), where.bind(asked.since)
    where.conditions += [f"e.id < {before}", LATE, f"{ENDED} >= {ended}"]


def base(id_: int) -> uuid.UUID:
    """Return the id of the stored event that an entry belongs to."""
    return uuid.UUID(int=id_ & ~INLINE_MASK)


def _stored(id_: int) -> uuid.UUID:
    return uuid.UUID(int=id_)


def stretches(asked: Asked, arms: Collection[Arm] | None, where: Where) -> list[str]:
    """Return conditions that an index answers, of which at least one must hold; none where there is none."""
    if asked.id is not None:
        return []
    if asked.sources:
        bases = sorted(asked.sets.get(b := base(source), b) for source in asked.sources)
        own, sent_by = where.bind(bases), where.bind(sorted({*map(_stored, asked.sources), *asked.sets.values()}))
        # Clocks differ: what an event leads to may seem to be older than it.
        later = where.bind(uuid.UUID(int=max(0, bases[0].int - (_DAY << _MOMENT))))
        return [f"e.id = ANY({own}::uuid[])", f"e.parent = ANY({sent_by}::uuid[]) AND e.id >= {later}"]
    return [condition for arm in arms or () for condition in _on(arm, where)]


def _on(arm: Arm, where: Where) -> list[str]:
    root = "e.root_id IS NULL" if arm.root is None else f"e.root_id = {where.bind(arm.root)}"
    if arm.lane is None:
        return [root]
    unmarked = f"e.marks IS NULL AND e.lane IS NULL AND {root}"
    return [f"e.lane = {where.bind(arm.lane)}", unmarked, f"e.members IS NOT NULL AND {root}"]
