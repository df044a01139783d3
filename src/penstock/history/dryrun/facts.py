"""What the whole record tells of stock, whoever was told it: ids of rows, first sights of them, and what there is not.

Rows of stock are never deleted. So what somebody was told of later as missing, was missing before as well.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from penstock.history.answers import revived, rows_in
from penstock.history.dryrun.places import POSITION, QUANTITY, SHARED, STOCK
from penstock.history.execute import FRESH, refs_of
from penstock.history.rows import BOOKKEEPING, differing, table_of_struct
from penstock.inventory.ledger import reservation_ref
from penstock.model.registry import MODEL
from penstock.orchestration.places import table_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from penstock.history.recorded import Recorded
    from penstock.model.rows import Row

_OF_INTEREST = {POSITION, QUANTITY, *STOCK, *SHARED}
_UNREAD = {BOOKKEEPING, "updated_on"}
Named = tuple[str, Any, str]  # table, catalogue, ref


class Facts:
    """Take in contexts in order of time with :meth:`learn`, then ask."""

    def __init__(self) -> None:
        self.first: dict[tuple[str, int], Row] = {}  # each row of stock as it was first seen
        self.ids: dict[Named, int] = {}
        self._shared: dict[tuple[str, int], list[tuple[datetime, Row]]] = {}
        self._missing: dict[Named, tuple[datetime, datetime]] = {}  # first and last told so
        self._made: set[Named] = set()  # by rules: whoever follows the lane knows when
        self._created: set[str] = set()  # ids of rows that rules made
        self._refs: dict[int, dict[tuple[str, str], list[int]]] = {}  # of rows that rules made, by lane

    def learn(self, context: Recorded) -> None:
        """Take in what a context shows."""
        for row in _shown(context):
            self._see(row, context.moment)
        own = self._refs.setdefault(context.lane, defaultdict(list))
        # What was never stored has lent nobody its id: the next try has made other rows of the same refs.
        for named, ids in refs_of(context).items() if context.effective else ():
            own[named] += ids
            self._created |= {str(id_) for id_ in ids}
        for _, rule in context.rules():
            for ask in rule.asks:
                self._missed(ask.kind, ask.question, ask.answer, context)
            for action in rule.actions:
                if action[0] == "Create" and (table := table_of_struct(action[1])) in _OF_INTEREST:
                    values = action[2]
                    self._made.add((str(table), values.get("catalogue_id"), str(values.get("ref"))))
                elif action[0] == "Promise":
                    reserved = (self._reserved(int(p), action[1]) for p in action[2])
                    self._made |= {quantity for quantity in reserved if quantity}

    def _reserved(self, position: int, fulfilment: int) -> Named | None:
        row = self.first.get((POSITION, position))
        return None if row is None else (QUANTITY, row.catalogue_id, reservation_ref(row.ref, fulfilment))

    def _see(self, row: Row, at: datetime) -> None:
        table = table_of(row)
        if table in SHARED:
            self._shared.setdefault((table, row.id), []).append((at, row))
        elif table in _OF_INTEREST:
            self.first.setdefault((table, row.id), row)
            self.ids.setdefault((table, row.catalogue_id, row.ref), row.id)

    def _missed(self, kind: str, question: Any, answer: int, context: Recorded) -> None:
        asked = list(asked_by_ref(kind, question))
        told = {row.ref for row in rows_in(revived(context.value(answer)))} if asked else ()
        for named in asked:
            if named[2] not in told:
                first, _ = self._missing.get(named, (context.moment, None))
                self._missing[named] = first, context.moment

    def refs(self, lane: int) -> Mapping[tuple[str, str], list[int]]:
        """Return the recorded ids of the rows with a ref that rules made in a lane."""
        return self._refs.get(lane, {})

    def shared(self, table: str, id_: int, at: datetime) -> Row | None:
        """Return a catalogue as it was at a moment; None where nobody saw it, or not for sure."""
        seen = self._shared.get((table, id_), [])
        near = [row for moment, row in seen if moment <= at][-1:] + [row for moment, row in seen if moment > at][:1]
        if not near or any(column not in _UNREAD for column, _, _ in differing(table, near[0], near[-1])):
            return None
        return near[0]

    def shared_by_ref(self, table: str, ref: str, at: datetime) -> Row | None:
        """Return the same by the catalogue's ref."""
        found = (id_ for (kind, id_), seen in self._shared.items() if kind == table and seen[-1][1].ref == ref)
        return next((self.shared(table, id_, at) for id_ in found), None)

    def missing(self, named: Named, at: datetime) -> bool:
        """Return whether there was certainly no such row at a moment, but for what rules had made by then."""
        if any(part in self._created or (part.isdecimal() and int(part) >= FRESH) for part in named[2].split(":")):
            return True  # it speaks of a row that rules made, in the record or in the dry run
        first, last = self._missing.get(named, (None, None))
        if first is None or last is None:
            return named in self._made
        return last >= at or (first <= at and (named not in self.ids or named in self._made))


def asked_by_ref(kind: str, question: Any) -> Iterable[Named]:
    """Yield the rows of stock that a question asks for by their refs within a catalogue."""
    if kind not in {"ByRef", "Matching"}:
        return
    table = MODEL.table_of(question["entity"]).name
    if table not in _OF_INTEREST or table in SHARED:
        return
    if kind == "ByRef":
        yield table, question["within"], question["ref"]
        return
    where = dict(question["where"])
    if where.keys() == {"catalogue_id", "ref"}:
        for catalogue in where["catalogue_id"]:
            for ref in where["ref"]:
                yield table, catalogue, ref


def _shown(context: Recorded) -> Iterable[Row]:
    """Yield the rows of stock, and catalogues, that a context saw."""
    for table, rows in (context.tree() or {}).items():
        if table in _OF_INTEREST:
            yield from rows.values()
    for node in context.body.events:
        row = context.snapshot(node)
        if row is not None and table_of(row) in _OF_INTEREST:
            yield row
    for _, rule in context.rules():
        for ask in rule.asks:
            if _of_interest(ask.kind, ask.question):
                yield from rows_in(revived(context.value(ask.answer)))


def _of_interest(kind: str, question: Any) -> bool:
    named = {"CataloguesOfNetworks": "VirtualCatalogue"}.get(kind) or question.get("entity")
    return named is not None and MODEL.table_of(named).name in _OF_INTEREST
