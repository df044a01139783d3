"""Stored events as ``GET /event`` gives them: the event, its inline children, its audit (spec 11 §1, §2).

An id names an event or an entry of its trace: the last bits of the id count the entries in the order in which
they are made here.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.model.identifiers import shown
from penstock.model.registry import MODEL
from penstock.orchestration.records import AUDIT_BITS, INLINE_MASK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.orchestration.records import EventRecord, PendingEvent
    from penstock.orchestration.trace import EventNode, RuleNode, RulesetNode, TraceBody


class Props:
    """Finds the properties of rules in a workflow version; the trace holds only their places."""

    def __init__(self, rulesets: list[dict[str, Any]]) -> None:
        self._rulesets = rulesets

    def of(self, ruleset: int, place: int) -> dict[str, Any]:
        """Return the properties of a rule; none when the version is not stored (run-once workflows)."""
        if ruleset >= len(self._rulesets):
            return {}
        return self._rulesets[ruleset]["rules"][place].get("props") or {}


def wire_time(moment: datetime) -> str:
    """Return a moment as event APIs write it: ``2024-05-06T01:05:45.120+0000``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def pending(account: str, event: PendingEvent) -> dict[str, Any]:
    """Return an event that is not done yet."""
    shape = _shape(account, event, event.id, status="SCHEDULED" if event.scheduled else "PENDING")
    shape["attributes"] = _attributes(event.attributes)
    return shape


def expand(
    account: str, record: EventRecord, body: TraceBody, props: Props, *, audit: bool = True
) -> Iterator[dict[str, Any]]:
    """Yield the event and its inline children, each followed by its audit entries, in order."""
    for number, node in enumerate(body.events):
        id_ = _numbered(record.id, number)
        source = record.parent if node.parent < 0 else _numbered(record.id, node.parent)
        status = record.status if number == 0 else node.result
        shape = _event(account, record, body, node, id_, status, source)
        yield shape
        if audit:
            yield from _audit(shape, body, node, _Counter(id_), props)
    if not body.events:
        yield _shape(account, record, record.id, status=record.status)


def _numbered(base: uuid.UUID, number: int) -> uuid.UUID:
    """Return the id of the n-th event of a context."""
    return uuid.UUID(int=(base.int & ~INLINE_MASK) | number << AUDIT_BITS)


class _Counter:
    """Counts the audit entries of one event."""

    def __init__(self, event: uuid.UUID) -> None:
        self._event = event.int
        self._count = 0

    def next(self) -> uuid.UUID:
        """Return the id of the next entry."""
        self._count += 1
        return uuid.UUID(int=self._event | self._count)


def _shape(account: str, event: EventRecord | PendingEvent, id_: uuid.UUID, *, status: str) -> dict[str, Any]:
    root = (event.root_type or "EVENT").upper()
    return {
        "id": str(id_),
        "name": event.name,
        "type": "ORCHESTRATION",
        "accountId": account,
        "retailerId": str(event.retailer_id),
        "category": f"{root}_WORKFLOW",
        "context": {
            "sourceEvents": [str(event.parent)] if event.parent else [],
            "entityType": event.entity_type,
            "entityId": _id(event.entity_type, event.entity_id),
            "entityRef": event.entity_ref,
            "rootEntityType": event.root_type,
            "rootEntityId": _id(event.root_type, event.root_id),
            "rootEntityRef": event.root_ref,
        },
        "eventStatus": status,
        "attributes": None,
        "source": event.source,
        "generatedBy": event.generated_by,
        "generatedOn": wire_time(event.created),
    }


def _id(entity_type: str | None, id_: int | None) -> str | None:
    entities = MODEL.of_event(entity_type or "")
    return None if id_ is None else shown(entities[0], id_) if entities else str(id_)


def _event(
    account: str,
    record: EventRecord,
    body: TraceBody,
    node: EventNode,
    id_: uuid.UUID,
    status: str,
    source: uuid.UUID | None,
) -> dict[str, Any]:
    shape = _shape(account, record, id_, status=status)
    shape["name"] = node.name
    shape["context"] |= {
        "sourceEvents": [str(source)] if source else [],
        "entityType": node.entity_type,
        "entityId": _id(node.entity_type, node.entity_id),
        "entityRef": node.entity_ref,
    }
    shape["attributes"] = _attributes(resolved(node.attributes, body))
    return shape


