"""Declaring a rule: its name, what it takes, what it may do, and the function (spec 13 §8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from penstock.rules.actions import Action
from penstock.rules.context import Context
from penstock.rules.declaration.attributes import Attribute, declared
from penstock.rules.declaration.effects import Creates, Sends, Sets

if TYPE_CHECKING:
    from penstock.rules.declaration.props import Prop

Result = Iterable[Action] | None
RuleFunction = Callable[[Context], Result | Awaitable[Result]]
SetFunction = Callable[[Sequence[Context]], Awaitable[Sequence[Result]]]


@dataclass(frozen=True)
class Rule:
    """A rule of the library. ``name`` is ``<namespace>.<Rule>``, without the account.

    ``asks`` are the kinds of questions that it may ask, ``reads`` the entities of the tree that it looks at beside
    the event's own, by the model's names. ``fails`` says when it ends with a :class:`RuleError` of which code,
    beside those for missing properties and attributes; ``raises`` when it leaves the event to the workflow's
    EXCEPTION ruleset.
    """

    name: str
    description: str
    accepts: tuple[str, ...]  # entity types; empty: all
    props: tuple[Prop, ...] = ()
    event_attributes: tuple[Attribute, ...] = ()
    sends: tuple[Sends, ...] = ()
    sets: tuple[Sets, ...] = ()
    creates: tuple[Creates, ...] = ()
    asks: tuple[type, ...] = ()
    reads: tuple[str, ...] = ()
    webhooks: bool = False
    mails: bool = False
    fails: dict[int, str] = field(default_factory=dict)
    raises: str = ""
    function: RuleFunction | None = None
    set_function: SetFunction | None = None
    by_name: dict[str, Prop] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_name.update((p.name, p) for p in self.props)

    @property
    def attributes(self) -> tuple[str, ...]:
        """Return the names of the event attributes that it cannot do without."""
        return tuple(a.name for a in self.event_attributes if a.required)


class Facts(TypedDict, total=False):
    """What a decorator takes beside name, description and properties; everything may be left out.

    ``attributes`` are those of the event: a name alone is a required STRING. One thing needs no list around it.
    """

    accepts: Sequence[str]
    attributes: Sequence[str | Attribute]
    sends: Sends | Sequence[Sends]
    sets: str | Sets | Sequence[str | Sets]
    creates: Creates | Sequence[Creates]
    asks: type | Sequence[type]
    reads: Sequence[str]
    webhooks: bool
    mails: bool
    fails: dict[int, str]
    raises: str


REGISTRY: dict[str, Rule] = {}


def rule(name: str, description: str, *props: Prop, **facts: Unpack[Facts]) -> Callable[[RuleFunction], RuleFunction]:
    """Declare a rule. The function may be ``async`` to ask questions; it returns actions, or None for none."""

    def declare(function: RuleFunction) -> RuleFunction:
        _register(_rule(name, description, props, facts, function=function))
        return function

    return declare


def set_rule(name: str, description: str, *props: Prop, **facts: Unpack[Facts]) -> Callable[[SetFunction], SetFunction]:
    """Declare a rule over all contexts that stand at it; it returns the actions of each, in order."""

    def declare(function: SetFunction) -> SetFunction:
        _register(_rule(name, description, props, facts, set_function=function))
        return function

    return declare


def _register(rule_: Rule) -> None:
    if rule_.name in REGISTRY:
        raise ValueError(f"rule {rule_.name} is declared twice")
    REGISTRY[rule_.name] = rule_


def _rule(name: str, description: str, props: tuple[Prop, ...], facts: Facts, **functions: Any) -> Rule:
    return Rule(
        name,
        description,
        tuple(facts.get("accepts", ())),
        props,
        declared(facts.get("attributes", ())),
        sends=_several(facts.get("sends", ())),
        sets=tuple(_status(s) for s in _several(facts.get("sets", ()))),
        creates=_several(facts.get("creates", ())),
        asks=_several(facts.get("asks", ())),
        reads=tuple(facts.get("reads", ())),
        webhooks=facts.get("webhooks", False),
        mails=facts.get("mails", False),
        fails=facts.get("fails", {}),
        raises=facts.get("raises", ""),
        **functions,
    )


def _status(given: str | Sets) -> Sets:
    return Sets(given) if isinstance(given, str) else given


def _several(given: Any) -> tuple[Any, ...]:
    return tuple(given) if isinstance(given, list | tuple) else (given,)
