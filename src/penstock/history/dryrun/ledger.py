"""What the database does by itself with the stock ledger: counters of positions, and the rows that keep promises.

Counters are sums. So what they would be is what they were, and the difference that the rows make which would be
others; rows that nobody knows are the same on both sides.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from penstock.history.dryrun.places import POSITION, QUANTITY
from penstock.inventory.ledger import COUNTING_STATUSES, COUNTING_TYPES, RESERVED, counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from penstock.history.tree import Rows
    from penstock.model.rows import Row
    from penstock.orchestration.run import Run

Counters = tuple[int, int]  # on hand, reserved


def usual(types: Sequence[str], statuses: Sequence[str]) -> bool:
    """Return whether a sum over these is the one that the database keeps as ``on_hand``."""
    return set(types) == set(COUNTING_TYPES) and set(statuses) == set(COUNTING_STATUSES)


def total(
    rows: Iterable[Row], types: Sequence[str] = COUNTING_TYPES, statuses: Sequence[str] = COUNTING_STATUSES
) -> int:
    """Return the sum of those quantities that are of one of the types, in one of the statuses."""
    own = tuple(types), tuple(statuses)
    return sum(row.quantity or 0 for row in rows if counts(row.type, row.status, *own))


def counters(rows: Iterable[Row]) -> Counters:
    """Return what the database would count of these quantities."""
    known = list(rows)
    return total(known), -total(known, (RESERVED,))


def quantities(rows: Rows, position: int) -> list[Row]:
    """Return the known quantities of a position."""
    return [row for row in rows.get(QUANTITY, {}).values() if row.position_id == position]


def booked(run: Run) -> dict[int, Counters]:
    """Return what the changes of a run add to the counters of positions."""
    before: dict[int, list[Row]] = defaultdict(list)
    after: dict[int, list[Row]] = defaultdict(list)
    for id_, row in run.rows.get(QUANTITY, {}).items():
        made, changed = id_ in run.made(QUANTITY), run.was(QUANTITY, id_)
        if made or changed:
            after[row.position_id].append(row)
        if changed and not made:
            before[row.position_id].append(_as_it_was(row, changed))
    found = {}
    for position, rows in after.items():
        is_, was = counters(rows), counters(before[position])
        found[position] = is_[0] - was[0], is_[1] - was[1]
    for id_, before_ in run.before.get(POSITION, {}).items():
        if "also_counted" in before_:
            on_hand, reserved = found.get(id_, (0, 0))
            more = (run.rows[POSITION][id_].also_counted or 0) - (before_["also_counted"] or 0)
            found[id_] = on_hand + more, reserved
    return found


def _as_it_was(row: Row, changed: Mapping[str, Any]) -> Row:
    values = {f: getattr(row, f) for f in row.__struct_fields__}
    old: Row = type(row)(**{**values, **changed})
    return old


def count(rows: Rows, before: dict[int, Counters], added: dict[int, Counters]) -> None:
    """Set the counters of positions to what they were before a run, and what the run added."""
    for id_, row in rows.get(POSITION, {}).items():
        known, more = before.get(id_, (0, 0)), added.get(id_, (0, 0))
        _set(row, known[0] + more[0], known[1] + more[1])


def _set(row: Row, on_hand: int, reserved: int) -> None:
    """Set the counters; nothing counted yet stays null."""
    if (row.on_hand or 0, row.reserved or 0) != (on_hand, reserved):
        row.on_hand, row.reserved = on_hand, reserved


def held(rows: Rows) -> dict[int, Counters]:
    """Return the counters of positions as the rows have them."""
    return {i: (row.on_hand or 0, row.reserved or 0) for i, row in rows.get(POSITION, {}).items()}


def recount(was: Rows, would_be: Rows) -> None:
    """Set the counters of positions that would be: those that were, and what other quantities make of them."""
    for id_, row in would_be.get(POSITION, {}).items():
        old = was.get(POSITION, {}).get(id_)
        begun = (0, 0) if old is None else (old.on_hand or 0, old.reserved or 0)
        also = (row.also_counted or 0) - ((old.also_counted or 0) if old else 0)
        now, then = counters(quantities(would_be, id_)), counters(quantities(was, id_))
        _set(row, begun[0] + now[0] - then[0] + also, begun[1] + now[1] - then[1])
