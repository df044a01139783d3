"""The trace of one execution context: everything that happened, in one compressed value.

Audit events, replay and explanations are all read from it. Values that are objects or lists are kept once and
referred to by number, however many events pass them on; a row is kept as it was when it was first seen, and
changes of rows stand with the rules that made them.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.database.packing import packed, unpacked
from penstock.orchestration.places import event_table
from penstock.rules.actions import Create, Join, Log, Mail, Promise, SendEvent, Update, Webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.orchestration.run import Run
    from penstock.rules.actions import Action
    from penstock.rules.context import Event

_encode = msgspec.json.Encoder().encode
_BY_NUMBER = (dict, list)  # types of attributes that are kept once
FORMAT = 2  # 2: what a replay needs beside the events
SEEN = -2  # in place of a number: the row was kept before
MOST_BYTES = 64 * 1024 * 1024  # of one context, before it is compressed


class AskNode(msgspec.Struct, array_like=True):
    """A question and the number of its answer."""

    kind: str
    question: Any
    answer: int


class Ran(msgspec.Struct, array_like=True):
    """What ran: its position in what it is part of, and when, in microseconds since the context began."""

    name: str
    position: int  # the workflow's version has its properties
    start: int
    stop: int = 0


class RuleNode(Ran, array_like=True):
    """A rule that ran: its questions and actions, its failure."""

    asks: list[AskNode] = []
    actions: list[Any] = []
    error: str | None = None  # "Type: message", or a stack trace
    cause: str | None = None
    code: int | None = None  # of a failure that ended the context; a rule-execution exception has none


class RulesetNode(Ran, array_like=True):
    """A ruleset that ran."""

    rules: list[RuleNode] = []


class EventNode(msgspec.Struct, array_like=True):
    """An event of the context: the external one or an inline child."""

    parent: int  # number of the event that sent it; -1 for the external one
    name: str
    type: str
    entity_type: str
    entity_id: int | None
    entity_ref: str | None
    status: str | None  # the entity's status before
    attributes: dict[str, Any]  # scalars, or {"$": n}: the n-th value
    # Number of the entity's row as it was, when first seen in this context; ``SEEN`` after that: what rules have
    # changed since then tells the rest. -1: nothing tells it.
    snapshot: int = -1
    result: str = "SUCCESS"
    rulesets: list[RulesetNode] = []
    exception: Any = None


class Loaded(msgspec.Struct, array_like=True):
    """What the context began with, as far as nothing else tells (format 2)."""

    lane: int
    revision: int  # of the lane's root; -1: none was loaded
    turn: int  # number of the context among those that were executed against one copy of the tree
    due: datetime | None = None  # the moment that a timer was set to
    meta: dict[str, Any] | None = None
    # The tree as loaded, where somebody else than the engine was the last to change it: table -> rows, all but
    # the event's own entity, which is the first snapshot; join table -> pairs of ids.
    rows: dict[str, msgspec.Raw] | None = None
    joins: dict[str, list[tuple[int, int]]] | None = None


class TraceBody(msgspec.Struct, array_like=True):
    """What is stored."""

    format: int
    start: float  # seconds since 1970
    workflow: str | None
    version: str | None
    values: list[msgspec.Raw]
    events: list[EventNode]
    loaded: Loaded | None = None  # traces of format 1 have none
    # Number of the rulesets of a run-once workflow; they stand at the places -1, -2 ...
    once: int | None = None


class Trace:
    """Gathers the trace of one context."""

    def __init__(self, start: float) -> None:
        self._zero = time.perf_counter_ns()
        self._values: list[msgspec.Raw] = []
        self._numbers: dict[int, int] = {}
        self._equal: dict[bytes, int] = {}
        self._keep: list[Any] = []  # keeps the values alive, so that identities stay unique
        self._seen: set[tuple[type, int]] = set()
        self.body = TraceBody(FORMAT, start, None, None, self._values, [])

    def loaded(self, run: Run, turn: int, revision: int) -> None:
        """Note what a context of this run begins with; call it before anything is executed."""
        event = run.events[turn]
        self.body.loaded = noted = Loaded(run.lane, revision, turn, event.due, event.meta)
        if turn == 0 and run.from_outside():
            own = run.get(event_table(event.entity_type) or "", event.entity_id or 0)
            others = {t: [r for r in rows.values() if r is not own] for t, rows in run.rows.items()}
            noted.rows = {table: msgspec.Raw(_encode(rows)) for table, rows in others.items() if rows}
            noted.joins = {table: sorted(pairs) for table, pairs in run.joins.items() if pairs} or None

    def elapsed(self) -> int:
        """Return microseconds since the context began."""
        return (time.perf_counter_ns() - self._zero) // 1000

    def value(self, value: Any) -> int:
        """Keep a value once and return its number."""
        number = self._numbers.get(id(value))
        if number is None:
            encoded = _encode(value)
            number = self._equal.setdefault(encoded, len(self._values))
            if number == len(self._values):
                self._values.append(msgspec.Raw(encoded))
            self._numbers[id(value)] = number
            self._keep.append(value)
        return number

    def snapshot(self, row: Any) -> int:
        """Keep a row as it is now, if this context has not seen it before; return its number or ``SEEN``."""
        key = (type(row), row.id)
        if key in self._seen:
            return SEEN
        self._seen.add(key)
        self._values.append(msgspec.Raw(_encode(row)))
        return len(self._values) - 1

    def attributes(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """Return event attributes with objects and lists replaced by their numbers."""
        return {k: {"$": self.value(v)} if isinstance(v, _BY_NUMBER) else v for k, v in attributes.items()}

    def event(self, event: Event, parent: int) -> EventNode:
        """Add an event to the trace."""
        node = EventNode(
            parent,
            event.name,
            event.type,
            event.entity_type,
            event.entity_id,
            event.entity_ref,
            event.entity_status,
            self.attributes(event.attributes),
            rulesets=[],
        )
        self.body.events.append(node)
        return node

    def action(self, action: Action, node: RuleNode) -> None:
        """Note what a rule returned: the kind of action, then what it concerns."""
        kind = type(action)
        details = _DETAILS.get(kind)
        if details is None:
            raise TypeError(f"a rule returns actions, not {action!r}")
        node.actions.append([kind.__name__, *details(action, self)])

    def stored(self) -> bytes:
        """Return the stored form."""
        return encode(self.body)


def encode(trace: TraceBody) -> bytes:
    """Return the stored form: JSON, compressed unless it is short.

    Raises:
        ValueError: it is larger than can be meant.
        TypeError: it holds what is no plain value.
    """
    body = _encode(trace)
    if len(body) > MOST_BYTES:
        raise ValueError(f"what happened takes {len(body)} bytes; {MOST_BYTES} are allowed in one context")
    return packed(body)


def size_of(value: Any) -> int:
    """Return how many bytes a value takes in a trace."""
    return len(_encode(value))


def _sent(action: SendEvent, trace: Trace) -> list[Any]:
    to, own, at = action.to, action.attributes, action.at
    target = None if to is None else [type(to).__name__, to.id]
    return [action.name, target, None if own is None else trace.attributes(own), at.isoformat() if at else None]


_DETAILS: dict[type[Any], Callable[[Any, Trace], list[Any]]] = {
    Update: lambda a, _: [type(a.row).__name__, a.row.id, dict(a.values)],
    Create: lambda a, _: [type(a.row).__name__, msgspec.Raw(_encode(a.row))],
    Join: lambda a, _: [a.table, a.columns],
    Promise: lambda a, _: [a.fulfilment_id, {str(k): v for k, v in a.amounts.items()}],
    SendEvent: _sent,
    Webhook: lambda a, t: [a.name, a.url] if a.attributes is None else [a.name, a.url, t.attributes(a.attributes)],
    Mail: lambda a, _: [a.template, a.to, a.subject],  # its text is for nobody but its reader
    Log: lambda a, _: [a.name, a.message, a.attributes],
}


def decode(stored: bytes) -> TraceBody:
    """Return a stored trace."""
    return msgspec.json.decode(unpacked(stored), type=TraceBody)
