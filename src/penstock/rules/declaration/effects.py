"""What a rule may do: the events that it sends, the statuses that it sets, the rows that it creates (spec 13 §8).

Texts in braces stand for properties: ``Sends("{eventName}")`` sends what the property ``eventName`` names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from penstock.rules.declaration.attributes import Attribute
    from penstock.rules.declaration.props import Prop

SAME = "same"  # the entity type of the event that the rule works on


@dataclass(frozen=True)
class Sends:
    """An event that the rule may send.

    ``to`` is the entity type of its target ("ORDER"), SAME for the event's own entity; ``subtype`` and ``status``
    narrow the target down where that is known. ``gate`` says that a condition decides, ``scheduled`` that the
    event comes later: always (True), or where the workflow gives the property of that name. ``adds`` are the
    attributes that it gets; ``forwards`` says whether those of the current event go on with it. ``heard``: it is only
    sent where the workflow has a ruleset for it.
    """

    event: str
    to: str = SAME
    subtype: str = ""
    status: str = ""
    gate: bool = False
    scheduled: bool | str = False
    adds: tuple[Attribute, ...] = ()
    forwards: bool = True
    heard: bool = False

    def later(self, props: Mapping[str, Any]) -> bool:
        """Return whether the event is scheduled where the workflow gives these properties."""
        return props.get(self.scheduled) is not None if isinstance(self.scheduled, str) else self.scheduled


@dataclass(frozen=True)
class Sets:
    """A status that the rule may set, on the event's entity or on others of a type.

    ``of`` is the model's name ("ReturnOrderItem") for what no event is sent to.
    """

    status: str
    of: str = SAME


@dataclass(frozen=True)
class Creates:
    """A row that the rule may create, by the model's name; orchestrated ones get their CREATE event."""

    entity: str
    status: str = "CREATED"


def placeholder(text: str) -> str | None:
    """Return the name of the property that a text in braces stands for, None for a plain text."""
    return text[1:-1] if text[:1] == "{" and text[-1:] == "}" else None


def filled(text: str, props: Mapping[str, Any], declared: Mapping[str, Prop]) -> list[str]:
    """Return what a declared text means where a workflow gives these properties; nothing where none is given."""
    name = placeholder(text)
    if name is None:
        return [text]
    value = props.get(name)
    if value is None:
        prop = declared.get(name)
        value = None if prop is None or prop.required else prop.default
    values = value if isinstance(value, list) else [value]
    return [str(v) for v in values if v not in (None, "")]
