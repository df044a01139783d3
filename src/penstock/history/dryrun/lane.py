"""A lane in a dry run: what really happened to it, and what would have."""

from __future__ import annotations

import copy
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from penstock.history.past import Past
from penstock.history.rows import COUNTED, differing, event_row_table
from penstock.history.tree import Change, Tree, changes, copied
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Lane as Lanes
from penstock.orchestration.lanes import lane_of
from penstock.orchestration.places import entity_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from penstock.history.recorded import Recorded
    from penstock.model.rows import Row
    from penstock.orchestration.workflow import Workflow

_COUNTED_TABLES = {table for table, _ in COUNTED}
MINOR = frozenset({"created_on", "updated_on"})  # moments of bookkeeping; no decision is read from them


@dataclass
class Lane:
    """The events of one lane. ``again``: they are executed again; else they are as recorded.

    ``why`` is the first thing that went otherwise, ``unknown`` why nobody can say how the lane would have ended.
    """

    id: int
    root: tuple[str | None, int | None]
    past: Past = field(default_factory=Past)
    tree: Tree = field(default_factory=Tree)
    again: bool = False
    began: bool = False
    why: str | None = None
    unknown: str | None = None
    direct: bool = True  # unknown by what it asks itself, not because others are
    at: datetime | None = None  # of ``why`` or ``unknown``
    differing: dict[tuple[str, int], Row | None] = field(default_factory=dict)
    contexts: set[uuid.UUID] = field(default_factory=set)

    @property
    def head(self) -> Row | None:
        """Return the root of the lane as it would be."""
        table = event_row_table(self.root[0] or "") or ""
        id_ = self.root[1] or 0
        return self.tree.rows.get(table, {}).get(id_) or self.past.tree.rows.get(table, {}).get(id_)

    @property
    def name(self) -> str:
        """Return what people call it: ``ORDER WEB-1``."""
        return f"{self.root[0]} {getattr(self.head, 'ref', None) or self.root[1]}"

    @cached_property
    def kept(self) -> bool:
        """Return whether its rows are followed: a lane whose root is in no lane cannot go again."""
        return any(e.lane in {Lanes.ROOT, Lanes.SELF} for e in MODEL.of_event(self.root[0] or ""))

    def can_go_again(self) -> bool:
        """Return whether its events can be executed again: the root is in it, and the database counts nothing of it."""
        row = self.head
        if row is None or any(table in _COUNTED_TABLES for table in self.past.tree.rows):
            return False
        return lane_of(entity_of(row), row, {}, _NOBODY) == self.id

    def go_again(self) -> None:
        """Execute its events again from here on."""
        self.again = True
        self.tree = Tree(copied(self.past.tree.rows), {t: set(p) for t, p in self.past.tree.joins.items()})

    def outside(self, context: Recorded, newer: Workflow) -> None:
        """Let happen what clients changed before a context; new trees get the workflow's major version."""
        found = self.past.before(context)
        if not self.again:
            return
        for change in found:
            self._change(change, None if self.began else newer)
        for table, pairs in context.joins().items():
            self.tree.joins.setdefault(table, set()).update(pairs)

    def _change(self, change: Change, newer: Workflow | None) -> None:
        rows = self.tree.rows.setdefault(change.table, {})
        if change.column is None:
            if change.after is None:
                rows.pop(change.id, None)
            else:
                rows[change.id] = copy.copy(change.after)
                if newer is not None and getattr(change.after, "workflow_ref", None) == newer.name:
                    rows[change.id].workflow_version = newer.major
        elif change.id in rows:
            setattr(rows[change.id], change.column, change.after)

    def compare(self) -> None:
        """Note which rows are not what they were."""
        found = set() if self.unknown else {(c.table, c.id) for c in self.differences()}
        self.differing = {key: self.tree.rows.get(key[0], {}).get(key[1]) for key in found}

    def differences(self) -> list[Change]:
        """Return where the rows are not what they were."""
        found = [c for c in changes(self.past.tree.rows, self.tree.rows) if c.column not in MINOR]
        new: dict[tuple[str, str | None], Change] = {
            (c.table, c.ref): c for c in found if c.ref is not None and c.column is None and c.before is None
        }
        paired: list[Change] = []
        for change in found:
            other = new.get((change.table, str(change.ref))) if change.column is None and change.after is None else None
            if other is not None:  # another rule made the row: it has another id, but it is the same to people
                paired += _between(change, other)
                found = [c for c in found if c is not other and c is not change]
        return found + paired

    def products(self) -> set[str]:
        """Return the products that its rows speak of."""
        trees = (self.past.tree.rows, self.tree.rows)
        refs = (getattr(row, "product_ref", None) for rows in trees for own in rows.values() for row in own.values())
        return {ref for ref in refs if ref}

    def stop(self, reason: str, at: datetime, *, direct: bool) -> None:
        """Nobody can say how it goes on."""
        if self.unknown is None:
            self.unknown, self.at, self.direct = reason, at, direct

    def differs(self, reason: str, at: datetime) -> None:
        """Note the first thing that goes otherwise."""
        if self.why is None and self.unknown is None:
            self.why, self.at = reason, at


_NOBODY = uuid.UUID(int=0)


def _between(gone: Change, new: Change) -> Iterable[Change]:
    """Yield how a row differs that another one took the place of; not its id, nor what it was given with it."""
    for column, was, is_ in differing(gone.table, gone.before, new.after):
        if column not in MINOR and column != "id" and not column.endswith("_id"):
            yield Change(gone.table, gone.id, gone.ref, column, was, is_, gone.entity)


def rows_matching(rows: Iterable[Row], where: tuple[tuple[str, tuple[object, ...]], ...]) -> list[Row]:
    """Return the rows whose columns have one of the values that a question allows."""
    return [r for r in rows if all(getattr(r, column) in values for column, values in where)]
