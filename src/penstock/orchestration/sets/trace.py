"""The trace of a set: as that of one context, by columns; and what it says of a single member.

Whoever reads the log sees members as if each had been executed by itself: :class:`Unfolded` gives the record and the
trace that it would have left. They say what happened, but not what was asked, so nothing executes them again.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.database import packing
from penstock.orchestration.sets.carried import Parents, member_id, packed, unpacked
from penstock.orchestration.trace import EventNode, Ran, RuleNode, RulesetNode, TraceBody

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from penstock.orchestration.records import EventRecord
    from penstock.rules.sets import Column

FORMAT = 3
_KEPT = "#"
_encode = msgspec.json.Encoder().encode


class Done(msgspec.Struct, array_like=True):
    """Actions of one kind: ``what`` they concern, and by action its member and its details."""

    kind: str
    what: Any
    numbers: list[int]
    details: list[Any]


class SetRule(Ran, array_like=True):
    """A rule that ran for all members of an event at once."""

    actions: list[Done] = msgspec.field(default_factory=list)


class SetRuleset(Ran, array_like=True):
    """A ruleset that ran."""

    rules: list[SetRule] = msgspec.field(default_factory=list)


class SetEvent(msgspec.Struct, array_like=True):
    """An event of some members, all of whose entities were of the same type and in the same status."""

    parent: int
    name: str
    entity_type: str
    status: str | None
    numbers: list[int] | None  # None: all members
    ids: Any  # packed columns over the members that it is of, in their order, or which of the columns of the body
    refs: Any
    columns: dict[str, int]  # attributes: which of the columns of the body
    result: str = "SUCCESS"
    rulesets: list[SetRuleset] = []


class SetBody(msgspec.Struct, array_like=True):
    """What is stored."""

    format: int
    start: float
    workflow: str | None
    version: str | None
    size: int
    columns: list[msgspec.Raw]
    events: list[SetEvent]
    parents: dict[str, Any] | None = None


class SetTrace:
    """Gathers the trace of a set."""

    def __init__(self, start: float, size: int) -> None:
        self._zero = time.perf_counter_ns()
        self._columns: list[msgspec.Raw] = []
        self._numbers: dict[int, int] = {}
        self._keep: list[Column] = []
        self.body = SetBody(FORMAT, start, None, None, size, self._columns, [])

    def elapsed(self) -> int:
        """Return microseconds since the context began."""
        return (time.perf_counter_ns() - self._zero) // 1000

    def column(self, column: Column) -> int:
        """Keep a column once and return its number; it must not change after that."""
        number = self._numbers.get(id(column))
        if number is None:
            number = self._numbers[id(column)] = len(self._columns)
            self._columns.append(msgspec.Raw(_encode(packed(column))))
            self._keep.append(column)
        return number

    def kept(self, column: Column) -> dict[str, int]:
        """Keep a column once and return what stands for it in an event."""
        return {_KEPT: self.column(column)}

    def told(self, stored: Any) -> Column:
        """Return the ids or refs of an event."""
        return self._keep[stored[_KEPT]] if isinstance(stored, dict) and _KEPT in stored else unpacked(stored)

    def stored(self) -> bytes:
        """Return the stored form."""
        return packing.packed(_encode(self.body))


def decode(stored: bytes) -> SetBody:
    """Return a stored trace."""
    return msgspec.json.decode(packing.unpacked(stored), type=SetBody)


@dataclass
class Unfolded:
    """A set as it was read, ready to tell of single members."""

    record: EventRecord
    body: SetBody

    @cached_property
    def _columns(self) -> list[Column]:
        return [unpacked(msgspec.json.decode(raw)) for raw in self.body.columns]

    @cached_property
    def _places(self) -> list[dict[int, int] | None]:
        """Where members stand in the columns of each event; None: at their numbers."""
        return [_where(event.numbers) for event in self.body.events]

    @cached_property
    def _done(self) -> dict[int, dict[int, list[Any]]]:
        """What was done for each member, by the rule's identity."""
        found: dict[int, dict[int, list[Any]]] = {}
        for event in self.body.events:
            for ruleset in event.rulesets:
                for rule in ruleset.rules:
                    own: dict[int, list[Any]] = {}
                    found[id(rule)] = own
                    for done in rule.actions:
                        for number, detail in zip(done.numbers, done.details, strict=True):
                            own.setdefault(number, []).append(_action(done, detail))
        return found

    @cached_property
    def _parents(self) -> Parents | None:
        given = self.body.parents
        return None if given is None else Parents(uuid.UUID(given["first"]), given["numbers"], given["turns"])

    def newest_first(self) -> Iterator[tuple[EventRecord, TraceBody]]:
        """Yield the record and the trace of each member, the last one first."""
        for number in reversed(range(self.body.size)):
            yield self.member(number)

    def member(self, number: int) -> tuple[EventRecord, TraceBody]:
        """Return the record and the trace that a member would have left by itself."""
        body = TraceBody(2, self.body.start, self.body.workflow, self.body.version, [], [])
        turns: dict[int, int] = {}
        for place, event in enumerate(self.body.events):
            at = self._at(place, number)
            if at is None:
                continue
            turns[place] = len(body.events)
            body.events.append(self._event(event, number, at, turns.get(event.parent, -1)))
        record = msgspec.structs.replace(self.record, id=member_id(self.record.id, number), members=None, trace=b"")
        if body.events:
            first = body.events[0]
            record.entity_id, record.entity_ref, record.status = first.entity_id, first.entity_ref, first.result
        record.names = sorted({event.name for event in body.events})
        if self._parents is not None:
            record.parent = self._parents.of(number)
        return record, body

    def _told(self, stored: Any) -> Column:
        kept = stored.get(_KEPT) if isinstance(stored, dict) else None
        return unpacked(stored) if kept is None else self._columns[kept]

    def _at(self, place: int, number: int) -> int | None:
        where = self._places[place]
        return number if where is None else where.get(number)

    def _event(self, event: SetEvent, number: int, at: int, parent: int) -> EventNode:
        rulesets = [
            RulesetNode(
                ruleset.name,
                ruleset.position,
                ruleset.start,
                ruleset.stop,
                [
                    RuleNode(r.name, r.position, r.start, r.stop, [], self._done[id(r)].get(number, []))
                    for r in ruleset.rules
                ],
            )
            for ruleset in event.rulesets
        ]
        values = ((name, self._columns[column][number]) for name, column in event.columns.items())
        attributes = {name: value for name, value in values if value is not None}
        ids, refs = self._told(event.ids), self._told(event.refs)
        about = (event.entity_type, ids[at], refs[at], event.status, attributes)
        return EventNode(parent, event.name, "NORMAL", *about, result=event.result, rulesets=rulesets)


def _where(numbers: Sequence[int] | None) -> dict[int, int] | None:
    return None if numbers is None else {number: place for place, number in enumerate(numbers)}


def _action(done: Done, detail: Any) -> list[Any]:
    if done.kind == "SendEvent":
        name, target, attributes = done.what
        return ["SendEvent", name, None if target is None else [target, detail], attributes, None]
    if done.kind in {"Update", "Log"}:
        return [done.kind, done.what, *detail]
    return [done.kind, done.what, detail]
