"""Holding a rule to its declaration: what it asks, reads, sends, sets and creates, and how it fails.

For tests only: the engine runs rules as they are.
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from penstock.rules import RuleError, RuleExecutionError
from penstock.testing.breaches import broken
from penstock.testing.watching import Watched

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from penstock.rules import Context, Rule
    from penstock.rules.declaration import Result, RuleFunction, SetFunction

    Report = Callable[[str], object]


class UndeclaredError(AssertionError):
    """A rule did something that it has not declared."""


def _raise(breach: str) -> NoReturn:
    raise UndeclaredError(breach)


def checked(rule: Rule, report: Report = _raise) -> Rule:
    """Return the same rule, which reports after each run what it did and has not declared."""
    if rule.function is not None:
        return replace(rule, function=_one(rule, rule.function, report))
    assert rule.set_function is not None
    return replace(rule, set_function=_set(rule, rule.set_function, report))


def _one(rule: Rule, function: RuleFunction, report: Report) -> RuleFunction:
    def run(context: Context) -> Any:
        watched: Any = Watched(context)
        try:
            result = function(watched)
        except (RuleError, RuleExecutionError) as failure:
            _report(rule, watched, failure, report)
            raise
        if inspect.isawaitable(result):
            return _awaited(rule, watched, result, report)
        return _report(rule, watched, result, report)

    return run


async def _awaited(rule: Rule, watched: Watched, result: Any, report: Report) -> Any:
    try:
        found = await result
    except (RuleError, RuleExecutionError) as failure:
        _report(rule, watched, failure, report)
        raise
    return _report(rule, watched, found, report)


def _set(rule: Rule, function: SetFunction, report: Report) -> SetFunction:
    async def run(contexts: Sequence[Context]) -> Sequence[Result]:
        watched: list[Any] = [Watched(context) for context in contexts]
        results = await function(watched)
        return [_report(rule, w, result, report) for w, result in zip(watched, results, strict=True)]

    return run


def _report(rule: Rule, watched: Watched, result: Any, report: Report) -> Any:
    """Report what is undeclared in a result or a failure; return the result as it was, a generator as a list."""
    failed = isinstance(result, Exception)
    kept = result if failed or result is None else list(result)
    for breach in broken(rule, watched, kept):
        report(f"rule {rule.name} {breach}")
    return kept
