"""The rows of a lane in memory, from context to context, and what changed between two states of them."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from penstock.history.rows import as_stored, differing, event_row_table
from penstock.model.registry import MODEL
from penstock.orchestration.places import entity_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.model.rows import Row
    from penstock.orchestration.records import PendingEvent
    from penstock.orchestration.run import Run

Rows = dict[str, dict[int, "Row"]]
_WHOLE = {e.event for e in MODEL.entities if e.tree == e.name}  # roots whose trees are loaded as a whole


@dataclass(frozen=True)
class Change:
    """One column of a row that changed, or a whole row that came or went (``column`` None)."""

    table: str
    id: int
    ref: str | None
    column: str | None
    before: Any
    after: Any
    entity: str = ""


@dataclass
class Tree:
    """All rows that are known of a lane, and the pairs of its join tables."""

    rows: Rows = field(default_factory=dict)
    joins: dict[str, set[tuple[int, int]]] = field(default_factory=dict)

    def load(self, run: Run, events: Iterable[PendingEvent]) -> None:
        """Give a run the rows that the engine would load for these events."""
        for rows in self._wanted(events).values():
            for row in rows:
                run.keep(copy.copy(row))
        for table, pairs in self.joins.items():
            run.joins[table] = set(pairs)

    def _wanted(self, events: Iterable[PendingEvent]) -> dict[str, list[Row]]:
        found: dict[str, dict[int, Row]] = {}
        for event in events:
            if event.root_type in _WHOLE:
                return {table: list(rows.values()) for table, rows in self.rows.items()}
            for type_, id_ in ((event.entity_type, event.entity_id), (event.root_type, event.root_id)):
                table = event_row_table(type_ or "")
                row = self.rows.get(table or "", {}).get(id_ or 0)
                if table is not None and row is not None:
                    found.setdefault(table, {})[row.id] = row
        return {table: list(rows.values()) for table, rows in found.items()}

    def adopt(self, run: Run) -> None:
        """Take over what a run left, as the database would give it back."""
        for table, rows in run.rows.items():
            self.rows.setdefault(table, {}).update({i: as_stored(table, r) for i, r in rows.items()})
        for table, pairs in run.joins.items():
            self.joins.setdefault(table, set()).update(pairs)

    def put(self, table: str, row: Row) -> None:
        """Keep a row."""
        self.rows.setdefault(table, {})[row.id] = row


def whole(root_type: str | None) -> bool:
    """Return whether the tree of a root is loaded as a whole."""
    return root_type in _WHOLE


def copied(rows: Rows) -> Rows:
    """Return a copy whose rows may be changed."""
    return {table: {i: copy.copy(r) for i, r in own.items()} for table, own in rows.items()}


def changes(before: Rows, after: Rows) -> list[Change]:
    """Return what changed from one state to another, table by table."""
    found: list[Change] = []
    for table in sorted(before.keys() | after.keys()):
        old, new = before.get(table, {}), after.get(table, {})
        for id_ in sorted(old.keys() | new.keys()):
            found += _changed(table, id_, old.get(id_), new.get(id_))
    return found


def _changed(table: str, id_: int, old: Row | None, new: Row | None) -> Iterable[Change]:
    row = new if new is not None else old
    about = table, id_, getattr(row, "ref", None)
    if old is None or new is None:
        yield Change(*about, None, old, new, entity_of(row).name)
        return
    for column, was, is_ in differing(table, old, new):
        yield Change(*about, column, was, is_, entity_of(row).name)
