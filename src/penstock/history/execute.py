"""One context executed again in memory, by the engine's own code, with answers that somebody gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from penstock.history.answers import NotRecordedError, placed, told
from penstock.history.bundles import Uncalled
from penstock.orchestration.batch import Batch
from penstock.orchestration.driver import Stand
from penstock.orchestration.execution import Execution
from penstock.orchestration.trace import TraceBody
from penstock.plugins.hosts.calls import Step
from penstock.rules.context import AskAll

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from penstock.history.answers import Place
    from penstock.history.bundles import Bundles
    from penstock.history.recorded import Recorded
    from penstock.orchestration.configuration import Configuration
    from penstock.orchestration.records import EventRecord, PendingEvent
    from penstock.orchestration.run import Run
    from penstock.rules.actions import Action
    from penstock.rules.context import Ask

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


class Told(Protocol):
    """Who answers the rules of a context."""

    def answer(self, place: Place, question: Any) -> Any:
        """Return an answer as JSON; ``NotRecordedError`` ends the context."""
        ...

    def stand_in(self, execution: Execution, place: Place, rule: Uncalled) -> list[Action]:
        """Return what a rule did that cannot be called, or fail as it did; ``NotRecordedError`` ends the context."""
        ...


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
        ids.place = lambda: _place(execution)
        task = execution.execute()
        missing = None
        try:
            await _Drive(self.bundles, execution, told).drive(task)
        except NotRecordedError as error:
            missing = error
            task.close()
        body = _decoder.decode(_encode(execution.trace.body))
        return Executed(body, None if missing else run.records[-1], missing)


def _place(execution: Execution) -> Place:
    """Return the rule that runs: the last one of the trace."""
    *_, (place, _) = placed(execution.trace.body)
    return place


class _Drive:
    """Steps the coroutines of one context; what they ask is answered one question after the other."""

    def __init__(self, bundles: Bundles, execution: Execution, told: Told) -> None:
        self._bundles, self._execution, self._told = bundles, execution, told

    async def drive(self, task: Any) -> Any:
        """Step a coroutine to its end; return its value."""
        step: Any = task.send
        value: Any = None
        while True:
            try:
                asked = step(value)
            except StopIteration as end:
                return end.value
            step, value = task.send, None
            if isinstance(asked, AskAll):
                value = [self._answer(ask) for ask in asked.asks]
            elif isinstance(asked, Stand) or isinstance(asked.question, Step | Uncalled):
                try:
                    value = await self._done(asked)
                except NotRecordedError:
                    raise
                except Exception as failure:  # noqa: BLE001 - it is the rule's own, and belongs to the context
                    step, value = task.throw, failure
            else:
                value = self._answer(asked)

    async def _done(self, asked: Any) -> Any:
        """Run a set rule for this context alone, let a process compute, or let the record stand in for a rule."""
        if isinstance(asked, Stand):
            assert asked.rule.set_function is not None
            return (await self.drive(asked.rule.set_function([asked.context])))[0]
        if isinstance(asked.question, Step):
            return await self._bundles.computed(self._execution.batch, asked)
        return self._told.stand_in(self._execution, _place(self._execution), asked.question)

    def _answer(self, ask: Ask[Any]) -> Any:
        """Return the answer to a question, which is noted."""
        answer = told(ask.question, self._told.answer(_place(self._execution), ask.question), self._execution.run)
        ask.context.note(ask.question, answer)
        return answer
