"""What writes do to stock beside the rules: promises are kept, counters counted, virtual positions follow."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history.compare import plain
from penstock.history.dryrun.ledger import counters, recount
from penstock.history.dryrun.places import POSITION, QUANTITY, VIRTUAL, lane_of_row
from penstock.history.rows import as_stored
from penstock.inventory.ledger import reservation, reservation_ref
from penstock.inventory.selling import sellable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from penstock.history.dryrun.doubts import Doubts
    from penstock.history.dryrun.facts import Facts
    from penstock.history.dryrun.lane import Lane
    from penstock.history.tree import Rows
    from penstock.model.rows import Row
    from penstock.orchestration.trace import RuleNode, TraceBody

_TERMS = ("position_id", "share", "buffer", "statuses")  # columns that say what a virtual position shows of another

Promised = list[tuple[int, int, int]]  # position, fulfilment, units


def promises_of(rule: RuleNode, body: TraceBody) -> list[Any]:
    """Return the promises of a rule as its trace keeps them."""
    return [plain(a, body) for a in rule.actions if a[0] == "Promise"]


def promised(body: TraceBody) -> Promised:
    """Return what a context promised, position by position."""
    rules = (rule for event in body.events for ruleset in event.rulesets for rule in ruleset.rules)
    made = (promise for rule in rules for promise in promises_of(rule, body))
    return sorted((int(p), f, units) for _, f, amounts in made for p, units in amounts.items())


@dataclass
class Stock:
    """The positions of a dry run. ``fresh`` gives ids for rows that nobody has seen."""

    lanes: dict[int, Lane]
    facts: Facts
    doubts: Doubts
    fresh: Callable[[], int]
    moved: dict[int, datetime] = field(default_factory=dict)  # when something of a position was promised last

    def promise(self, was: Promised, would_be: Promised, reason: str, now: datetime) -> None:
        """Keep the promises of one write, in what happened and in what would have."""
        for position in sorted({p for p, _, _ in (*was, *would_be)}):
            self.moved[position] = now
            kept, promised_now = ([p for p in side if p[0] == position] for side in (was, would_be))
            lane = self._lane(position)
            if lane is None:
                if kept != promised_now:
                    self.doubts.unseen(position, reason)
                continue
            if kept != promised_now and not lane.again:
                lane.go_again()
                lane.differs(reason, now)
            self._keep(lane, kept, promised_now, now)
            self.settle(lane, now)

    def exact(self, position: int) -> bool:
        """Return whether what happened to a position is followed by now: it had an event in this time."""
        lane = self.lane_of(position)
        return lane is not None and lane.began

    def lane_of(self, position: int) -> Lane | None:
        """Return the lane of a position; None where it has none, or nobody has seen it."""
        row = self.facts.first.get((POSITION, position))
        return None if row is None else self.lanes.get(lane_of_row(row) or 0)

    def _lane(self, position: int) -> Lane | None:
        """Return the lane of a position; its row is taken in as it was first seen, where nobody has seen it yet."""
        row, lane = self.facts.first.get((POSITION, position)), self.lane_of(position)
        if row is None or lane is None:
            return None
        if position not in lane.past.tree.rows.get(POSITION, {}):
            for tree in (lane.past.tree, lane.tree) if lane.again else (lane.past.tree,):
                tree.put(POSITION, copy.copy(row))
            self.doubts.place(lane)
        return lane

    def _keep(self, lane: Lane, was: Promised, would_be: Promised, now: datetime) -> None:
        ids: dict[str, int] = {}
        sides = ((lane.past.tree.rows, was, would_be), (lane.tree.rows, would_be if lane.again else [], was))
        for rows, side, other in sides:
            for position, holder, units in side:
                owner = rows.get(POSITION, {}).get(position)
                if owner is not None:
                    row = self._row(owner, holder, abs(units), ids, now)
                    (_reserve if units > 0 else _give_back)(rows, owner, row)
            for position, holder, units in other if lane.again else []:
                owner = rows.get(POSITION, {}).get(position)
                if owner is not None and units < 0 and (position, holder, units) not in side:
                    row = self._row(owner, holder, -units, ids, now)  # it goes on here, and is counted already
                    rows.setdefault(QUANTITY, {}).setdefault(row.id, row)

    def _row(self, owner: Row, holder: int, units: int, ids: dict[str, int], now: datetime) -> Row:
        """Return the row that keeps a promise; ``ids`` are those given on both sides."""
        ref = reservation_ref(owner.ref, holder)
        id_ = ids.setdefault(ref, self.facts.ids.get((QUANTITY, owner.catalogue_id, ref)) or self.fresh())
        return as_stored(QUANTITY, reservation(msgspec.structs.asdict(owner), holder, units, id_=id_, now=now))

    def settle(self, lane: Lane, now: datetime) -> None:
        """Count the positions of a lane, let virtual ones follow, and note what differs."""
        self.doubts.place(lane)
        if lane.again and lane.unknown is None:
            recount(lane.past.tree.rows, lane.tree.rows)
        self._followed(lane, now)
        self.doubts.compare(lane)
        for position in lane.past.tree.rows.get(POSITION, {}).keys() | lane.tree.rows.get(POSITION, {}).keys():
            for other in self.doubts.over(position):
                self._follow(other, lane, position, now)

    def _followed(self, lane: Lane, now: datetime) -> None:
        """Set what the virtual positions of a lane show."""
        for row in _virtual(lane.past.tree.rows) if not lane.again else ():
            owner = self._owner(row.position_id)
            if owner is not None and _differs(owner, row.position_id):
                lane.go_again()
                lane.differs(f"{owner.name} would be different", now)
                break
        for row in _virtual(lane.tree.rows) if lane.again and lane.unknown is None else ():
            _show(lane, row, self._owner(row.position_id))

    def _owner(self, position: int | None) -> Lane | None:
        """Return the lane of the position that a virtual one shows."""
        row = self.facts.first.get((POSITION, position or 0))
        if row is not None or position is None:
            return None if row is None else self.lanes.get(lane_of_row(row) or 0)
        return next((o for o in self.lanes.values() if position in o.tree.rows.get(POSITION, {})), None)

    def _follow(self, other: Lane, lane: Lane, position: int, now: datetime) -> None:
        """Let the virtual positions over one show what it has, in what happened and in what would have."""
        if lane.unknown is not None:
            if other.unknown is None:
                self.doubts.stop(other, f"how {lane.name} ends is unknown", now, direct=False)
            return
        was = lane.past.tree.rows.get(POSITION, {}).get(position)
        for row in _virtual(other.past.tree.rows):
            if row.position_id == position and was is not None:
                row.quantity = sellable(was, row)
        self._followed(other, now)
        self.doubts.compare(other)


def _virtual(rows: Rows) -> Iterable[Row]:
    """Return the virtual positions that follow a position; what others show, rules say."""
    return [row for row in rows.get(VIRTUAL, {}).values() if row.position_id is not None]


def _show(lane: Lane, row: Row, owner: Lane | None) -> None:
    """Set what a virtual position shows: what it showed, unless its position or its terms would be different."""
    old = lane.past.tree.rows.get(VIRTUAL, {}).get(row.id)
    same = old is not None and all(getattr(old, c) == getattr(row, c) for c in _TERMS)
    if old is not None and same and not (owner and _differs(owner, row.position_id)):
        row.quantity = old.quantity
    elif owner is not None:
        tree = owner.tree if owner.again else owner.past.tree
        position = tree.rows.get(POSITION, {}).get(row.position_id)
        row.quantity = row.quantity if position is None else sellable(position, row)


def _differs(lane: Lane, position: int) -> bool:
    """Return whether what a virtual position shows of this one would be different."""
    if not lane.again:
        return False
    pair = [rows.get(POSITION, {}).get(position) for rows in (lane.past.tree.rows, lane.tree.rows)]
    shown = [None if row is None else (row.on_hand, row.status) for row in pair]
    return shown[0] != shown[1]


def _give_back(rows: Rows, owner: Row, row: Row) -> None:
    """End the row of a hold that an order has taken over; nobody may have seen it, but it was counted."""
    known = rows.setdefault(QUANTITY, {})
    for id_ in [id_ for id_, other in known.items() if other.ref == row.ref and other.position_id == owner.id]:
        del known[id_]
    less = counters([row])
    owner.on_hand, owner.reserved = (owner.on_hand or 0) - less[0], (owner.reserved or 0) - less[1]


def _reserve(rows: Rows, owner: Row, row: Row) -> None:
    """Keep the row of a promise, unless it is known already: somebody has seen it in the same moment."""
    known = rows.setdefault(QUANTITY, {})
    if row.id not in known:
        known[row.id] = row
        more = counters([row])
        owner.on_hand, owner.reserved = (owner.on_hand or 0) + more[0], (owner.reserved or 0) + more[1]
