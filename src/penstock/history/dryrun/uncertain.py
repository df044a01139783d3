"""The rows of which nobody knows how they would be, and the questions whose answers depend on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from penstock.history.dryrun.knowledge import UncertainError
from penstock.history.dryrun.patching import matches
from penstock.history.dryrun.places import SHARED, SINGLE, STOCK, lane_by_ref
from penstock.history.rows import looks_like
from penstock.model.registry import MODEL
from penstock.rules import questions as q

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from penstock.history.dryrun.lane import Lane

# By these, rows that others may have changed are found all the same.
_LASTING = {"id", "ref", "catalogue_id", "position_id", "product_ref", "location_ref"}


@dataclass
class Uncertain:
    """The unknown lanes, and their rows."""

    lanes: dict[int, Lane] = field(default_factory=dict)
    rows: dict[tuple[str, int], Lane] = field(default_factory=dict)

    def take(self, lane: Lane) -> None:
        """Note the rows that an unknown lane has by now."""
        for table, rows in lane.past.tree.rows.items():
            for id_ in rows if table not in SHARED else ():
                self.rows.setdefault((table, id_), lane)

    def certain(self, question: Any, answer: Any) -> None:
        """Check that no row of an answer belongs to a lane of which nobody knows how it would be.

        A search among the rows of such a lane's tables may find others.
        """
        if not self.lanes:
            return
        lane = next(self._uncertain(question, answer), None)
        if lane is not None:
            raise UncertainError(question, f"how {lane.name} is by then is unknown")

    def _uncertain(self, question: Any, answer: Any) -> Iterator[Lane]:
        yield from (self.rows[key] for key in _rows_of(answer) if key in self.rows)
        if isinstance(question, q.ByRef) and question.within is not None:
            yield from self._named(MODEL.table_of(question.entity).name, (question.within,), (question.ref,))
        if isinstance(question, q.Matching):
            yield from self._found(MODEL.table_of(question.entity).name, dict(question.where))

    def _named(self, table: str, catalogues: Iterable[Any], refs: Iterable[Any]) -> Iterable[Lane]:
        lanes = (lane_by_ref(table, catalogue, ref) for catalogue in catalogues for ref in refs)
        return (self.lanes[lane] for lane in lanes if lane in self.lanes)

    def _found(self, table: str, where: dict[str, Any]) -> Iterable[Lane]:
        if table in STOCK and where.keys() >= {"catalogue_id", "ref"}:
            return self._named(table, where["catalogue_id"], where["ref"])
        lasting = tuple((c, v) for c, v in where.items() if c in _LASTING) if table in SINGLE else ()
        return (lane for (t, id_), lane in self.rows.items() if t == table and _may_match(lane, t, id_, lasting))


def _may_match(lane: Lane, table: str, id_: int, where: Any) -> bool:
    row = lane.past.tree.rows.get(table, {}).get(id_)
    return row is None or matches(row, where)


def _rows_of(value: Any) -> Iterable[tuple[str, int]]:
    if isinstance(value, list):
        for part in value:
            yield from _rows_of(part)
    elif isinstance(value, dict) and (table := looks_like(value)) is not None and "id" in value:
        yield table, value["id"]
