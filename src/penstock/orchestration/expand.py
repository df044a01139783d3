"""Stored events as ``GET /event`` gives them: the event, its inline children, its audit (spec 11 §1, §2).

An id names an event or an entry of its trace: the last bits of the id count the entries in the order in which
they are made here. What is made first is an :class:`Entry`: what a search compares. Only what is found gets its
shape, since most of the cost is in the attributes.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.model.identifiers import shown
from penstock.model.registry import MODEL
from penstock.orchestration.log.marks import (
    ACTIONS,
    DEEPER,
    FAILED,
    MOST_ENTRIES,
    MUTATION,
    QUEUED,
    SUCCESS,
    deeper,
    failing,
    untold,
)
from penstock.orchestration.log.told import action, resolved, snapshot_at
from penstock.orchestration.records import AUDIT_BITS, INLINE_MASK, UNSTORED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from penstock.orchestration.records import EventRecord, PendingEvent
    from penstock.orchestration.trace import EventNode, RuleNode, RulesetNode, TraceBody

__all__ = ["Entry", "Props", "entries", "expand", "moment", "pending", "resolved", "waiting", "wire_time"]

EVENT, AUDIT = "ORCHESTRATION", "ORCHESTRATION_AUDIT"
AUDITOR = "orchestration"  # the source of audit entries: the part of the engine that wrote them
_TRACEBACK = "Traceback "
_WAITING = {"SendEvent", *QUEUED}  # actions that wait for the end of their ruleset
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Attributes = dict[str, Any]


class Props:
    """Finds the properties of rules: in a workflow version, of which the trace holds only their places.

    Those of a run-once workflow, ``once``, have places below zero.
    """

    def __init__(self, rulesets: list[dict[str, Any]], once: list[dict[str, Any]] | None = None) -> None:
        self._rulesets = rulesets
        self._once = once or []

    def of(self, ruleset: int, place: int) -> dict[str, Any]:
        """Return the properties of a rule; none when the version is not stored."""
        rulesets, number = (self._rulesets, ruleset) if ruleset >= 0 else (self._once, -1 - ruleset)
        if number >= len(rulesets):
            return {}
        return rulesets[number]["rules"][place].get("props") or {}


def moment(at: datetime) -> int:
    """Return microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def wire_time(at: datetime) -> str:
    """Return a moment as event APIs write it: ``2024-05-06T01:05:45.120+0000``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


@dataclass(slots=True)
class Entry:
    """An event, or an entry of its audit, as a search compares it; ``shape`` is what clients see."""

    account: str
    record: EventRecord | PendingEvent
    id: int
    name: str
    type: str
    category: str
    status: str
    moment: int  # microseconds since 1970
    source: int | None  # the event that led to it
    entity: tuple[str, int | None, str | None]  # type, id, ref
    attributes: Callable[[], Attributes]
    due: datetime | None = None  # of a timer

    @property
    def root(self) -> tuple[str | None, str | None, str | None]:
        """Return type, id as shown, and ref of the root."""
        record = self.record
        return record.root_type, _id(record.root_type, record.root_id), record.root_ref

    @property
    def entity_id(self) -> str | None:
        """Return the entity's id as it is shown."""
        return _id(self.entity[0], self.entity[1])

    def shape(self) -> dict[str, Any]:
        """Return the stored shape of spec 11 §1.1; a timer's has its moment, too."""
        root_type, root_id, root_ref = self.root
        return ({"scheduledOn": wire_time(self.due)} if self.due else {}) | {
            "id": str(uuid.UUID(int=self.id)),
            "name": self.name,
            "type": self.type,
            "accountId": self.account,
            "retailerId": str(self.record.retailer_id),
            "category": self.category,
            "context": {
                "sourceEvents": [] if self.source is None else [str(uuid.UUID(int=self.source))],
                "entityType": self.entity[0],
                "entityId": self.entity_id,
                "entityRef": self.entity[2],
                "rootEntityType": root_type,
                "rootEntityId": root_id,
                "rootEntityRef": root_ref,
            },
            "eventStatus": self.status,
            "attributes": listed(self.attributes()),
            "source": (AUDITOR if self.type == AUDIT else self.record.source) or "",
            "generatedBy": self.record.generated_by or "",
            "generatedOn": wire_time(_EPOCH + self.moment * _MICROSECOND),
        }


def _id(entity_type: str | None, id_: int | None) -> str | None:
    entities = MODEL.of_event(entity_type or "")
    return None if id_ is None else shown(entities[0], id_) if entities else str(id_)