def resolved(attributes: dict[str, Any], body: TraceBody) -> dict[str, Any]:
    """Return attributes with the values that the trace keeps once."""
    return {k: _value(v, body) if isinstance(v, dict) and v.keys() == {"$"} else v for k, v in attributes.items()}


def _value(reference: dict[str, int], body: TraceBody) -> Any:
    return msgspec.json.decode(body.values[reference["$"]])


_KINDS = {bool: "BOOLEAN", int: "INTEGER", float: "FLOAT", str: "STRING", list: "ARRAY", dict: "OBJECT"}


def _attributes(values: dict[str, Any]) -> list[dict[str, Any]] | None:
    shown_ones = [{"name": k, "value": v, "type": _KINDS.get(type(v), "JSON")} for k, v in values.items()]
    return shown_ones or None


def _audit(
    event: dict[str, Any],
    body: TraceBody,
    node: EventNode,
    counter: _Counter,
    props: Props,
) -> Iterator[dict[str, Any]]:
    if node.snapshot >= 0:
        row = msgspec.json.decode(body.values[node.snapshot])
        yield _entry(event, counter, "snapshot", node.entity_type, "SUCCESS", row, body.start)
    for ruleset in node.rulesets:
        yield _ruleset(event, counter, body, ruleset, node)
        for rule in ruleset.rules:
            yield from _rule(event, counter, body, ruleset, rule, props)
    if node.exception:
        yield _entry(event, counter, "exception", node.name, "FAILED", node.exception, body.start)


def _entry(
    event: dict[str, Any],
    counter: _Counter,
    category: str,
    name: str,
    status: str,
    attributes: dict[str, Any],
    seconds: float,
) -> dict[str, Any]:
    return {
        **event,
        "id": str(counter.next()),
        "name": name,
        "type": "ORCHESTRATION_AUDIT",
        "category": category,
        "context": {**event["context"], "sourceEvents": [event["id"]]},
        "eventStatus": status,
        "attributes": _attributes(attributes),
        "source": "orchestration",
        "generatedOn": wire_time(datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)),
    }


def _timers(body: TraceBody, node: RulesetNode | RuleNode) -> dict[str, Any]:
    start = int(body.start * 1000)
    return {"startTimer": start + node.start // 1000, "stopTimer": start + node.stop // 1000}


def _ruleset(
    event: dict[str, Any], counter: _Counter, body: TraceBody, ruleset: RulesetNode, node: EventNode
) -> dict[str, Any]:
    failed = any(r.error for r in ruleset.rules)
    attributes = {**_timers(body, ruleset), "rules": len(ruleset.rules), "entityStatus": node.status}
    seconds = body.start + ruleset.start / 1e6
    return _entry(event, counter, "ruleSet", ruleset.name, "FAILED" if failed else "SUCCESS", attributes, seconds)


def _rule(
    event: dict[str, Any],
    counter: _Counter,
    body: TraceBody,
    ruleset: RulesetNode,
    rule: RuleNode,
    props: Props,
) -> Iterator[dict[str, Any]]:
    name, given = rule.name, props.of(ruleset.position, rule.position)
    seconds = body.start + rule.start / 1e6
    attributes: dict[str, Any] = {**_timers(body, rule), "props": given, "ruleSet": ruleset.name}
    if rule.asks:
        attributes["answers"] = [
            {"kind": a.kind, "question": a.question, "answer": msgspec.json.decode(body.values[a.answer])}
            for a in rule.asks
        ]
    yield _entry(event, counter, "rule", name, "FAILED" if rule.error else "SUCCESS", attributes, seconds)
    for action in rule.actions:
        yield _action(event, counter, action, name, seconds)
    if rule.error:
        details = {"message": rule.error.strip().splitlines()[-1], "rule": name, "ruleSet": ruleset.name}
        if "\n" in rule.error:
            details["stackTrace"] = rule.error
        yield _entry(event, counter, "exception", name, "FAILED", details, seconds)


_ACTIONS = {"SendEvent": "Send Event", "Webhook": "Send Webhook"}


def _action(event: dict[str, Any], counter: _Counter, action: list[Any], rule: str, seconds: float) -> dict[str, Any]:
    kind, *details = action
    if kind == "Log":
        name, message, own = details
        return _entry(event, counter, "CUSTOM", name, "SUCCESS", {"message": message, "rule": rule, **own}, seconds)
    attributes = {"action": kind, "rule": rule, "details": details}
    return _entry(event, counter, "ACTION", _ACTIONS.get(kind, "Mutation"), "SUCCESS", attributes, seconds)
