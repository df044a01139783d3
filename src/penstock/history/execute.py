"""One context executed again in memory, by the engine's own code, with answers that somebody gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history.answers import NotRecordedError, placed, told
from penstock.orchestration.batch import Batch
from penstock.orchestration.driver import Stand
from penstock.orchestration.execution import Execution
from penstock.orchestration.trace import TraceBody
from penstock.rules.context import AskAll

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from penstock.history.answers import Place
    from penstock.history.recorded import Recorded
    from penstock.orchestration.configuration import Configuration
    from penstock.orchestration.records import EventRecord, PendingEvent
    from penstock.orchestration.run import Run
    from penstock.rules.context import Ask
    from penstock.rules.declaration import Rule

    Asked = Callable[[Place, Any], Any]  # place and question -> the answer as JSON; or NotRecordedError

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

    def __init__(self, account: str, resolve: Callable[[str], Rule | None]) -> None:
        self.account = account
        self.resolve = resolve
        self._next = 0

    def fresh(self) -> int:
        """Return an id for a row that no record knows."""
        self._next += 1
        return FRESH + self._next

    def execute(
        self, run: Run, pending: PendingEvent, now: datetime, configuration: Configuration, ids: Ids, asked: Asked
    ) -> Executed:
        """Execute one event in a run; nothing else than the run is changed."""
        batch = Batch(self.account, configuration, now, ids, None, self.resolve)  # type: ignore[arg-type]  # nothing is read
        execution = Execution(run, batch, pending)
        ids.place = lambda: _place(execution)
        task = execution.execute()
        missing = None
        try:
            _drive(task, lambda ask: _answer(execution, asked, ask))
        except NotRecordedError as error:
            missing = error
            task.close()
        body = _decoder.decode(_encode(execution.trace.body))
        return Executed(body, None if missing else run.records[-1], missing)


def _place(execution: Execution) -> Place:
    """Return the rule that runs: the last one of the trace."""
    *_, (place, _) = placed(execution.trace.body)
    return place


def _answer(execution: Execution, asked: Asked, ask: Ask[Any]) -> Any:
    answer = told(ask.question, asked(_place(execution), ask.question), execution.run)
    ask.context.note(ask.question, answer)
    return answer


def _drive(task: Any, answer: Callable[[Ask[Any]], Any]) -> Any:
    """Step a coroutine to its end; return its value."""
    step, value = task.send, None
    while True:
        try:
            asked = step(value)
        except StopIteration as end:
            return end.value
        step = task.send
        if isinstance(asked, Stand):
            step, value = _stood(asked, task, answer)
        else:
            value = [answer(a) for a in asked.asks] if isinstance(asked, AskAll) else answer(asked)


def _stood(stand: Stand, task: Any, answer: Callable[[Ask[Any]], Any]) -> tuple[Any, Any]:
    """Run a set rule for one context; return how its task goes on, and with what."""
    assert stand.rule.set_function is not None
    try:
        return task.send, _drive(stand.rule.set_function([stand.context]), answer)[0]
    except NotRecordedError:
        raise
    except Exception as failure:  # noqa: BLE001 - it is the rule's own, and belongs to the context
        return task.throw, failure
