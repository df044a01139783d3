"""Stepping the rules of one context that is executed again: whatever they ask, somebody tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from penstock.history.answers import NotRecordedError, placed, told
from penstock.history.bundles import Uncalled
from penstock.orchestration.driver import Stand
from penstock.plugins.hosts.calls import Step
from penstock.rules.context import AskAll

if TYPE_CHECKING:
    from penstock.history.answers import Place
    from penstock.history.bundles import Bundles
    from penstock.orchestration.execution import Execution
    from penstock.rules.actions import Action
    from penstock.rules.context import Ask


class Told(Protocol):
    """Who answers the rules of a context."""

    async def answer(self, place: Place, question: Any) -> Any:
        """Return an answer as JSON; ``NotRecordedError`` ends the context."""
        ...

    def stand_in(self, execution: Execution, place: Place, rule: Uncalled) -> list[Action]:
        """Return what a rule did that cannot be called, or fail as it did; ``NotRecordedError`` ends the context."""
        ...


def place_of(execution: Execution) -> Place:
    """Return the rule that runs: the last one of the trace."""
    *_, (place, _) = placed(execution.trace.body)
    return place


class Drive:
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
                value = [await self._answer(ask) for ask in asked.asks]
            elif isinstance(asked, Stand) or isinstance(asked.question, Step | Uncalled):
                try:
                    value = await self._done(asked)
                except NotRecordedError:
                    raise
                except Exception as failure:  # noqa: BLE001 - whatever a rule raises is its context's to handle
                    step, value = task.throw, failure
            else:
                value = await self._answer(asked)

    async def _done(self, asked: Any) -> Any:
        """Run a set rule for this context alone, let a process compute, or let the record stand in for a rule."""
        if isinstance(asked, Stand):
            assert asked.rule.set_function is not None
            return (await self.drive(asked.rule.set_function([asked.context])))[0]
        if isinstance(asked.question, Step):
            return await self._bundles.computed(self._execution.batch, asked)
        return self._told.stand_in(self._execution, place_of(self._execution), asked.question)

    async def _answer(self, ask: Ask[Any]) -> Any:
        """Return the answer to a question, which is noted."""
        found = await self._told.answer(place_of(self._execution), ask.question)
        answer = told(ask.question, found, self._execution.run)
        ask.context.note(ask.question, answer)
        return answer
