"""What the engine loaded for a recorded context, and what had changed from outside by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.history.tree import changes, whole

if TYPE_CHECKING:
    from penstock.history.recorded import Recorded
    from penstock.history.tree import Change, Tree


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
