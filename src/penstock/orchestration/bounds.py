"""What a rule may return: actions, not too many, that can be stored (spec 13 §9, §15)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.errors import shown
from penstock.orchestration.trace import size_of
from penstock.rules.failures import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from penstock.orchestration.trace import TraceBody
    from penstock.rules.actions import Action

MOST_ACTIONS = 10_000  # of one call; an event's id has room for some 16,000 audit entries


class UnstorableError(Exception):
    """What rules did in a context cannot be stored; the message names the rule."""


def bounded(result: Any) -> Iterable[Action]:
    """Return what a rule returned, as long as it can be meant.

    Raises:
        RuleError: it is no list, or longer than it may be.
    """
    if type(result) is list and len(result) <= MOST_ACTIONS:
        return result
    return _counted(result) if result else ()


def _counted(result: Any) -> Iterator[Action]:
    if isinstance(result, str | bytes | dict) or not hasattr(result, "__iter__"):
        raise RuleError(f"a rule returns a list of actions, not {shown(result)}", 500)
    for number, action in enumerate(result):
        if number == MOST_ACTIONS:
            raise RuleError(f"a rule returns at most {MOST_ACTIONS} actions", 500)
        yield action


def guilty(body: TraceBody, error: Exception) -> UnstorableError:
    """Return the error that names the rule because of which a trace cannot be stored, or is too large."""
    largest, rule = 0, "no rule"
    for node in (r for e in body.events for ruleset in e.rulesets for r in ruleset.rules):
        try:
            size = size_of(node.actions)
        except Exception as own:  # noqa: BLE001 - a rule may return anything, and an encoder raise anything for it
            return UnstorableError(f"{node.name}: {own}")
        if size > largest:
            largest, rule = size, node.name
    return UnstorableError(f"{rule}: {error}")
