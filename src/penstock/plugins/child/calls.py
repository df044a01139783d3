"""The calls of rules that a plugin's process is at: each runs to its next question, and waits for the answer."""

from __future__ import annotations

import dataclasses
import inspect
import math
import signal
import traceback
from typing import TYPE_CHECKING, Any

from penstock.errors import shown
from penstock.orchestration.workflow import RuleCall
from penstock.plugins.child.described import action
from penstock.plugins.child.view import context
from penstock.rules.context import Ask, AskAll
from penstock.rules.failures import RuleError, RuleExecutionError

if TYPE_CHECKING:
    from types import CoroutineType

    from penstock.plugins.child.wire import Channel
    from penstock.rules.declaration import Rule

MOST_ACTIONS = 10_000
_LONGEST_TRACE = 16_000  # characters


class TooLongError(BaseException):
    """The rule has computed for as long as it may; not an Exception, so that few rules swallow it."""


def _ring(_signal: int, _frame: object) -> None:
    raise TooLongError


class Calls:
    """All calls of this process."""

    def __init__(self, channel: Channel, rules: dict[str, Rule]) -> None:
        self._channel, self._rules = channel, rules
        self._waiting: dict[int, CoroutineType[Any, Any, Any]] = {}
        signal.signal(signal.SIGALRM, _ring)

    def handle(self, what: str, number: int, seconds: float, *given: Any) -> None:
        """Do what the engine wants: ``call``, ``go`` on with an answer, or ``drop`` a call."""
        if what == "drop":
            coroutine = self._waiting.pop(number, None)
            if coroutine is not None:
                coroutine.close()
            return
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            try:
                message = self._begun(number, *given) if what == "call" else self._on(number, given[0])
                self._channel.send(*message)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except (
            Exception,  # noqa: BLE001 - a rule may raise anything, and its process goes on
            TooLongError,
            SystemExit,
            KeyboardInterrupt,
            GeneratorExit,
        ) as failure:
            self._waiting.pop(number, None)
            self._channel.send(*_failed(failure, math.ceil(seconds)))

    def _begun(self, number: int, name: str, props: dict[str, Any], given: tuple[Any, ...], known: list[Any]) -> Any:
        rule = self._rules[name]
        own = context(self._channel, rule, RuleCall(name, props), *given)
        assert rule.function is not None
        result = rule.function(own)
        if not inspect.iscoroutine(result):
            return _actions(name, result)
        self._waiting[number] = result
        message = self._on(number, None)
        for answer in known:  # it was at work in a process that died
            message = self._on(number, answer)
        return message

    def _on(self, number: int, answer: Any) -> Any:
        coroutine = self._waiting[number]
        try:
            asked = coroutine.send(answer)
        except StopIteration as end:
            del self._waiting[number]
            return _actions(coroutine.cr_code.co_name, end.value)
        if isinstance(asked, Ask):
            return ("asks", False, [_question(asked)])
        if isinstance(asked, AskAll):
            return ("asks", True, [_question(ask) for ask in asked.asks])
        raise TypeError(f"a rule awaits context.ask(...), not {asked!r}")


def _question(ask: Ask[Any]) -> list[Any]:
    question = ask.question
    fields = {f.name: getattr(question, f.name) for f in dataclasses.fields(question)}
    return [type(question).__name__, fields]


def _actions(name: str, result: Any) -> Any:
    if result and (isinstance(result, str | bytes | dict) or not hasattr(result, "__iter__")):
        raise TypeError(f"a rule returns a list of actions, not {shown(result)}")
    described: list[Any] = []
    for each in result or ():
        if len(described) == MOST_ACTIONS:
            raise ValueError(f"rule {name} returns more than {MOST_ACTIONS} actions")
        described.append(action(each))
    return ("actions", described)


def _failed(failure: BaseException, seconds: int) -> tuple[Any, ...]:
    """Return how a call failed; what it leaves in memory goes first."""
    traceback.clear_frames(failure.__traceback__)
    trace = "".join(traceback.format_exception(failure))[-_LONGEST_TRACE:]
    match failure:
        case RuleError(message=message, code=code):
            return ("failed", "rule", str(message), code if isinstance(code, int) else 500, trace)
        case RuleExecutionError(message=message, cause=cause):
            return ("failed", "execution", str(message), None if cause is None else str(cause), "")
        case TooLongError():
            kind, said = "limit", f"it was not done after {seconds} s"
        case MemoryError():
            kind, said = "limit", "MemoryError: it needs more memory than it may have"
        case _:
            kind, said = "other", f"{type(failure).__name__}: {failure}"
    return ("failed", kind, said[:_LONGEST_TRACE], 500, trace)
