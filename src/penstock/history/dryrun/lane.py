"""A lane in a dry run: what really happened to it, and what would have."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from penstock.history.dryrun.ledger import recount
from penstock.history.dryrun.past import Past
from penstock.history.dryrun.patching import MINOR
from penstock.history.dryrun.places import POSITION, SHARED, STOCK, VIRTUAL, leader
from penstock.history.rows import COUNTED, differing, event_row_table
from penstock.history.tree import Change, Tree, changes, copied, whole
from penstock.orchestration.places import entity_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from penstock.history.dryrun.patching import Differing
    from penstock.history.recorded import Recorded
    from penstock.model.rows import Row
    from penstock.orchestration.workflow import Workflow


@dataclass
class Lane:
    """The events of one lane. ``again``: they are executed again; else they are as recorded.

    ``why`` is the first thing that went otherwise, ``unknown`` why nobody can say how the lane would have ended.
    ``single``: it is that of one event to a catalogue, and leads no row.
    """

    id: int
    root: tuple[str | None, int | None]
    single: bool = False
    past: Past = field(default_factory=Past)
    tree: Tree = field(default_factory=Tree)
    again: bool = False
    began: bool = False
    why: str | None = None
    unknown: str | None = None
    direct: bool = True  # unknown by what it asks itself, not because others are
    at: datetime | None = None  # of ``why`` or ``unknown``
    differing: Differing = field(default_factory=dict)
    readers: list[Lane] = field(default_factory=list)  # who was told, since its last event, how it is

    @property
    def head(self) -> Row | None:
        """Return the row that leads the lane as it would be; that of its root where it leads none."""
        both = self.tree.rows, self.past.tree.rows
        leaders = (leader(rows, self.id) for rows in both if not whole(self.root[0]))
        table, id_ = event_row_table(self.root[0] or "") or "", self.root[1] or 0
        roots = (rows.get(table, {}).get(id_) for rows in both)
        return next((row for row in (*leaders, *roots) if row is not None), None)

    @property
    def name(self) -> str:
        """Return what people call it: ``ORDER WEB-1``."""
        row = self.head
        type_ = self.root[0] if row is None else entity_of(row).event
        return f"{type_} {getattr(row, 'ref', None) or self.root[1]}"

    @property
    def stock(self) -> bool:
        """Return whether it is that of a position, real or virtual."""
        return bool(STOCK & (self.past.tree.rows.keys() | self.tree.rows.keys()))

    @property
    def sums(self) -> bool:
        """Return whether it is that of a virtual position over no position of its own: nothing is promised from it."""
        trees = (self.past.tree.rows, self.tree.rows)
        shown = [row for rows in trees for row in rows.get(VIRTUAL, {}).values()]
        return bool(shown) and all(row.position_id is None for row in shown) and not any(POSITION in t for t in trees)

    def can_go_again(self) -> bool:
        """Return whether its events can be executed again: something is known of it."""
        return any(self.past.tree.rows.values())

    def go_again(self) -> None:
        """Execute its events again from here on."""
        self.again = True
        self.tree = Tree(copied(self.past.tree.rows), {t: set(p) for t, p in self.past.tree.joins.items()})

    def outside(self, context: Recorded, newer: Workflow) -> bool:
        """Let happen what clients changed before a context; new trees get the workflow's major version.

        Return whether that was more than a counter, in rows that were known before.
        """
        found = self.past.before(context)
        if self.again:
            self._take(found, context, newer)
        return any(c.before is not None and c.column not in MINOR and (c.table, c.column) not in COUNTED for c in found)

    def _take(self, found: list[Change], context: Recorded, newer: Workflow) -> None:
        for change in found:
            self._change(change, None if self.began else newer)
        for table, pairs in context.joins().items():
            self.tree.joins.setdefault(table, set()).update(pairs)
        recount(self.past.tree.rows, self.tree.rows)

    def _change(self, change: Change, newer: Workflow | None) -> None:
        rows = self.tree.rows.setdefault(change.table, {})
        if change.column is None:
            if change.after is None:
                rows.pop(change.id, None)
            else:
                rows[change.id] = copy.copy(change.after)
                own = newer is not None and change.table not in SHARED
                if newer is not None and own and getattr(change.after, "workflow_ref", None) == newer.name:
                    rows[change.id].workflow_version = newer.major
        elif change.id in rows and self._takes(change, rows[change.id]):
            setattr(rows[change.id], change.column, change.after)

    @staticmethod
    def _takes(change: Change, row: Row) -> bool:
        """Return whether a change from outside happens to a row: not to a counter that would be another anyway."""
        return (change.table, change.column) not in COUNTED or getattr(row, str(change.column)) == change.before

    def compare(self) -> None:
        """Note which rows are not what they were."""
        was, now = self.past.tree.rows, self.tree.rows
        found = set() if self.unknown else {(c.table, c.id) for c in changes(was, now) if c.column not in MINOR}
        self.differing = {(t, i): (was.get(t, {}).get(i), now.get(t, {}).get(i)) for t, i in found}

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


def _between(gone: Change, new: Change) -> Iterable[Change]:
    """Yield how a row differs that another one took the place of; not its id, nor what it was given with it."""
    for column, was, is_ in differing(gone.table, gone.before, new.after):
        if column not in MINOR and column != "id" and not column.endswith("_id"):
            yield Change(gone.table, gone.id, gone.ref, column, was, is_, gone.entity)
