"""What can be sold of a product whose stock would be different: what was told, and what other positions make of it.

A position shows what it was told to show, and the difference between what it would have and what it had. What the
execution that asks has promised itself by then counts on both sides.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.history.dryrun.knowledge import UncertainError
from penstock.history.dryrun.places import POSITION, STOCK, VIRTUAL
from penstock.history.rows import differing
from penstock.history.tree import Tree
from penstock.inventory.selling import ALL, SELLING_STATUSES, Terms, promisable, promisable_now, sellable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from penstock.history.dryrun.knowledge import Knowledge, Shown
    from penstock.history.dryrun.lane import Lane
    from penstock.history.dryrun.stock import Stock
    from penstock.model.rows import Row
    from penstock.rules import questions as q

Units = Counter[int]  # by position
INACTIVE = "INACTIVE"  # a virtual position that is not for sale


@dataclass(frozen=True)
class Told:
    """What an execution was told of a product, when it had promised so much itself."""

    rows: list[Shown]
    promised: Units


@dataclass(frozen=True)
class _Other:
    """What a position had and would have on hand: their difference counts, where not all is known of the position.

    ``old`` and ``row`` are the virtual position as it was and as it would be, ``showed`` and ``shows`` what could be
    promised of it, where it is known.
    """

    was: int
    would_be: int
    showed: int
    shows: int
    old: Row | None = None
    row: Row | None = None
    new: bool = False  # it was not shown

    @property
    def terms(self) -> Terms | None:
        """Return the terms that it is shown on; None where they would be others."""
        terms = Terms.of(self.row)
        return terms if self.old is None or Terms.of(self.old) == terms else None


@dataclass
class Selling:
    """Answers from what is known of the lanes of positions."""

    knowledge: Knowledge
    stock: Stock

    def touches(self, question: q.Grant) -> bool:
        """Return whether one of the positions would have, or show, something else."""
        for position, _ in question.amounts:
            product = self.knowledge.product(position) or ""
            pairs = [(_on_hand(was), _on_hand(row)) for was, row in self._pairs(product, POSITION, position)]
            pairs += [(_quantity(was), _quantity(row)) for was, row in self._pairs(product, VIRTUAL, position)]
            if any(was != would_be for was, would_be in pairs):
                return True
        return False

    def now(self, question: Any, position: int, catalogues: Collection[str], now: datetime) -> int:
        """Return the most that catalogues would show of a position by now, with what others have promised just now.

        Raises:
            UncertainError: not everything is known that happened to it.
        """
        lane = self.stock.lane_of(position)
        if lane is None or not lane.began:
            raise UncertainError(question, "its stock was promised at this moment, nobody knows in which order")
        row = _would_be(lane).rows.get(POSITION, {}).get(position)
        return max((self._now_in(question, catalogue, row, now) for catalogue in catalogues), default=0)

    def _now_in(self, question: Any, catalogue: str, position: Row | None, now: datetime) -> int:
        if position is None:
            return 0
        for other in self.stock.doubts.over(position.id):
            for row in _would_be(other).rows.get(VIRTUAL, {}).values():
                if row.position_id == position.id and self._shown_by(question, catalogue, row, now):
                    return 0 if row.status == INACTIVE else promisable_now(position, row)
        self._uncontrolled(question, catalogue, position.id, now)
        return promisable_now(position)

    def left(
        self, question: q.StockAt, product: str, told: Told, promised: Units, now: datetime, *, late: bool = False
    ) -> list[Shown]:
        """Return what would be told of a product to who would have promised so much by then.

        ``late``: it has been refused a promise before, so it knows what others were promised at this moment.

        Raises:
            UncertainError: what a position would show is not known.
        """
        others = self._others(question, product, now)
        rows = {int(row["positionId"]): row for row in told.rows}
        mine = {p for p in (told.promised.keys() | promised.keys()) if self.knowledge.product(p) == product}
        found = []
        for position in (*rows, *sorted((others.keys() | mine) - rows.keys())):
            alone = told.promised[position] + (rows[position]["quantity"] if position in rows else 0)
            other = others.get(position)
            if late and self.stock.moved.get(position) == now:
                units = self.now(question, position, [question.virtual_catalogue_ref], now)
            else:
                units = alone if other is None else self._shows(question, position, alone, other, now)
            if units > promised[position]:
                known = rows.get(position) or self.knowledge.shown.get((question.virtual_catalogue_ref, position))
                row = None if other is None else other.row
                found.append(_as_told(question, position, known, row, units - promised[position]))
        return found

    def lately(self, question: q.StockAt, product: str, now: datetime) -> Told:
        """Return what somebody would have been told of a product at a moment when nobody asked.

        Positions that nothing happened to are as they were told last; the others are followed.

        Raises:
            NotRecordedError: nobody has asked before, or something else has happened to a position since.
        """
        moment, told = self.knowledge.sellable(question, product, now)
        rows = {p: row for row in told if not self.stock.exact(p := int(row["positionId"]))}
        followed = self._followed(question, product, now)
        for position in rows.keys() - followed.keys():
            if position in self.stock.moved and self.stock.moved[position] >= moment:
                raise UncertainError(question, f"nobody knows what was left of {product} by then")
        return Told([row for row in (rows | followed).values() if row["quantity"] > 0], Counter())

    def _followed(self, question: q.StockAt, product: str, now: datetime) -> dict[int, Shown]:
        """Return the positions of a product of which everything is known, as they were."""
        lanes = self.stock.doubts.lanes_of(product)
        rows = [
            (table, row) for lane in lanes for table in STOCK for row in lane.past.tree.rows.get(table, {}).values()
        ]
        positions = {row.id: row for table, row in rows if table == POSITION}
        found = {
            row.position_id: _as_told(question, row.position_id, None, row, _there(positions.get(row.position_id), row))
            for table, row in rows
            if table == VIRTUAL and self._asked(question, row, now) and self.stock.exact(row.position_id)
        }
        for position in positions.values():
            if position.id not in found and self.stock.exact(position.id) and sellable(position):
                self._uncontrolled(question, question.virtual_catalogue_ref, position.id, now)
                known = self.knowledge.shown.get((question.virtual_catalogue_ref, position.id))
                found[position.id] = _as_told(question, position.id, known, None, sellable(position))
        return found

    def _uncontrolled(self, question: Any, catalogue_ref: str, position: int, now: datetime) -> None:
        """Check that a position of which nobody has seen the virtual one is shown as it is.

        Raises:
            UncertainError: controls may have a say.
        """
        catalogue = self.knowledge.facts.shared_by_ref("virtual_catalogue", catalogue_ref, now)
        if catalogue is not None and catalogue.control_group_ref is not None:
            raise UncertainError(question, f"nobody has seen what controls make of position {position}")

    def _shows(self, question: q.StockAt, position: int, alone: int, other: _Other, now: datetime) -> int:
        """Return what a position would show to who promises nothing: what was told, and the difference.

        What is promised in one batch is not in the answers of that batch, what is less than nothing is shown as
        nothing, and others than those who are looked at may have been promised something, too.
        """
        if (other.row or other.old) is None:
            self._uncontrolled(question, question.virtual_catalogue_ref, position, now)
        elif other.row is None or other.row.status == INACTIVE:
            return 0
        if other.new or self.stock.moved.get(position) == now:
            return self.now(question, position, [question.virtual_catalogue_ref], now)
        exact, terms = self.stock.exact(position), other.terms
        if exact and alone == other.showed:
            return other.shows
        if not alone and (exact or other.was < 0 or terms is None or terms.buffer < 0):
            raise UncertainError(question, f"nobody knows why position {position} was not shown")
        if terms is None or terms.share != ALL.share:
            raise UncertainError(question, f"nobody knows what controls made of position {position} at this moment")
        return max(0, alone + other.would_be - other.was)

    def _others(self, question: q.StockAt, product: str, now: datetime) -> dict[int, _Other]:
        """Return the positions of a product that would show something else in a catalogue."""
        pairs = self._pairs(product, POSITION)
        on_hand = {_either(was, row).id: (_on_hand(was), _on_hand(row)) for was, row in pairs}
        found = {p: _Other(a, b, max(0, a), max(0, b)) for p, (a, b) in on_hand.items() if a != b}
        for was, row in self._pairs(product, VIRTUAL):
            known = _either(was, row)
            position = known.position_id
            other = was is None or row is None or any(c != "updated_on" for c, _, _ in differing(VIRTUAL, was, row))
            if (other or position in found) and self._asked(question, known, now):
                found.pop(position, None)
                if other:
                    pair = on_hand.get(position, (_quantity(was), _quantity(row)))
                    before, after = self._behind(position)
                    new = was is None or was.status == INACTIVE
                    found[position] = _Other(*pair, _there(before, was), _there(after, row), was, row, new)
        return found

    def _behind(self, position: int) -> tuple[Row | None, Row | None]:
        """Return a position as it was and as it would be; None where that is not known."""
        lane = self.stock.lane_of(position)
        trees = () if lane is None else (lane.past.tree, _would_be(lane))
        was, would_be = (tree.rows.get(POSITION, {}).get(position) for tree in trees or (Tree(), Tree()))
        return was, would_be

    def _pairs(self, product: str, table: str, position: int | None = None) -> Iterator[tuple[Row | None, Row | None]]:
        """Yield the rows of a product's lanes as they were and as they would be, all or those of one position."""
        for lane in self.stock.doubts.lanes_of(product):
            was, would_be = lane.past.tree.rows.get(table, {}), lane.tree.rows.get(table, {})
            for id_ in was.keys() | would_be.keys() if lane.again else ():
                pair = was.get(id_), would_be.get(id_)
                own = {row.id if table == POSITION else row.position_id for row in pair if row is not None}
                if position is None or position in own:
                    yield pair

    def _asked(self, question: q.StockAt, row: Row, now: datetime) -> bool:
        """Return whether a virtual position shows one in the catalogue that is asked for."""
        return row.position_id is not None and self._shown_by(question, question.virtual_catalogue_ref, row, now)

    def _shown_by(self, question: Any, catalogue_ref: str, row: Row, now: datetime) -> bool:
        catalogue = self.knowledge.facts.shared("virtual_catalogue", row.catalogue_id, now)
        if catalogue is None:
            raise UncertainError(question, f"nobody has seen the catalogue of {row.ref} as it was then")
        return bool(catalogue.ref == catalogue_ref)


