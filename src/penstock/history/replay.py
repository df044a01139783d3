"""Replay: the recorded contexts of one lane executed again, in order, by the real rules (design §3.6, §4.5).

After a context whose rules decide otherwise today, the record goes on: the difference is reported, and the rows are
brought to where they really were.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from penstock.history.compare import Difference, first_difference
from penstock.history.past import loaded
from penstock.history.recorded import in_order
from penstock.history.recreate import caught_up, do_as_recorded
from penstock.history.rows import as_stored
from penstock.history.stand_in import Record
from penstock.history.tree import Tree, changes, copied
from penstock.history.versions import Seen
from penstock.model.writes import changed_from_outside
from penstock.orchestration.run import Run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from penstock.history.execute import Again
    from penstock.history.recorded import Recorded
    from penstock.history.tree import Change, Rows
    from penstock.history.versions import Versions

OLD_TRACE = "recorded by a version that did not keep what a replay needs: decisions are shown, not executed again"
NO_TRACE = "left no trace: its process died, or the engine failed"
REFUSED = "the database refused its changes; nothing of it was stored"
GAP = "events before this one are missing: the tree was changed by something that is not kept any more"


@dataclass
class Step:
    """One context: what had changed from outside before it, what it changed, and where it differs today."""

    context: Recorded
    outside: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    difference: Difference | None = None
    notes: list[str] = field(default_factory=list)
    before: Rows = field(default_factory=dict)

    def rows_after(self, number: int) -> Rows:
        """Return the rows after the n-th event of the context, counted from 0, as the record has it.

        Events that a context sends are executed one after another: what later ones did is not in it.
        """
        run = Run(self.context.lane, [self.context.pending])
        run.rows = copied(self.before)
        do_as_recorded(run, self.context, number + 1)
        return run.rows


class Replay:
    """The contexts of one lane, in order; iterate :meth:`steps`, then look at ``tree``."""

    def __init__(self, again: Again, versions: Versions, contexts: Sequence[Recorded]) -> None:
        self.tree = Tree()
        self._again = again
        self._versions = versions
        self._contexts = in_order(contexts)
        self._revision: int | None = None  # as the last context left it; None before the first

    @property
    def revision(self) -> int | None:
        """Return the revision of the lane's root after the last step; None where that is not known."""
        return self._revision

    async def steps(self) -> AsyncIterator[Step]:
        """Execute context after context and yield what came of each."""
        for group in _runs(self._contexts):
            async for step in self._run(group):
                yield step

    async def _run(self, group: list[Recorded]) -> AsyncIterator[Step]:
        """Execute the contexts that the engine executed against one copy of the tree."""
        first = group[0]
        outside, notes = self._loaded(first)
        run = Run(first.lane, [c.pending for c in group])
        self.tree.load(run, run.events)
        for context in group:
            step = Step(context, outside, notes=notes)
            step.outside += caught_up(run, context)
            step.before = copied(run.rows)
            await self._step(step, run)
            step.changed = changes(
                step.before, {t: {i: as_stored(t, r) for i, r in o.items()} for t, o in run.rows.items()}
            )
            yield step
            outside, notes = [], []
        self.tree.adopt(run)
        raised = bool(run.changes.raised) and first.effective
        if first.loaded.revision >= 0:
            self._revision = (first.loaded.revision + 1) | 1 if raised else first.loaded.revision

    def _loaded(self, context: Recorded) -> tuple[list[Change], list[str]]:
        """Bring the tree to what the engine loaded; return what had changed from outside, and what is missing."""
        if context.loaded.rows is None:
            return [], self._gap(context)
        return loaded(self.tree, context), []

    def _gap(self, context: Recorded) -> list[str]:
        loaded = context.loaded
        if not context.complete or loaded.revision < 0 or loaded.revision == self._revision:
            return []
        if self._revision is None and changed_from_outside(loaded.revision):
            return []
        return [GAP]

    async def _step(self, step: Step, run: Run) -> None:
        context = step.context
        if not context.body.events:
            step.notes.append(NO_TRACE)
        elif not context.complete:
            step.notes.append(OLD_TRACE)
            do_as_recorded(run, context)
        elif not await self._same(step, run):
            _restore(run, step.before)
            do_as_recorded(run, context)

    async def _same(self, step: Step, run: Run) -> bool:
        """Execute a context; return whether the run is now as the record has it."""
        context, body = step.context, step.context.body
        recorded = None if body.workflow is None or body.version is None else (body.workflow, body.version)
        seen = Seen(self._versions, context.moment, recorded)
        told = Record(context, step.notes)
        done = await self._again.execute(run, context.pending, context.moment, seen.configuration(), context, told)
        step.difference = first_difference(body, done.body)
        if not context.effective:
            step.notes.append(REFUSED)
        return step.difference is None and context.effective


def _runs(contexts: list[Recorded]) -> Iterator[list[Recorded]]:
    """Yield the contexts in groups that were executed against one copy of the tree."""
    group: list[Recorded] = []
    for context in contexts:
        if group and (context.loaded.turn == 0 or not context.complete):
            yield group
            group = []
        group.append(context)
    if group:
        yield group


def _restore(run: Run, before: Rows) -> None:
    """Take back what a run did to its rows."""
    run.rows = copied(before)
    run.created = {table: {id_ for id_ in ids if id_ in before.get(table, {})} for table, ids in run.created.items()}
