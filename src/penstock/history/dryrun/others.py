"""What a lane is told of others that nobody has recorded it being told: how they would be by now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history.answers import NotRecordedError
from penstock.history.dryrun.facts import asked_by_ref
from penstock.history.dryrun.patching import patched
from penstock.history.dryrun.places import STOCK, lane_by_ref, lane_of_row
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Lane as Lane_
from penstock.rules import questions as q

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.history.dryrun.doubts import Doubts
    from penstock.history.dryrun.knowledge import Knowledge
    from penstock.history.dryrun.lane import Lane
    from penstock.model.rows import Row


@dataclass
class Others:
    """Answers from what is known of all lanes."""

    lanes: dict[int, Lane]
    knowledge: Knowledge
    doubts: Doubts

    def answer(self, question: Any, asking: Lane, retailer: int, now: datetime) -> Any:
        """Return an answer as JSON.

        Raises:
            NotRecordedError: it is not known.
        """
        match question:
            case q.ById(entity=entity, id=id_) if (MODEL.table_of(entity).name, id_) in self.doubts.differing:
                return msgspec.to_builtins(self.doubts.differing[MODEL.table_of(entity).name, id_][1])
            case q.ById(entity=entity, id=id_) if MODEL.table_of(entity).name in STOCK:
                found = self._by_id(MODEL.table_of(entity).name, id_, asking)
                if found is not None:
                    return msgspec.to_builtins(found)
            case q.ById(entity=entity, id=id_) if MODEL.entity(entity).lane is Lane_.ROOT:
                found = self._in_trees(MODEL.table_of(entity).name, id_, asking)
                if found is not None:
                    return msgspec.to_builtins(found)
            case q.ByRef(entity=entity) if MODEL.table_of(entity).name in STOCK:
                rows = self._by_refs(question, asking, now)
                return msgspec.to_builtins(rows[0]) if rows else None
            case q.Matching(entity=entity, where=where) if MODEL.table_of(entity).name in STOCK and {
                c for c, _ in where
            } == {"catalogue_id", "ref"}:
                return msgspec.to_builtins(sorted(self._by_refs(question, asking, now), key=lambda row: int(row.id)))
        return patched(question, self.knowledge.near(question, retailer, now), self.doubts.differing)

    def _by_id(self, table: str, id_: int, asking: Lane) -> Row | None:
        first = self.knowledge.facts.first.get((table, id_))
        lane = None if first is None else self.lanes.get(lane_of_row(first) or 0)
        return None if lane is None else self._rows(lane, table, asking).get(id_)

    def _in_trees(self, table: str, id_: int, asking: Lane) -> Row | None:
        """Return a row of a tree that a lane holds as a whole, such as a fulfilment."""
        for lane in self.lanes.values():
            if id_ in (lane.tree if lane.again else lane.past.tree).rows.get(table, {}):
                return self._rows(lane, table, asking)[id_]
        return None

    @staticmethod
    def _rows(lane: Lane, table: str, asking: Lane) -> dict[int, Row]:
        """Return rows of a lane as they would be; who was told is noted, should they turn out to be older."""
        if lane is not asking:
            lane.readers.append(asking)
        return (lane.tree if lane.again else lane.past.tree).rows.get(table, {})

    def _by_refs(self, question: Any, asking: Lane, now: datetime) -> list[Row]:
        found = []
        for named in asked_by_ref(type(question).__name__, msgspec.to_builtins(question)):
            table, catalogue, ref = named
            lane = self.lanes.get(lane_by_ref(table, catalogue, ref) or 0)
            rows = {} if lane is None else self._rows(lane, table, asking)
            row = next((r for r in rows.values() if r.ref == ref), None)
            gone = lane is not None and any(r.ref == ref for r in lane.past.tree.rows.get(table, {}).values())
            if row is not None:
                found.append(row)
            elif not gone and not self.knowledge.facts.missing(named, now):
                raise NotRecordedError(question)
        return found
