"""Driving many contexts in step: each runs to its next question, then all questions of a kind are answered at once.

A context is a coroutine. What it awaits reaches the driver: an :class:`Ask`, an :class:`AskAll`, or a
:class:`Stand` - the wish to run a set rule together with all other contexts that stand at it. What can be answered
from memory is answered at once: a context goes on while its rows are still at hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from penstock.errors import shown
from penstock.rules.context import Ask, AskAll

if TYPE_CHECKING:
    from penstock.orchestration.batch import Batch
    from penstock.orchestration.context import RuleContext
    from penstock.rules.declaration import Result, Rule

# A plain function answers from memory, at once; a coroutine function waits for all who ask.
Answerer = Callable[["Batch", Sequence["Ask[Any]"]], Sequence[Any] | Awaitable[Sequence[Any]]]
Task = Coroutine[Any, Any, Any]
_LATER: Any = object()
_SENSELESS = (LookupError, TypeError, ValueError, AttributeError)  # what a question that makes no sense leads to


class Stand:
    """A context's wish to run a set rule: ``actions = await Stand(rule, context)``."""

    __slots__ = ("context", "rule")

    def __init__(self, rule: Rule, context: RuleContext) -> None:
        self.rule = rule
        self.context = context

    def __await__(self) -> Generator[Stand, Result, Result]:
        """Wait until the rule has run for all contexts that stand at it."""
        actions = yield self
        return actions


class Later:
    """An answer that takes longer than other contexts should wait; the one that asked goes on by itself."""

    __slots__ = ("answer",)

    def __init__(self, answer: Awaitable[Any]) -> None:
        self.answer = answer


_UNANSWERED = (Exception, Later)
Waiting = tuple[Task, Any]


class Driver:
    """Steps tasks until all are done. ``answerers`` maps the type of a question to the function that answers."""

    def __init__(self, answerers: dict[type, Answerer], batch: Batch) -> None:
        self._answerers = answerers
        self._at_once: dict[type, Any] = {k: a for k, a in answerers.items() if not iscoroutinefunction(a)}
        self._batch = batch
        self._waiting: list[Waiting] = []
        self.left: list[tuple[Task, Later]] = []  # tasks that were left behind; see resume()
        self._sets: dict[Task, list[Task]] = {}

    async def drive(self, tasks: Sequence[Task]) -> None:
        """Run all tasks to their end; a task's own failure is its own business."""
        for task in tasks:
            self._step(task, None)
        await self._go_on()

    async def resume(self, task: Task, later: Later) -> None:
        """Run a task on that was left behind."""
        self._step(task, await later.answer)
        await self._go_on()

    async def _go_on(self) -> None:
        while self._waiting:
            current, self._waiting = self._waiting, []
            self._form_sets([w for w in current if isinstance(w[1], Stand)])
            await self._answer([w for w in current if not isinstance(w[1], Stand)])

    def _step(self, task: Task, value: Any) -> None:
        """Run a task to its next question that has to wait; exceptions given as values are raised in it."""
        while value is not _LATER:
            try:
                asked = task.throw(value) if isinstance(value, Exception) else task.send(value)
            except StopIteration as end:
                self._finish_set(task, end.value)
                return
            except Exception as failure:
                if task not in self._sets:
                    raise
                self._finish_set(task, failure)
                return
            value = self._known(asked)
        self._waiting.append((task, asked))

    def _known(self, asked: Any) -> Any:
        """Return the answer that memory gives, or ``_LATER``; to nonsense an error, raised where it was asked."""
        kind = type(asked)
        if kind is Stand:
            return _LATER
        if kind is Ask and type(asked.question) in self._at_once:
            return self._noted(asked, self._remembered(asked))
        asks: Any = asked.asks if kind is AskAll else (asked,) if kind is Ask else None
        if asks is None or any(type(ask) is not Ask or type(ask.question) not in self._answerers for ask in asks):
            return TypeError(f"a rule awaits context.ask(...) with a question, not {shown(asked)}")
        if any(type(ask.question) not in self._at_once for ask in asks):
            return _LATER
        return _all_or_failure([self._noted(ask, self._remembered(ask)) for ask in asks])

    def _remembered(self, ask: Ask[Any]) -> Any:
        try:
            return self._at_once[type(ask.question)](self._batch, (ask,))[0]
        except _SENSELESS as error:
            return error

    @staticmethod
    def _noted(ask: Ask[Any], answer: Any) -> Any:
        if not isinstance(answer, _UNANSWERED):
            ask.context.note(ask.question, answer)
        return answer

    def _form_sets(self, stands: list[Waiting]) -> None:
        """Start each set rule once, for all contexts that stand at it."""
        by_rule: dict[str, list[Waiting]] = defaultdict(list)
        for task, stand in stands:
            by_rule[stand.rule.name].append((task, stand))
        for members in by_rule.values():
            set_task = members[0][1].rule.set_function([stand.context for _, stand in members])
            self._sets[set_task] = [task for task, _ in members]
            self._step(set_task, None)

    def _finish_set(self, task: Task, result: Any) -> None:
        members = self._sets.pop(task, [])
        for number, member in enumerate(members):
            self._step(member, result if isinstance(result, Exception) else result[number])

    async def _answer(self, waiting: list[Waiting]) -> None:
        by_kind: dict[type, list[Ask[Any]]] = defaultdict(list)
        for _, asked in waiting:
            for ask in _asks(asked):
                by_kind[type(ask.question)].append(ask)
        answers: dict[int, Any] = {}
        for kind, same in by_kind.items():
            given = await self._answered(kind, same)
            answers |= {id(ask): self._noted(ask, answer) for ask, answer in zip(same, given, strict=True)}
        for task, asked in waiting:
            own = [answers[id(ask)] for ask in _asks(asked)]
            if own and isinstance(own[0], Later):
                self.left.append((task, own[0]))
                continue
            self._step(task, own[0] if isinstance(asked, Ask) else _all_or_failure(own))

    async def _answered(self, kind: type, asks: Sequence[Ask[Any]]) -> Sequence[Any]:
        """Return the answers to questions of one kind; one that makes no sense fails where it was asked."""
        try:
            found = self._answerers[kind](self._batch, asks)
            return await found if isinstance(found, Awaitable) else found
        except _SENSELESS as error:
            if len(asks) == 1:
                return [error]
        return [answer for ask in asks for answer in await self._answered(kind, [ask])]


def _asks(asked: Ask[Any] | AskAll) -> list[Ask[Any]]:
    return asked.asks if isinstance(asked, AskAll) else [asked]


def _all_or_failure(answers: list[Any]) -> Any:
    return next((a for a in answers if isinstance(a, Exception)), answers)
