"""One context executed again in memory, by the engine's own code, with answers that somebody gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history.answers import NotRecordedError, placed
from penstock.history.driving import Drive, place_of
from penstock.orchestration.batch import Batch
from penstock.orchestration.execution import Execution
from penstock.orchestration.trace import TraceBody

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from penstock.history.answers import Place
    from penstock.history.bundles import Bundles
    from penstock.history.driving import Told
    from penstock.history.recorded import Recorded
    from penstock.orchestration.configuration import Configuration
    from penstock.orchestration.records import EventRecord, PendingEvent
    from penstock.orchestration.run import Run

FRESH = 1 << 62  # ids from here on are those of rows that no record knows: far beyond those that were drawn
_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(TraceBody)


class Ids:
    """Ids for new rows: those that the recorded rule drew, in order of drawing; then numbers of its own.

    A process draws ids in ascending order, so the ids of the rows that a rule created, sorted, are that order.
    """

    def __init__(self, context: Recorded | None, fresh: Callable[[], int]) -> None:
        self._fresh = fresh
        self._drawn: dict[Place, list[int]] = {}
        self.place: Callable[[], Place] = lambda: ("", 0)
        for place, rule in placed(context.body if context else None):
            self._drawn[place] = sorted(_created(rule.actions))

    def take(self) -> int:
        """Return the next id."""
        drawn = self._drawn.get(self.place())
        return drawn.pop(0) if drawn else self._fresh()


def _created(actions: list[Any]) -> list[int]:
    return [action[2]["id"] for action in actions if action[0] == "Create"]


@dataclass(frozen=True)
class Executed:
    """What came of a context; ``missing`` is the question that ended it early."""

    body: TraceBody
    record: EventRecord | None
    missing: NotRecordedError | None


class Again:
    """Executes contexts of one account again."""

    def __init__(self, bundles: Bundles) -> None:
        self.bundles = bundles
        self._next = 0

    def fresh(self) -> int:
        """Return an id for a row that no record knows."""
        self._next += 1
        return FRESH + self._next

    async def execute(
        self,
        run: Run,
        pending: PendingEvent,
        now: datetime,
        configuration: Configuration,
        base: Recorded | None,
        told: Told,
    ) -> Executed:
        """Execute one event in a run; nothing else than the run is changed.

        ``base`` is the recorded context that it is, or stands for: rows get the ids that it drew.
        """
        ids = Ids(base, self.fresh)
        resolve = self.bundles.at(base, now)
        batch = Batch(self.bundles.account, configuration, now, ids, None, resolve, locking=True)  # type: ignore[arg-type]  # nothing is read
        execution = Execution(run, batch, pending)
        ids.place = lambda: place_of(execution)
        task = execution.execute()
        missing = None
        try:
            await Drive(self.bundles, execution, told).drive(task)
        except NotRecordedError as error:
            missing = error
            task.close()
        body = _decoder.decode(_encode(execution.trace.body))
        return Executed(body, None if missing else run.records[-1], missing)
