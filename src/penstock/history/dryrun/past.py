"""What really happened to a lane, context by context, without executing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.history.answers import revived, rows_in
from penstock.history.dryrun.ledger import booked, count, held
from penstock.history.dryrun.places import SINGLE, in_lane
from penstock.history.past import loaded
from penstock.history.recreate import caught_up, do_as_recorded
from penstock.history.rows import COUNTED, as_stored, counted, table_of_struct
from penstock.history.tree import Tree, changes, copied, whole
from penstock.model.registry import MODEL
from penstock.orchestration.places import table_of
from penstock.orchestration.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.history.recorded import Recorded
    from penstock.history.tree import Change, Rows
    from penstock.model.rows import Row

_ON_ROWS = frozenset({"Create", "Update"})


class Past:
    """The rows of a lane as they were; step through its contexts in order."""

    def __init__(self) -> None:
        self.tree = Tree()

    def before(self, context: Recorded) -> list[Change]:
        """Bring the rows to where the context began; return what had changed from outside since the last one."""
        found = loaded(self.tree, context)
        run = Run(context.lane, [context.pending])
        self.tree.load(run, run.events)
        known = copied(run.rows)
        caught_up(run, context)
        if context.loaded.turn > 0:
            _keep_counters(known, run.rows)
        self.tree.adopt(run)
        return found + changes(known, run.rows) + self._learned(context)

    def _learned(self, context: Recorded) -> list[Change]:
        """Take in the rows of the lane that its rules were told of, as they were before the context changed them."""
        if whole(context.record.root_type):
            return []
        before: Rows = {}
        after: Rows = {}
        for row in sorted(rows_told(context), key=_owned):
            table, known = table_of(row), self.tree.rows.get(table_of(row), {}).get(row.id)
            if in_lane(row, context.lane, self.tree.rows) and row.id not in after.get(table, {}):
                before.setdefault(table, {}).update({} if known is None else {row.id: known})
                after.setdefault(table, {})[row.id] = as_stored(table, row)
                self.tree.put(table, after[table][row.id])
        return changes(before, after)

    def step(self, context: Recorded) -> None:
        """Let the context have happened; call :meth:`before` first."""
        run = Run(context.lane, [context.pending])
        self.tree.load(run, run.events)
        do_as_recorded(run, context)
        counted = held(self.tree.rows)
        self.tree.adopt(run)
        count(self.tree.rows, counted, booked(run))


def _keep_counters(known: Rows, seen: Rows) -> None:
    """Keep counters as they were: one that a context saw behind another of its batch was counted before both."""
    for table, column in COUNTED:
        for id_, row in known.get(table, {}).items():
            if counted(table, column, row):
                setattr(seen[table][id_], column, getattr(row, column))


def _owned(row: Row) -> bool:
    """Return whether a row is in the lane of another one: that has to be known first."""
    return MODEL.tables[table_of(row)].entities[0].lane_link is not None


def rows_told(context: Recorded) -> Iterable[Row]:
    """Yield the rows of lanes of single rows that a context was told of, before it changed them itself."""
    touched: set[tuple[str | None, int]] = set()
    for _, rule in context.rules():
        for ask in rule.asks:
            if ask.kind in {"ById", "ByRef", "Matching"} and MODEL.table_of(ask.question["entity"]).name in SINGLE:
                for row in rows_in(revived(context.value(ask.answer))):
                    if (table_of(row), row.id) not in touched:
                        touched.add((table_of(row), row.id))
                        yield row
        for kind, struct, *details in (a for a in rule.actions if a[0] in _ON_ROWS):
            touched.add((table_of_struct(struct), details[0]["id"] if kind == "Create" else details[0]))
