"""One context of the log with its trace, and what a replay reads from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history.rows import decoded_row, decoded_rows, event_row_table
from penstock.orchestration.expand import resolved
from penstock.orchestration.failing import took_effect
from penstock.orchestration.lanes import numbered
from penstock.orchestration.records import EventRecord, PendingEvent
from penstock.orchestration.records import numbered as numbered_event
from penstock.orchestration.trace import Loaded, TraceBody, decode

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable
    from datetime import datetime

    from penstock.model.rows import Row
    from penstock.orchestration.trace import EventNode, RuleNode

OLD = Loaded(lane=0, revision=-1, turn=0)  # what traces of format 1 say about it: nothing


@dataclass(frozen=True)
class Recorded:
    """A context as it was recorded."""

    record: EventRecord
    body: TraceBody

    @classmethod
    def of(cls, stored: Any) -> Recorded:
        """Return the context of a row of the log."""
        record = EventRecord(**{f: stored[f] for f in EventRecord.__struct_fields__})
        return cls(record, decode(record.trace))

    @property
    def loaded(self) -> Loaded:
        """Return what it began with."""
        return self.body.loaded or OLD

    @property
    def lane(self) -> int:
        """Return its lane; for a trace that does not tell, that of its root's tree."""
        return self.loaded.lane if self.complete else numbered(f"{self.record.root_type}:{self.record.root_id}")

    @property
    def complete(self) -> bool:
        """Return whether the trace holds what a replay needs; those of older versions do not."""
        return self.body.loaded is not None

    @property
    def sender(self) -> uuid.UUID | None:
        """Return the id of the context whose event, from outside or inline, has sent this one."""
        parent = self.record.parent
        return None if parent is None else numbered_event(parent, 0)

    @property
    def moment(self) -> datetime:
        """Return the time that its rules saw."""
        return self.record.done

    @property
    def effective(self) -> bool:
        """Return whether its changes were stored; they were not when the database refused them."""
        return bool(self.body.events) and took_effect(self.record)

    @cached_property
    def order(self) -> tuple[int, Any, int, Any]:
        """Return its place in its lane: by revision, since clocks of two machines may differ, then by time."""
        return self.loaded.revision, self.moment, self.loaded.turn, self.record.id

    @cached_property
    def pending(self) -> PendingEvent:
        """Return the event as it stood in the queue."""
        record, loaded = self.record, self.loaded
        node = self.body.events[0] if self.body.events else None
        own = self.snapshot(node) if node else None
        return PendingEvent(
            id=record.id,
            lane=self.lane,
            name=record.name,
            type=record.type,
            retailer_id=record.retailer_id,
            entity_type=record.entity_type,
            entity_id=record.entity_id,
            entity_ref=record.entity_ref,
            entity_subtype=getattr(own, "type", None),
            root_type=record.root_type,
            root_id=record.root_id,
            root_ref=record.root_ref,
            attributes=resolved(node.attributes, self.body) if node else {},
            meta=loaded.meta,
            source=record.source,
            generated_by=record.generated_by,
            created=record.created,
            due=loaded.due,
            parent=record.parent,
        )

    def snapshot(self, node: EventNode) -> Row | None:
        """Return the entity of an event as it was when the context first saw it; None where that is not kept."""
        table = event_row_table(node.entity_type)
        return None if node.snapshot < 0 or table is None else decoded_row(table, self.body.values[node.snapshot])

    def tree(self) -> dict[str, dict[int, Row]] | None:
        """Return all rows as they were loaded, by table and id; None where the trace does not keep them."""
        if self.loaded.rows is None:
            return None
        found = {table: {r.id: r for r in decoded_rows(table, rows)} for table, rows in self.loaded.rows.items()}
        first = self.snapshot(self.body.events[0]) if self.body.events else None
        if first is not None:
            found.setdefault(event_row_table(self.record.entity_type) or "", {})[first.id] = first
        return found

    def joins(self) -> dict[str, set[tuple[int, int]]]:
        """Return the pairs of join tables as they were loaded."""
        return {table: {(one, other) for one, other in pairs} for table, pairs in (self.loaded.joins or {}).items()}

    def rules(self) -> Iterable[tuple[EventNode, RuleNode]]:
        """Yield every rule that ran, with its event, in order."""
        for node in self.body.events:
            for ruleset in node.rulesets:
                for rule in ruleset.rules:
                    yield node, rule

    def value(self, number: int) -> Any:
        """Return a value that the trace keeps once."""
        return msgspec.json.decode(self.body.values[number])

    def plain(self, value: Any) -> Any:
        """Return JSON of the trace with references replaced by the values that they stand for."""
        if isinstance(value, dict):
            if value.keys() == {"$"} and isinstance(value["$"], int):
                return self.value(value["$"])
            return {k: self.plain(v) for k, v in value.items()}
        return [self.plain(v) for v in value] if isinstance(value, list) else value


def in_order(contexts: Iterable[Recorded]) -> list[Recorded]:
    """Return contexts in the order of their lanes.

    One that knew no revision, since it found the root of its lane only by asking for it, stands behind those of its
    lane that were before it in time.
    """
    latest: dict[int, int] = {}
    placed: list[tuple[tuple[Any, ...], Recorded]] = []
    for context in sorted(contexts, key=lambda c: (c.moment, c.order)):
        revision = max(context.loaded.revision, latest.get(context.lane, -1))
        latest[context.lane] = revision
        known = context.loaded.revision if context.loaded.revision >= 0 else revision
        placed.append(((known, *context.order[1:]), context))
    return [context for _, context in sorted(placed, key=itemgetter(0))]
