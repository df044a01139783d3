"""Replays in the shapes of the API: ids as texts, moments as the event API writes them, no secrets."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history import shapes
from penstock.history.ending import COUNTER
from penstock.model.identifiers import shown
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column
from penstock.orchestration.expand import Props, wire_time
from penstock.orchestration.places import entity_of
from penstock.orchestration.records import AUDIT_BITS, INLINE_MASK

if TYPE_CHECKING:
    from penstock.history.recorded import Recorded
    from penstock.history.replay import Step
    from penstock.history.service import Replayed
    from penstock.history.tree import Change
    from penstock.history.versions import Versions
    from penstock.model.rows import Row
    from penstock.orchestration.trace import EventNode, RuleNode

_SECRET = {(e.table, c.column) for e in MODEL.entities for c in e.columns if isinstance(c, Column) and c.secret}


def shown_replay(done: Replayed) -> shapes.ShownReplay:
    """Return a replay as the API gives it."""
    row, ending = done.subject.row, done.ending
    entity = entity_of(row)
    retailer = getattr(row, "retailer_id", None)
    return shapes.ShownReplay(
        entity_type=str(entity.event),
        id=shown(entity, row.id),
        ref=getattr(row, "ref", None),
        retailer_id=None if retailer is None else str(retailer),
        steps=[_step(s, done.versions) for s in done.steps],
        rows=[_row(table, r) for table, rows in sorted(done.rows.items()) for _, r in sorted(rows.items())],
        verdict=None if ending is None else ending.verdict,
        differences=[change(c) for c in ending.differences] if ending else [],
        since=[change(c) for c in ending.since] if ending else [],
        not_owned=[
            shapes.NotOwned(entity=c.entity, id=str(c.id), column=c.column or "", reason=COUNTER)
            for c in (ending.not_owned if ending else ())
        ],
    )


def inline_id(event: uuid.UUID, number: int) -> uuid.UUID:
    """Return the id of the n-th event of a context, as the API shows it."""
    return uuid.UUID(int=(event.int & ~INLINE_MASK) | number << AUDIT_BITS)


def plain(value: Any) -> Any:
    """Return a value of a column, or a row, as JSON shows it."""
    if isinstance(value, msgspec.Struct):
        return {k: v for k, v in msgspec.to_builtins(value).items() if v is not None}
    return msgspec.to_builtins(value)


def change(given: Change) -> shapes.ShownChange:
    """Return a change as the API gives it."""
    secret = (given.table, given.column) in _SECRET
    before, after = ("…", "…") if secret else (plain(given.before), plain(given.after))
    return shapes.ShownChange(
        entity=given.entity, id=str(given.id), ref=given.ref, column=given.column, before=before, after=after
    )


def _row(table: str, row: Row) -> shapes.ShownRow:
    values = {k: v for k, v in plain(row).items() if (table, k) not in _SECRET}
    entity = entity_of(row)
    return shapes.ShownRow(entity=entity.name, id=shown(entity, row.id), values=values)


def _step(step: Step, versions: Versions) -> shapes.ShownStep:
    context, record = step.context, step.context.record
    props = _props(context, versions)
    return shapes.ShownStep(
        id=str(record.id),
        at=wire_time(context.moment),
        name=record.name,
        status=record.status,
        source=record.source,
        generated_by=record.generated_by,
        parent=str(record.parent) if record.parent else None,
        workflow=context.body.workflow,
        version=context.body.version,
        failure=record.failure,
        outside=[change(c) for c in step.outside],
        events=[_event(context, n, node, props) for n, node in enumerate(context.body.events)],
        changes=[change(c) for c in step.changed],
        difference=step.difference.sentence() if step.difference else None,
        rule=step.difference.rule if step.difference else None,
        notes=step.notes,
    )


def _props(context: Recorded, versions: Versions) -> Props:
    name, version = context.body.workflow, context.body.version
    found = None if name is None or version is None else versions.exact(context.record.retailer_id, name, version)
    return Props(found.document["rulesets"] if found else [])


def _event(context: Recorded, number: int, node: EventNode, props: Props) -> shapes.ShownEvent:
    entities = MODEL.of_event(node.entity_type)
    id_ = None if node.entity_id is None else shown(entities[0], node.entity_id) if entities else str(node.entity_id)
    return shapes.ShownEvent(
        id=str(inline_id(context.record.id, number)),
        parent=None if node.parent < 0 else str(inline_id(context.record.id, node.parent)),
        name=node.name,
        type=node.type,
        entity_type=node.entity_type,
        entity_id=id_,
        entity_ref=node.entity_ref,
        status=node.status,
        result=node.result,
        attributes=context.plain(node.attributes),
        rulesets=[
            shapes.ShownRuleset(s.name, [_rule(context, r, props.of(s.position, r.position)) for r in s.rules])
            for s in node.rulesets
        ],
    )


def _rule(context: Recorded, rule: RuleNode, props: dict[str, Any]) -> shapes.ShownRule:
    return shapes.ShownRule(
        name=rule.name,
        props=props,
        answers=[shapes.ShownAnswer(a.kind, a.question, context.value(a.answer)) for a in rule.asks],
        actions=[context.plain(a) for a in rule.actions],
        error=rule.error.strip().splitlines()[-1] if rule.error else None,
    )
