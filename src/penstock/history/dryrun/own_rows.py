"""What rules are told of their own lane, where it loads its rows one by one: those that would be, and their sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history.answers import Answers, NotRecordedError
from penstock.history.dryrun.knowledge import UncertainError
from penstock.history.dryrun.ledger import total, usual
from penstock.history.dryrun.patching import in_order, matches, patched, plain_rows
from penstock.history.dryrun.places import POSITION, QUANTITY
from penstock.history.dryrun.so_far import rows_at
from penstock.inventory.ledger import RESERVED
from penstock.rules import questions as q

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from penstock.history.answers import Place
    from penstock.history.dryrun.lane import Lane
    from penstock.history.dryrun.others import Others
    from penstock.history.recorded import Recorded
    from penstock.model.rows import Row
    from penstock.orchestration.run import Run

_PROMISES = {"position_id", "type", "status"}  # what a question about the promises of a position gives


class OwnRows:
    """The rows of a lane in one execution: as the recorded context ``base`` saw them, and as the run has them."""

    def __init__(
        self, others: Others, lane: Lane, run: Run, base: Recorded | None, retailer: int, now: datetime
    ) -> None:
        self._others, self._doubts = others, others.doubts
        self._lane, self._run, self._base = lane, run, base
        self._own = None if base is None else Answers(base)
        self._retailer, self._now = retailer, now

    def located(self, place: Place, question: Any) -> tuple[Any, Place]:
        """Return the recorded answer, and the place of the rule that was told it; ``NotRecordedError`` without."""
        if self._own is None:
            raise NotRecordedError(question)
        return self._own.located(place, question)

    def rows(self, place: Place, question: Any, table: str) -> Any:
        """Return rows of this lane as they would be, and those of others as they were told, or would be."""
        was, now = self._lane.past.tree.rows.get(table, {}), self._now_rows(table)
        try:
            told, at = self.located(place, question)
        except NotRecordedError:
            told = self._unrecorded(question, table, was, now)
        else:
            assert self._base is not None
            was = rows_at(self._base, at, table, was)
            told = patched(question, told, self._doubts.differing)
        return _overlaid(question, told, was.keys() | now.keys(), now)

    def _now_rows(self, table: str) -> dict[int, Row]:
        return self._lane.tree.rows.get(table, {}) | self._run.rows.get(table, {})

    def _unrecorded(self, question: Any, table: str, was: Mapping[int, Row], now: Mapping[int, Row]) -> Any:
        """Return the rows of other lanes that a question means which nobody has recorded here."""
        match question:
            case q.ById(id=id_) if id_ in now or id_ in was:
                return None
            case q.ByRef() if any(_is(row, question) for row in (*now.values(), *was.values())):
                return None
            case q.Matching(where=where) if table == QUANTITY and {c for c, _ in where} == {"catalogue_id", "ref"}:
                mine = {(row.catalogue_id, row.ref) for row in (*now.values(), *was.values())}
                (_, first), (_, second) = sorted(where)
                if all(
                    named in mine or self._others.knowledge.facts.missing((table, *named), self._now)
                    for named in ((catalogue, str(ref)) for catalogue in first for ref in second)
                ):
                    return []
            case q.Matching(where=where) if table == QUANTITY and dict(where).keys() == _PROMISES:
                others = self._other_promises(dict(where))
                if others is not None:
                    return others
        return self._others.answer(question, self._lane, self._retailer, self._now)

    def _other_promises(self, where: Mapping[str, tuple[object, ...]]) -> list[Any] | None:
        """Return the promises of a position that only others have seen; None unless all that there are add up."""
        loaded, seen = self._lane.tree.rows, self._others.knowledge.facts.first
        own = loaded.get(QUANTITY, {})
        found: list[Row] = []
        for id_ in where["position_id"]:
            position = loaded.get(POSITION, {}).get(int(str(id_)))
            if position is None or where["type"] != (RESERVED,):
                return None
            others = [
                r for (t, n), r in seen.items() if t == QUANTITY and n not in own and r.position_id == position.id
            ]
            promised = [r for r in others if r.type == RESERVED and r.created_on <= self._now]
            if -total([*_of(position.id, own), *promised], (RESERVED,)) != (position.reserved or 0):
                return None
            found += promised
        return plain_rows(row for row in found if row.status in where["status"])

    def sum(self, place: Place, question: q.LedgerSum) -> int:
        """Return a sum: what was told and the difference that other rows make; or what the position holds."""
        position, over = question.position_id, (question.types, question.statuses)
        was, now = self._lane.past.tree.rows.get(QUANTITY, {}), self._now_rows(QUANTITY)
        try:
            told, at = self.located(place, question)
        except NotRecordedError:
            return self._held(question, _of(position, now))
        assert self._base is not None
        if position not in self._now_rows(POSITION) and self._elsewhere(position):
            raise UncertainError(question, "the position's stock would be different")
        then = _of(position, rows_at(self._base, at, QUANTITY, was))
        return int(told) + total(_of(position, now), *over) - total(then, *over)

    def _elsewhere(self, position: int) -> bool:
        """Return whether quantities of another lane's position would be different."""
        pairs = (pair for (table, _), pair in self._doubts.differing.items() if table == QUANTITY)
        return any(row is not None and row.position_id == position for pair in pairs for row in pair)

    def _held(self, question: q.LedgerSum, now: list[Row]) -> int:
        loaded = self._lane.tree.rows
        row = loaded.get(POSITION, {}).get(question.position_id)
        if not usual(question.types, question.statuses) or question.position_id not in self._now_rows(POSITION):
            raise NotRecordedError(question)
        on_hand = 0 if row is None else row.on_hand or 0
        return on_hand + total(now) - total(_of(question.position_id, loaded.get(QUANTITY, {})))


def _of(position: int, rows: Mapping[int, Row]) -> list[Row]:
    return [row for row in rows.values() if row.position_id == position]


def _is(row: Row, question: q.ByRef) -> bool:
    parent = getattr(row, "catalogue_id", question.within)
    return bool(row.ref == question.ref and question.within in {None, parent})


def _overlaid(question: Any, told: Any, own: set[int], now: Mapping[int, Row]) -> Any:
    """Return an answer in which the rows of the lane are those that would be."""
    match question:
        case q.ById(id=id_):
            return msgspec.to_builtins(now[id_]) if id_ in now else None if id_ in own else told
        case q.ByRef():
            found = next((row for row in now.values() if _is(row, question)), None)
            if found is not None:
                return msgspec.to_builtins(found)
            return None if told is not None and told["id"] in own else told
    mine = plain_rows(row for row in now.values() if matches(row, question.where))
    return in_order([*(row for row in told if row["id"] not in own), *mine])