def _would_be(lane: Lane) -> Tree:
    return lane.tree if lane.again else lane.past.tree


def _either(was: Row | None, row: Row | None) -> Row:
    """Return a row as it would be, else as it was; one of them there is."""
    known = row or was
    assert known is not None
    return known


def _on_hand(position: Row | None) -> int:
    return 0 if position is None or position.status not in SELLING_STATUSES else position.on_hand or 0


def _quantity(row: Row | None) -> int:
    return 0 if row is None or row.status == INACTIVE else row.quantity or 0


def _there(position: Row | None, shown: Row | None) -> int:
    """Return what can be promised of what a virtual position shows; all of it where nobody has seen what is there."""
    units = _quantity(shown)
    return max(0, promisable(position, shown)) if units and shown is not None and position is not None else units


def _as_told(question: q.StockAt, position: int, known: Shown | None, row: Row | None, units: int) -> Shown:
    """Return a position as answers tell it: its virtual one, or what was told of that."""
    if row is not None:
        own = {"ref": row.ref, "productRef": row.product_ref, "groupRef": row.group_ref}
        return {**own, "quantity": units, "status": row.status, "positionId": str(position)}
    if known is None:
        raise UncertainError(question, f"nobody has seen how position {position} is shown")
    return {**known, "quantity": units}
