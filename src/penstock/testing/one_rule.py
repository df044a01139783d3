"""Running one rule against a tree and answers that a test gives, without engine or database."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from penstock.rules import AskAll
from penstock.rules.names import resolve
from penstock.testing.declared import checked

if TYPE_CHECKING:
    from penstock.rules import Action, Rule
    from penstock.rules.declaration import RuleFunction
    from penstock.testing.context import FakeContext


def run(name: str, context: FakeContext, **props: Any) -> list[Action]:
    """Run a rule and return its actions; ``name`` is without the account.

    Raises :class:`UndeclaredError` where it does what it has not declared.
    """
    return run_all(name, [context], **props)[0]


def run_all(name: str, contexts: list[FakeContext], **props: Any) -> list[list[Action]]:
    """Run a rule for several contexts, a set rule for all at once."""
    found = resolve(f"ACME.{name}")
    assert found is not None, f"there is no rule {name}"
    return run_rule(found, contexts, **props)


def run_rule(rule: Rule, contexts: list[FakeContext], **props: Any) -> list[list[Action]]:
    """Run a rule that need not be registered."""
    unknown = props.keys() - rule.by_name.keys()
    assert not unknown, f"{rule.name} does not declare {unknown}"
    watched = checked(rule)
    for context in contexts:
        context.rule, context.props = watched, props
    if watched.set_function is not None:
        return [list(actions or ()) for actions in _drive(watched.set_function(contexts))]
    assert watched.function is not None
    return [list(_result(watched.function, context) or ()) for context in contexts]


def _result(function: RuleFunction, context: FakeContext) -> Any:
    result = function(context)
    return _drive(result) if inspect.isawaitable(result) else result


def _drive(awaited: Any) -> Any:
    """Answer every question of a rule until it returns."""
    answer: Any = None
    while True:
        try:
            asked: Any = awaited.send(answer)
        except StopIteration as stop:
            return stop.value
        asks: list[Any] = asked.asks if isinstance(asked, AskAll) else [asked]
        answers = [a.context.answer(a.question) for a in asks]
        answer = answers if isinstance(asked, AskAll) else answers[0]
