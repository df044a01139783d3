"""Declaring a rule: its name, what it takes, and the function (spec 13 §8)."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from penstock.rules.actions import Action
from penstock.rules.context import Context
from penstock.rules.failures import RuleError

Result = Iterable[Action] | None
RuleFunction = Callable[[Context], Result | Awaitable[Result]]
SetFunction = Callable[[Sequence[Context]], Awaitable[Sequence[Result]]]


class PropType(enum.StrEnum):
    """Types of rule properties."""

    STRING = "STRING"
    INTEGER = "INTEGER"
    BOOLEAN = "BOOLEAN"
    JSON = "JSON"
    TIME_PERIOD = "TIME PERIOD"  # seconds


_REQUIRED: Any = object()


@dataclass(frozen=True)
class Prop:
    """A property that a workflow gives to the rule; required unless it has a default."""

    name: str
    description: str
    type: PropType = PropType.STRING
    multiple: bool = False
    default: Any = _REQUIRED

    @property
    def required(self) -> bool:
        """Return whether the workflow has to give it."""
        return self.default is _REQUIRED

    def convert(self, value: Any) -> Any:
        """Return the value as this property's type; one value stands for a list of one (spec 35 §0)."""
        if self.multiple:
            values = value if isinstance(value, list) else [value]
            return [self._single(v) for v in values]
        return self._single(value)

    def _single(self, value: Any) -> Any:
        try:
            if self.type in {PropType.INTEGER, PropType.TIME_PERIOD}:
                return int(value)
        except (TypeError, ValueError):
            raise RuleError(f"property {self.name} must be a whole number, not {value!r}") from None
        if self.type is PropType.BOOLEAN:
            return value if isinstance(value, bool) else str(value).lower() == "true"
        return str(value) if self.type is PropType.STRING else value


EVENT_NAME = Prop("eventName", "name of the event to send")


@dataclass(frozen=True)
class Rule:
    """A rule of the library. ``name`` is ``<namespace>.<Rule>``, without the account."""

    name: str
    description: str
    accepts: tuple[str, ...]  # entity types; empty: all
    props: tuple[Prop, ...] = ()
    attributes: tuple[str, ...] = ()  # event attributes that it needs
    function: RuleFunction | None = None
    set_function: SetFunction | None = None
    by_name: dict[str, Prop] = field(default_factory=dict)


REGISTRY: dict[str, Rule] = {}


def _register(rule_: Rule) -> None:
    if rule_.name in REGISTRY:
        raise ValueError(f"rule {rule_.name} is declared twice")
    rule_.by_name.update((p.name, p) for p in rule_.props)
    REGISTRY[rule_.name] = rule_


def rule(
    name: str, description: str, *props: Prop, accepts: Sequence[str] = (), attributes: Sequence[str] = ()
) -> Callable[[RuleFunction], RuleFunction]:
    """Declare a rule. The function may be ``async`` to ask questions; it returns actions, or None for none."""

    def declare(function: RuleFunction) -> RuleFunction:
        _register(Rule(name, description, tuple(accepts), props, tuple(attributes), function=function))
        return function

    return declare


def set_rule(
    name: str, description: str, *props: Prop, accepts: Sequence[str] = (), attributes: Sequence[str] = ()
) -> Callable[[SetFunction], SetFunction]:
    """Declare a rule over all contexts that stand at it; it returns the actions of each, in order."""

    def declare(function: SetFunction) -> SetFunction:
        _register(Rule(name, description, tuple(accepts), props, tuple(attributes), set_function=function))
        return function

    return declare