_KINDS = {bool: "BOOLEAN", int: "INTEGER", float: "FLOAT", str: "STRING", list: "ARRAY", dict: "OBJECT"}


def listed(values: Attributes) -> list[dict[str, Any]] | None:
    """Return attributes as a list with the type of each; None when there is none."""
    found = [{"name": k, "value": v, "type": _KINDS.get(type(v), "JSON")} for k, v in values.items()]
    return found or None


def waiting(account: str, event: PendingEvent) -> Entry:
    """Return an event that is not done yet."""
    attributes = event.attributes if event.members is None else {"members": event.members}  # of a set
    return _plain(account, event, "SCHEDULED" if event.scheduled else "PENDING", lambda: attributes)


def pending(account: str, event: PendingEvent) -> dict[str, Any]:
    """Return the shape of an event that is not done yet."""
    return waiting(account, event).shape()


def _plain(account: str, event: EventRecord | PendingEvent, status: str, attributes: Callable[[], Attributes]) -> Entry:
    """Return the entry of an event that has no trace."""
    source = event.parent.int if event.parent else None
    entity = event.entity_type, event.entity_id, event.entity_ref
    category = _category(event)
    when = moment(event.created)
    about = (category, status, when, source, entity, attributes, getattr(event, "due", None))
    return Entry(account, event, event.id.int, event.name, EVENT, *about)


def _category(event: EventRecord | PendingEvent) -> str:
    return f"{(event.root_type or 'EVENT').upper()}_WORKFLOW"


def expand(
    account: str, record: EventRecord, body: TraceBody, props: Props, *, audit: bool = True
) -> Iterator[dict[str, Any]]:
    """Yield the shapes of the event and its inline children, each followed by its audit entries, in order."""
    for entry in entries(account, record, body, props, audit=audit):
        yield entry.shape()


def entries(account: str, record: EventRecord, body: TraceBody, props: Props, *, audit: bool = True) -> Iterator[Entry]:
    """Yield the event and its inline children, each followed by its audit entries, in order."""
    if not body.events:
        event = _plain(account, record, record.status, dict)
        yield event
        if audit and untold(record, body):
            yield _Audit(event, body, props).failure()
    for number, node in enumerate(body.events):
        event = _event(account, record, body, number)
        yield event
        if audit:
            yield from _Audit(event, body, props).of(node)


def _event(account: str, record: EventRecord, body: TraceBody, number: int) -> Entry:
    node = body.events[number]
    base = record.id.int & ~INLINE_MASK
    status = record.status if number == 0 else FAILED if _unstored(record) else node.result
    if node.parent < 0:
        source, when = record.parent.int if record.parent else None, moment(record.created)
    else:
        source, when = base | node.parent << AUDIT_BITS, _sent(body, body.events[node.parent])
    return Entry(
        account,
        record,
        base | number << AUDIT_BITS,
        node.name,
        EVENT,
        _category(record),
        status,
        when,
        source,
        (node.entity_type, node.entity_id, node.entity_ref),
        lambda: resolved(node.attributes, body),
        body.loaded.due if body.loaded and number == 0 else None,
    )


def _sent(body: TraceBody, parent: EventNode) -> int:
    """Return when an event sent its inline children: at the end of its rulesets."""
    return _begun(body) + max((r.stop for r in parent.rulesets), default=0)


def _begun(body: TraceBody) -> int:
    return round(body.start * 1_000_000)


def _unstored(record: EventRecord | PendingEvent) -> bool:
    """Return whether what the trace tells was never written."""
    return (getattr(record, "failure", None) or "").startswith(UNSTORED)


