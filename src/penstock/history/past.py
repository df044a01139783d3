"""What really happened to a lane, context by context, without executing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.history.recreate import caught_up, do_as_recorded
from penstock.history.tree import Tree, changes, copied, whole
from penstock.orchestration.run import Run

if TYPE_CHECKING:
    from penstock.history.recorded import Recorded
    from penstock.history.tree import Change


def loaded(tree: Tree, context: Recorded) -> list[Change]:
    """Bring a tree to what the engine loaded for a context; return what had changed from outside."""
    rows = context.tree()
    if rows is None:
        return []
    before = {t: own for t, own in tree.rows.items() if whole(context.record.root_type) or t in rows}
    if whole(context.record.root_type):
        tree.rows, tree.joins = rows, context.joins()
        return changes(before, rows)
    kept = {t: {**before.get(t, {}), **own} for t, own in rows.items()}
    tree.rows |= kept
    tree.joins |= context.joins()
    return changes(before, kept)


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
        self.tree.adopt(run)
        return found + changes(known, run.rows)

    def step(self, context: Recorded) -> None:
        """Let the context have happened; call :meth:`before` first."""
        run = Run(context.lane, [context.pending])
        self.tree.load(run, run.events)
        do_as_recorded(run, context)
        self.tree.adopt(run)
