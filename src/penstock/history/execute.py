"""One context executed again in memory, by the engine's own code, with answers that somebody gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history.answers import NotRecordedError, placed
from penstock.history.driving import Drive, place_of
from penstock.history.rows import table_of_struct
from penstock.model.registry import MODEL
from penstock.orchestration.batch import Batch
from penstock.orchestration.execution import Execution
from penstock.orchestration.trace import TraceBody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
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


Refs = Mapping[tuple[str, str], "list[int]"]  # the recorded ids of rows with such a ref, by table and ref


class Ids:
    """Ids for new rows: those that rows with the same ref had, those that the recorded rule drew, numbers of its own.

    A process draws ids in ascending order, so the ids of the rows that a rule created, sorted, are that order.
    """

    def __init__(self, context: Recorded | None, fresh: Callable[[], int], run: Run, refs: Refs) -> None:
        self._fresh, self._run = fresh, run
        self._refs = (refs_of(context) if context else {}), refs
        self._given: set[int] = set()
        self.blind: set[int] = set()  # drawn before anything was known of their rows
        self._drawn: dict[Place, list[tuple[int, str | None]]] = {}  # with the tables of their rows
        self.place: Callable[[], Place] = lambda: ("", 0)
        for place, rule in placed(context.body if context else None):
            made = (action for action in rule.actions if action[0] == "Create")
            self._drawn[place] = sorted((action[2]["id"], table_of_struct(action[1])) for action in made)

    async def reserve(self, _count: int) -> None:
        """Do nothing: there are always more."""

    def take(self) -> int:
        """Return the next id, for a row of which nothing is known yet."""
        taken = self._give(id_ for id_, _ in self._drawn.get(self.place(), ()))
        self.blind.add(taken)
        return taken

    def take_for(self, entity: str, ref: str | None) -> int:
        """Return the id of a row; some get their refs later."""
        table = MODEL.table_of(entity).name
        if ref is None:
            return self._give(id_ for id_, own in self._drawn.get(self.place(), ()) if own == table)
        known = (i for refs in self._refs for i in refs.get((table, ref), ()))
        return self._give(i for i in known if self._run.get(table, i) is None)

    def _give(self, known: Iterable[int]) -> int:
        id_ = next((i for i in known if i not in self._given), None)
        taken = self._fresh() if id_ is None else id_
        self._given.add(taken)
        return taken


class _Nothing:
    """A reader for what reads nothing: all that a context asked is in its trace."""

    async def fetch(self, query: str, *_: Any) -> list[Any]:
        raise AssertionError(query)


class _Batch(Batch):
    """A batch in which rows get the ids that they had."""

    ids: Ids

    def new_id(self, entity: str, ref: str | None) -> int:
        return self.ids.take_for(entity, ref)


def refs_of(context: Recorded) -> dict[tuple[str, str], list[int]]:
    """Return the ids of the rows with a ref that a context created."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for _, rule in context.rules():
        for action in rule.actions:
            if action[0] == "Create" and action[2].get("ref") is not None:
                found[str(table_of_struct(action[1])), str(action[2]["ref"])].append(action[2]["id"])
    return found


@dataclass(frozen=True)
class Executed:
    """What came of a context; ``missing`` is the question that ended it early."""

    body: TraceBody
    record: EventRecord | None
    missing: NotRecordedError | None


class MixedUpError(NotRecordedError):
    """Rows of an uploaded rule, whose ids are drawn before it makes them, are not those that it had made."""

    def __init__(self, event: str) -> None:
        super().__init__(event)
        self.args = (f"which ids the rows of an uploaded rule would have, at {event}",)


def _mixed_up(base: Recorded, ids: Ids, run: Run) -> bool:
    had = {id_: named for named, own in refs_of(base).items() for id_ in own}
    return any(
        id_ in had and had[id_] != (table, getattr(run.get(table, id_), "ref", None))
        for table, made in run.created.items()
        for id_ in made & ids.blind
    )


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
        refs: Refs | None = None,
    ) -> Executed:
        """Execute one event in a run; nothing else than the run is changed.

        ``base`` is the recorded context that it is, or stands for: rows get the ids that they had there, else those
        of ``refs``.
        """
        ids = Ids(base, self.fresh, run, refs or {})
        resolve = self.bundles.at(base, now)
        batch = _Batch(self.bundles.account, configuration, now, ids, _Nothing(), resolve, locking=True)
        execution = Execution(run, batch, pending)
        ids.place = lambda: place_of(execution)
        task = execution.execute()
        missing = None
        try:
            await Drive(self.bundles, execution, told).drive(task)
        except NotRecordedError as error:
            missing = error
            task.close()
        if base is not None and _mixed_up(base, ids, run):
            missing = missing or MixedUpError(base.record.name)
        body = _decoder.decode(_encode(execution.trace.body))
        return Executed(body, None if missing else run.records[-1], missing)