class _Audit:
    """Makes the audit entries of one event."""

    def __init__(self, event: Entry, body: TraceBody, props: Props) -> None:
        self._event = event
        self._body = body
        self._props = props
        self._count = 0
        self._begun = _begun(body)
        self._undone = _unstored(event.record)

    def of(self, node: EventNode) -> Iterator[Entry]:
        """Yield all entries of an event; those beyond the last id are left out."""
        for entry in self._all(node):
            yield entry
            if self._count == MOST_ENTRIES:
                return

    def failure(self) -> Entry:
        """Return the entry of a failure that no rule tells of."""
        record: Any = self._event.record
        name = self._event.name
        return self._entry("exception", name, FAILED, 0, lambda: {"message": record.failure, "code": record.code})

    def deeper(self) -> Entry:
        """Return the entry that leads from the event from outside to the inline one that failed."""
        record: Any = self._event.record
        number = next(n for n, node in enumerate(self._body.events) if failing(node))
        inner = str(uuid.UUID(int=record.id.int & ~INLINE_MASK | number << AUDIT_BITS))
        told = {"message": record.failure, "code": record.code, "event": inner}
        return self._entry("CUSTOM", DEEPER, FAILED, 0, lambda: told)

    def _all(self, node: EventNode) -> Iterator[Entry]:
        if node.snapshot != -1:
            at = node.rulesets[0].start if node.rulesets else 0
            yield self._entry("snapshot", node.entity_type, SUCCESS, at, self._row)
        for ruleset in node.rulesets:
            yield self._ruleset(ruleset, node)
            for rule in ruleset.rules:
                yield from self._rule(ruleset, rule)
        record: Any = self._event.record
        if node.parent < 0 and untold(record, self._body):
            yield self.failure()
        elif node.parent < 0 and deeper(record, self._body):
            yield self.deeper()

    def _row(self) -> Attributes:
        return snapshot_at(self._body, (self._event.id & INLINE_MASK) >> AUDIT_BITS)

    def _entry(
        self, category: str, name: str, status: str, microseconds: int, attributes: Callable[[], Attributes]
    ) -> Entry:
        event = self._event
        self._count += 1
        return Entry(
            event.account,
            event.record,
            event.id | self._count,
            name,
            AUDIT,
            category,
            status,
            self._begun + microseconds,
            event.id,
            event.entity,
            attributes,
        )

    def _timers(self, node: RulesetNode | RuleNode) -> Attributes:
        """Return begin and end in milliseconds since 1970."""
        return {"startTimer": (self._begun + node.start) // 1000, "stopTimer": (self._begun + node.stop) // 1000}

    def _ruleset(self, ruleset: RulesetNode, node: EventNode) -> Entry:
        status = FAILED if any(r.error for r in ruleset.rules) else SUCCESS
        return self._entry(
            "ruleSet",
            ruleset.name,
            status,
            ruleset.start,
            lambda: {
                **self._timers(ruleset),
                "rules": [r.name for r in ruleset.rules],
                "entityStatus": node.status,
            },
        )

    def _rule(self, ruleset: RulesetNode, rule: RuleNode) -> Iterator[Entry]:
        status = FAILED if rule.error else SUCCESS
        yield self._entry("rule", rule.name, status, rule.start, lambda: self._ran(ruleset, rule))
        for done in rule.actions:
            yield self._action(done, ruleset, rule)
        if rule.error:
            yield self._entry("exception", rule.name, FAILED, rule.stop, lambda: _failed(ruleset, rule))

    def _ran(self, ruleset: RulesetNode, rule: RuleNode) -> Attributes:
        props = self._props.of(ruleset.position, rule.position)
        found: Attributes = {**self._timers(rule), "props": props, "ruleSet": ruleset.name}
        if rule.asks:
            values = self._body.values
            found["answers"] = [
                {"kind": a.kind, "question": a.question, "answer": msgspec.json.decode(values[a.answer])}
                for a in rule.asks
            ]
        return found

    def _action(self, done: list[Any], ruleset: RulesetNode, rule: RuleNode) -> Entry:
        kind, *details = done
        by = {"rule": rule.name, "ruleSet": ruleset.name}
        if kind == "Log":
            name, message, own = details
            return self._entry("CUSTOM", name, SUCCESS, rule.stop, lambda: {"message": message, **by, **own})
        dropped = kind in _WAITING and any(other.error for other in ruleset.rules)
        status = FAILED if self._undone or dropped else SUCCESS
        why = {"message": "not sent, since a rule of the ruleset failed"} if dropped else {}
        name, category = ACTIONS.get(kind, MUTATION), "CUSTOM" if kind in QUEUED else "ACTION"
        return self._entry(category, name, status, rule.stop, lambda: {**self._told(kind, details), **why, **by})

    def _told(self, kind: str, details: list[Any]) -> Attributes:
        return action(kind, details, self._body, self._event.attributes)


def _failed(ruleset: RulesetNode, rule: RuleNode) -> Attributes:
    """Return what an exception tells; only one that ended the context comes with its stack trace."""
    error = rule.error or ""
    traced = rule.code is not None or error.startswith(_TRACEBACK)  # older traces keep no code
    kind, _, message = (error.strip().splitlines()[-1] if traced else error).partition(": ")
    found: Attributes = {
        "message": message or kind,
        "cause": kind if traced else rule.cause,
        "rule": rule.name,
        "ruleSet": ruleset.name,
    }
    return {**found, "code": rule.code, "stackTrace": error} if traced else found
