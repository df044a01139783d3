"""The questions of one execution in a dry run, answered from the record, with the rows as they would be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history.answers import Answers, NotRecordedError
from penstock.history.dryrun.knowledge import UncertainError, asks_stock
from penstock.history.dryrun.ledger import total, usual
from penstock.history.dryrun.patching import in_order, matches, patched, plain_rows
from penstock.history.dryrun.places import POSITION, QUANTITY, SINGLE
from penstock.history.dryrun.so_far import rows_at
from penstock.history.dryrun.stock import promises
from penstock.history.dryrun.waves import members, open_members
from penstock.history.tree import whole
from penstock.model.registry import MODEL
from penstock.rules import questions as q

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from penstock.history.answers import Place
    from penstock.history.bundles import Uncalled
    from penstock.history.dryrun.lane import Lane
    from penstock.history.dryrun.others import Others
    from penstock.history.dryrun.world import World
    from penstock.history.recorded import Recorded
    from penstock.model.rows import Row
    from penstock.orchestration.execution import Execution
    from penstock.orchestration.run import Run
    from penstock.rules.actions import Action

_ROWS = (q.ById, q.ByRef, q.Matching)


class Asked:
    """Answers the questions of one execution."""

    def __init__(self, world: World, lane: Lane, run: Run, base: Recorded | None, retailer: int, now: datetime) -> None:
        self._world, self._lane, self._run, self._base = world, lane, run, base
        self._own = None if base is None else Answers(base)
        self._retailer, self._now = retailer, now
        self._promised = [] if base is None else promises(base.body)
        self._others: Others = world.others

    def answer(self, place: Place, question: Any) -> Any:
        """Return what a rule would be told, as JSON.

        Raises:
            NotRecordedError: nobody has recorded it, or what was recorded would not hold.
        """
        if asks_stock(question):
            self._unpromised(question)
        found = self._found(place, question)
        self._world.knowledge.sure(question, found)
        self._world.doubts.certain(question, found)
        match question:
            case q.WavesOpen():
                return open_members(question, found, self._lane, self._run)
            case q.WaveFulfilments():
                return members(question, found, self._lane, self._run, self._world.lanes.values())
        return found

    def stand_in(self, _execution: Execution, _place: Place, rule: Uncalled) -> list[Action]:
        """Say that nobody knows what a rule would do that cannot be called.

        Raises:
            NotRecordedError: always.
        """
        raise UncalledError(rule)

    def _unpromised(self, question: Any) -> None:
        """Check that this context has promised what it had promised by then."""
        promised = [[p.fulfilment_id, {str(k): v for k, v in p.amounts.items()}] for p in self._run.promises]
        if promised != [p[1:] for p in self._promised[: len(promised)]]:
            raise NotRecordedError(question)

    def _found(self, place: Place, question: Any) -> Any:
        if isinstance(question, q.LedgerSum):
            return self._sum(place, question)
        if isinstance(question, _ROWS) and not whole(self._lane.root[0]):
            table = MODEL.table_of(question.entity).name
            if table in SINGLE:
                return self._rows(place, question, table)
        try:
            told = self._located(place, question)[0]
        except NotRecordedError:
            return self._others.answer(question, self._lane, self._retailer, self._now)
        return patched(question, told, self._world.doubts.differing)

    def _located(self, place: Place, question: Any) -> tuple[Any, Place]:
        if self._own is None:
            raise NotRecordedError(question)
        return self._own.located(place, question)

    # --- rows of a lane whose rows are asked for ---

    def _rows(self, place: Place, question: Any, table: str) -> Any:
        """Return rows of this lane as they would be, and those of others as they were told, or would be."""
        was, now = self._lane.past.tree.rows.get(table, {}), self._now_rows(table)
        try:
            told, at = self._located(place, question)
        except NotRecordedError:
            told = self._unrecorded(question, table, was, now)
        else:
            assert self._base is not None
            was = rows_at(self._base, at, table, was)
            told = patched(question, told, self._world.doubts.differing)
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
                    named in mine or self._world.knowledge.facts.missing((table, *named), self._now)
                    for named in ((catalogue, str(ref)) for catalogue in first for ref in second)
                ):
                    return []
        return self._others.answer(question, self._lane, self._retailer, self._now)

    # --- sums of the ledger ---

    def _sum(self, place: Place, question: q.LedgerSum) -> int:
        """Return a sum: what was told and the difference that other rows make; or what the position holds."""
        position, over = question.position_id, (question.types, question.statuses)
        was, now = self._lane.past.tree.rows.get(QUANTITY, {}), self._now_rows(QUANTITY)
        try:
            told, at = self._located(place, question)
        except NotRecordedError:
            return self._held(question, _of(position, now))
        assert self._base is not None
        if position not in self._now_rows(POSITION) and self._elsewhere(position):
            raise UncertainError(question, "the position's stock would be different")
        then = _of(position, rows_at(self._base, at, QUANTITY, was))
        return int(told) + total(_of(position, now), *over) - total(then, *over)

    def _elsewhere(self, position: int) -> bool:
        """Return whether quantities of another lane's position would be different."""
        pairs = (pair for (table, _), pair in self._world.doubts.differing.items() if table == QUANTITY)
        return any(row is not None and row.position_id == position for pair in pairs for row in pair)

    def _held(self, question: q.LedgerSum, now: list[Row]) -> int:
        loaded = self._lane.tree.rows
        row = loaded.get(POSITION, {}).get(question.position_id)
        if not usual(question.types, question.statuses) or question.position_id not in self._now_rows(POSITION):
            raise NotRecordedError(question)
        on_hand = 0 if row is None else row.on_hand or 0
        return on_hand + total(now) - total(_of(question.position_id, loaded.get(QUANTITY, {})))


class UncalledError(NotRecordedError):
    """Nobody knows what a rule would do that cannot be called."""

    def __init__(self, rule: Uncalled) -> None:
        super().__init__(rule)
        self.args = (f"what {rule.rule} does: {rule.reason}",)


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
