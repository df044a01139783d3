"""The questions of one execution in a dry run, answered from the record, with the rows as they would be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.history.answers import NotRecordedError
from penstock.history.dryrun.buying import Buying
from penstock.history.dryrun.knowledge import UncertainError
from penstock.history.dryrun.own_rows import OwnRows
from penstock.history.dryrun.patching import patched
from penstock.history.dryrun.places import SINGLE
from penstock.history.dryrun.waves import members, open_members
from penstock.history.tree import whole
from penstock.model.registry import MODEL
from penstock.rules import questions as q

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.history.answers import Place
    from penstock.history.bundles import Uncalled
    from penstock.history.dryrun.lane import Lane
    from penstock.history.dryrun.others import Others
    from penstock.history.dryrun.world import World
    from penstock.history.recorded import Recorded
    from penstock.orchestration.execution import Execution
    from penstock.orchestration.run import Run
    from penstock.rules.actions import Action

_ROWS = (q.ById, q.ByRef, q.Matching)


class Asked:
    """Answers the questions of one execution."""

    def __init__(self, world: World, lane: Lane, run: Run, base: Recorded | None, retailer: int, now: datetime) -> None:
        self._world, self._lane, self._run = world, lane, run
        self._mine = OwnRows(world.others, lane, run, base, retailer, now)
        self._retailer, self._now = retailer, now
        self._buying = Buying(world.selling, self._mine, run, base, now)
        self._others: Others = world.others

    async def answer(self, place: Place, question: Any) -> Any:
        """Return what a rule would be told, as JSON.

        Raises:
            NotRecordedError: nobody has recorded it, or what was recorded would not hold.
        """
        match question:
            case q.StockAt():
                return self._buying.stock(place, question)
            case q.Grant():
                return self._buying.grant(place, question)
        found = await self._known(place, question)
        self._world.doubts.unknown.certain(question, found)
        match question:
            case q.WavesOpen():
                return open_members(question, found, self._lane, self._run)
            case q.WaveFulfilments():
                return members(question, found, self._lane, self._run, self._world.lanes.values())
        return found

    def stand_in(self, _execution: Execution, _place: Place, rule: Uncalled) -> list[Action]:
        """Say that nobody knows what a rule would do that cannot be called.

        Raises:
            NotRecordedError: always.
        """
        raise UncalledError(rule)

    async def _known(self, place: Place, question: Any) -> Any:
        try:
            return self._found(place, question)
        except UncertainError:
            raise
        except NotRecordedError:
            return await self._world.unchanged.answer(question, self._retailer, self._now)

    def _found(self, place: Place, question: Any) -> Any:
        if isinstance(question, q.LedgerSum):
            return self._mine.sum(place, question)
        if isinstance(question, _ROWS) and not whole(self._lane.root[0]):
            table = MODEL.table_of(question.entity).name
            if table in SINGLE:
                return self._mine.rows(place, question, table)
        try:
            told = self._mine.located(place, question)[0]
        except NotRecordedError:
            return self._others.answer(question, self._lane, self._retailer, self._now)
        return patched(question, told, self._world.doubts.differing)


class UncalledError(NotRecordedError):
    """Nobody knows what a rule would do that cannot be called."""

    def __init__(self, rule: Uncalled) -> None:
        super().__init__(rule)
        self.args = (f"what {rule.rule} does: {rule.reason}",)
