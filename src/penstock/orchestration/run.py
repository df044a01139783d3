"""The work on one lane: its tree in memory, the changes made to it, and what goes out when it is written."""

from __future__ import annotations

from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from penstock.model.registry import MODEL
from penstock.model.rows import merged
from penstock.model.vocabulary import Column, Lane, Many, One
from penstock.model.writes import Changes, changed_from_outside
from penstock.orchestration.lanes import lane_of, lane_root
from penstock.orchestration.places import entity_of, root_place, table_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from penstock.delivery.records import OutboxRow
    from penstock.model.rows import Row
    from penstock.orchestration.records import EventRecord, PendingEvent
    from penstock.rules.actions import Promise

# What the database keeps, by table and column; with the column without which it does not.
_COUNTERS = {
    (e.table, c.column): c.counted_by for e in MODEL.entities for c in e.columns if isinstance(c, Column) and c.counter
}

_BY_ID = attrgetter("id")
_NONE: frozenset[int] = frozenset()
_NOTHING: Mapping[Any, Any] = MappingProxyType({})


class Run:
    """One lane's events, executed in order against one copy of its tree, and written together."""

    def __init__(self, lane: int, events: list[PendingEvent], *, outside: bool = False) -> None:
        """Begin; ``outside`` says that the trees that it changes are other lanes', as a client's changes are."""
        self.lane = lane
        self.events = events
        self._outside = outside
        self.rows: dict[str, dict[int, Row]] = {}
        self.joins: dict[str, set[tuple[int, int]]] = {}
        self.locks: dict[str, dict[int, int]] = {}  # table -> id -> revision as loaded
        # Of other lanes: rows made or changed here, which roots they stand under, and the revisions they were read at.
        self.others: dict[tuple[str, int], Row] = {}
        self.roots: dict[tuple[str, int], Row] = {}
        self.read_at: dict[str, dict[int, int]] = {}  # of roots that are changed: table -> id -> revision
        self.joined: dict[str, set[int]] = {}  # roots that get another row: table -> ids
        self.changes = Changes()
        self.created: dict[str, set[int]] = {}
        self.before: dict[str, dict[int, dict[str, Any]]] = {}  # stored values of what was changed
        self.promises: list[Promise] = []
        self.ledger: list[Row] = []  # rows that keep the promises; made anew at each try to write
        self.outbound: list[PendingEvent] = []
        self.webhooks: list[OutboxRow] = []
        self.records: list[EventRecord] = []

    # --- the tree in memory ---

    def keep(self, row: Row) -> Row:
        """Manage a row that was read, and lock its revision if it is the root of a lane; return the managed row."""
        return self.add(table_of(row), row)

    def add(self, table: str, row: Row) -> Row:
        """Manage a row of a table."""
        rows = self.rows.get(table)
        if rows is None:
            rows = self.rows[table] = {}
        known = rows.get(row.id)
        if known is not None:
            return known
        rows[row.id] = row
        if table in _LEADING and _leads_a_lane(row):
            self.locks.setdefault(table, {})[row.id] = row.revision
        return row

    def add_all(self, table: str, rows: list[Row]) -> list[Row]:
        """Manage rows of a table, of trees that are written as one; return those that are managed."""
        known = self.rows.setdefault(table, {})
        return [known.setdefault(row.id, row) for row in rows]

    def owns(self, row: Row) -> bool:
        """Return whether events to this row run in this lane."""
        table = table_of(row)
        if row.id in self.rows.get(table, ()):
            return True
        entity = entity_of(row)
        if entity.lane.value == "none":
            return False
        return lane_of(entity, row, {}, self.events[0].id, self._owner(row)) == self.lane

    def _owner(self, row: Row) -> Row | None:
        found = lane_root(entity_of(row))
        if found is None:
            return None
        root, column = found
        return self.rows.get(root.table, {}).get(getattr(row, column))

    def get(self, table: str, id_: int) -> Row | None:
        """Return a managed row."""
        rows = self.rows.get(table)
        return None if rows is None else rows.get(id_)

    def seen(self, table: str) -> dict[int, Row]:
        """Return by id the rows of a table that are managed, and those of other lanes that were made or changed."""
        managed = self.rows.get(table, {})
        return {id_: r for (t, id_), r in self.others.items() if t == table} | managed if self.others else managed

    def all(self, table: str) -> list[Row]:
        """Return the managed rows of a table, by id."""
        return sorted(self.rows.get(table, {}).values(), key=_BY_ID)

    def many(self, row: Row, field: Many) -> list[Row]:
        """Follow a list of the model in memory."""
        table = MODEL.table_of(field.target).name
        if field.through is not None:
            here, there = _positions(field.through.table, field.through.here)
            ids = sorted(p[there] for p in self.joins.get(field.through.table, ()) if p[here] == row.id)
            found = [self.get(table, i) for i in ids]
            return [r for r in found if r is not None]
        return sorted(self._matching(table, row, field), key=_BY_ID)

    def one(self, row: Row, field: One) -> Row | None:
        """Follow a link of the model in memory."""
        table = MODEL.table_of(field.target).name
        theirs, own = field.match[0]
        if theirs == "id":
            return self.get(table, getattr(row, own))
        return min(self._matching(table, row, field), key=_BY_ID, default=None)

    def _matching(self, table: str, row: Row, field: Many | One) -> Iterable[Row]:
        """Return the rows whose columns have the values that a link asks for."""
        found: Iterable[Row] = self.rows.get(table, {}).values()
        for theirs, own in field.match:
            value = getattr(row, own)
            found = [r for r in found if getattr(r, theirs) == value]
        return found

    # --- what the trace keeps of it ---

    def revision(self) -> int:
        """Return the revision of the lane's root as loaded, -1 where none was; the sum where there are several."""
        revisions = [r for own in self.locks.values() for r in own.values()]
        return sum(revisions) if revisions else -1

    def from_outside(self) -> bool:
        """Return whether somebody else than the engine was the last to change what was loaded."""
        return any(changed_from_outside(r) for own in self.locks.values() for r in own.values())

    # --- changes ---

    def made(self, table: str) -> AbstractSet[int]:
        """Return the ids of the rows of a table that this run has made."""
        return self.created.get(table, _NONE)

    def changed(self, table: str) -> AbstractSet[int]:
        """Return the ids of the rows of a table that this run has made or changed."""
        return self.made(table) | self.before.get(table, _NOTHING).keys()

    def was(self, table: str, id_: int) -> Mapping[str, Any]:
        """Return by column what was stored of a row where this run has changed it."""
        return self.before.get(table, _NOTHING).get(id_, _NOTHING)

    def create(self, row: Row) -> None:
        """Store a new row; changes made to it later in this run go into the same insert."""
        table = table_of(row)
        if self._elsewhere(row):
            self._create_elsewhere(row)
            return
        self.rows.setdefault(table, {})[row.id] = row
        self.created.setdefault(table, set()).add(row.id)
        self.changes.insert(row)
        self._raise(row)

    def create_all(self, rows: list[Row]) -> None:
        """Store new rows, all of one entity and of trees that this run may change."""
        entity, table = entity_of(rows[0]), table_of(rows[0])
        self.rows.setdefault(table, {}).update((row.id, row) for row in rows)
        self.created.setdefault(table, set()).update(row.id for row in rows)
        self.changes.insert(*rows)
        root = lane_root(entity)
        if root is not None and root[1] != "id":
            self._raise_all(rows)

    def _elsewhere(self, row: Row) -> bool:
        """Return whether a new row belongs to the tree of another lane."""
        entity, (root, column) = entity_of(row), lane_root(entity_of(row)) or (None, "")
        if entity.lane is not Lane.ROOT or root is None or getattr(row, column) in self.rows.get(root.table, ()):
            return False
        return lane_of(entity, row, {}, self.events[0].id) != self.lane

    def _create_elsewhere(self, row: Row) -> None:
        """Store a new row in the tree of another lane, which is told that it has changed."""
        self.others[table_of(row), row.id] = row
        self.changes.insert(row)
        root, column = lane_root(entity_of(row)) or (entity_of(row), "id")
        id_ = getattr(row, column)
        known = self.others.get((root.table, id_))
        if root.tracked and id_ is not None and (known is None or not self.changes.inserts(known)):
            self.joined.setdefault(root.table, set()).add(id_)
            self.changes.raise_revision(root, id_)

    def update_elsewhere(self, row: Row, values: dict[str, Any], now: datetime) -> None:
        """Change fields of a row that leads another lane, as it was read; whoever was faster has it driven again."""
        table = table_of(row)
        row = self.others.setdefault((table, row.id), row)
        changed = {c: merged(row.attributes, v) if c == "attributes" else v for c, v in values.items()}
        changed = {column: value for column, value in changed.items() if getattr(row, column) != value}
        for column, value in changed.items():
            setattr(row, column, value)
        if changed and not self.changes.inserts(row):
            self.read_at.setdefault(table, {}).setdefault(row.id, row.revision)
            self.changes.update(entity_of(row), row.id, changed | _touched(row, now))
            self.changes.raise_revision(entity_of(row), row.id)

    def place(self, row: Row, root: Row) -> None:
        """Note the root of another tree that a new row stands under."""
        self.roots[table_of(row), row.id] = root

    def root(self, row: Row) -> Row | None:
        """Return the root of a row's workflow, where it is known here."""
        key = root_place(row)
        return self.get(*key) or self.others.get(key) or self.roots.get((table_of(row), row.id))

    def update(self, row: Row, values: dict[str, Any], now: datetime) -> None:
        """Change fields of a row of this lane; counters change in memory only, the database keeps them."""
        table = table_of(row)
        row = self.add(table, row)
        changed: dict[str, Any] = {}
        for column, value in values.items():
            new = merged(row.attributes, value) if column == "attributes" else value
            old = getattr(row, column)
            if old != new:
                self.before.setdefault(table, {}).setdefault(row.id, {}).setdefault(column, old)
                setattr(row, column, new)
                if not _counted(row, table, column):
                    changed[column] = new
        if changed:
            changed |= _touched(row, now)
            if row.id not in self.made(table):
                self.changes.update(entity_of(row), row.id, changed)
            self._raise(row)

    def update_all(self, changes: Sequence[tuple[int, Row, dict[str, Any]]], now: datetime) -> None:
        """Change fields of rows of one table, each managed already and none of it one that counters are of."""
        table = table_of(changes[0][1])
        counted = {column for t, column in _COUNTERS if t == table}
        before, created = self.before.setdefault(table, {}), self.made(table)
        updated: dict[int, dict[str, Any]] = {}
        dated = hasattr(changes[0][1], "updated_on")
        raised: list[Row] = []
        for _, row, values in changes:
            id_, stored = row.id, {}
            if "attributes" in values:
                self.changes.update_all(table, {id_: updated.pop(id_)} if id_ in updated else {})
                self.update(row, values, now)
                continue
            for column, new in values.items():
                old = getattr(row, column)
                if old != new:
                    known = before.get(id_)
                    if known is None:
                        before[id_] = {column: old}
                    else:
                        known.setdefault(column, old)
                    setattr(row, column, new)
                    if column not in counted or not _counted(row, table, column):
                        stored[column] = new
            if stored and id_ not in created:
                if dated:
                    row.updated_on = stored["updated_on"] = now
                updated[id_] = updated[id_] | stored if id_ in updated else stored
                raised.append(row)
        self.changes.update_all(table, updated)
        self._raise_all(raised)

    def join(self, table: str, columns: dict[str, int]) -> None:
        """Connect two rows."""
        (first, _), (second, _) = MODEL.joins[table]
        self.joins.setdefault(table, set()).add((columns[first], columns[second]))
        self.changes.join(table, columns)

    def ready(self) -> Changes:
        """Return the changes to write; counters of new rows start at zero where the database adds to them."""
        for (counted, column), by in _COUNTERS.items() if self.created else ():
            rows = self.rows.get(counted, {})
            for id_ in self.made(counted) if by is None else ():  # what is computed from scratch is right already
                setattr(rows[id_], column, 0)
        return self.changes

    def _raise(self, row: Row) -> None:
        found = lane_root(entity_of(row))
        if found is None:
            return
        root, id_ = found[0], getattr(row, found[1])
        if id_ is None:
            root, id_ = entity_of(row), row.id
        if root.tracked and id_ not in self.made(root.table):
            self.changes.raise_revision(root, id_, engine=not self._outside)

    def _raise_all(self, rows: list[Row]) -> None:
        """Raise the revisions of what rows of one entity stand under."""
        found = lane_root(entity_of(rows[0])) if rows else None
        if found is None or not found[0].tracked:
            return
        ids = {getattr(row, found[1]) for row in rows}
        if None in ids:
            for row in rows:
                self._raise(row)
        else:
            self.changes.raise_revisions(found[0], ids - self.made(found[0].table), engine=not self._outside)


_LEADING = {e.table for e in MODEL.entities if e.tracked and lane_root(e) is not None}


def _counted(row: Row, table: str, column: str) -> bool:
    """Return whether the database keeps a column of a row."""
    by = _COUNTERS.get((table, column), "")
    return by is None or (by != "" and getattr(row, by) is not None)


def changes_elsewhere(row: Row) -> bool:
    """Return whether a run may change this row of another lane: its root, unless the row counts stock."""
    return table_of(row) in _LEADING - {table for table, _ in _COUNTERS} and _leads_a_lane(row)


def _leads_a_lane(row: Row) -> bool:
    """Return whether the row is the root of a lane, or without the root that it might have."""
    entity = entity_of(row)
    found = lane_root(entity)
    return entity.tracked and found is not None and (found[1] == "id" or getattr(row, found[1]) is None)


def _touched(row: Row, now: datetime) -> dict[str, Any]:
    if not hasattr(row, "updated_on"):
        return {}
    row.updated_on = now
    return {"updated_on": now}


def _positions(join: str, here: str) -> tuple[int, int]:
    """Return the places of the two sides in a pair of a join table."""
    (first, _), _ = MODEL.joins[join]
    return (0, 1) if first == here else (1, 0)
