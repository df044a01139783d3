"""The spans of a context that is over, read from its trace: events below each other, rules below events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.orchestration.records import numbered
from penstock.orchestration.trace import decode
from penstock.tracing import TRACING, Place, place_in, span_of

if TYPE_CHECKING:
    from penstock.orchestration.records import EventRecord, PendingEvent
    from penstock.orchestration.trace import EventNode, TraceBody


def tell(account: str, pending: PendingEvent, record: EventRecord) -> None:
    """Add the spans of a context to the trace that its event belongs to."""
    body = decode(record.trace)
    above = place_in(pending.meta) or Place(pending.id.int, 0)
    for number, node in enumerate(body.events):
        id_ = numbered(record.id, number)
        over = above if node.parent < 0 else Place(above.trace, span_of(numbered(record.id, node.parent)))
        start, stop = _times(body, node)
        TRACING.add(
            f"event {node.name}",
            Place(over.trace, over.parent, above.sampled),
            id_=span_of(id_),
            start=start,
            stop=stop,
            attributes={
                "penstock.account": account,
                "penstock.event.id": str(id_),
                "penstock.event.result": record.status if number == 0 else node.result,
                "penstock.entity.type": node.entity_type,
                "penstock.entity.ref": node.entity_ref or str(node.entity_id),
                "penstock.root.type": record.root_type or "",
                "penstock.root.ref": record.root_ref or str(record.root_id),
            },
            failure=record.failure if number == 0 else None,
        )
        _rules(body, node, Place(above.trace, span_of(id_), above.sampled))


def _rules(body: TraceBody, node: EventNode, place: Place) -> None:
    for ruleset in node.rulesets:
        for rule in ruleset.rules:
            TRACING.add(
                f"rule {rule.name}",
                place,
                id_=0,
                start=body.start + rule.start / 1e6,
                stop=body.start + rule.stop / 1e6,
                attributes={"penstock.ruleset": ruleset.name, "penstock.questions": len(rule.asks)},
                failure=rule.error.strip().splitlines()[-1] if rule.error else None,
            )


def _times(body: TraceBody, node: EventNode) -> tuple[float, float]:
    """Return when an event began and ended; one that nothing handled took no time."""
    if not node.rulesets:
        return body.start, body.start
    return body.start + node.rulesets[0].start / 1e6, body.start + node.rulesets[-1].stop / 1e6
