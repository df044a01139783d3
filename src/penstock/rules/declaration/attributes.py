"""Attributes of events: what a rule needs, and what it adds to the events that it sends (spec 13 §8)."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from penstock.model.numbers import finite

if TYPE_CHECKING:
    from collections.abc import Callable


class AttributeType(enum.StrEnum):
    """Types of event attributes."""

    STRING = "STRING"
    INTEGER = "INTEGER"
    BOOLEAN = "BOOLEAN"
    FLOAT = "FLOAT"
    OBJECT = "OBJECT"
    ARRAY = "ARRAY"
    JSON = "JSON"  # anything


@dataclass(frozen=True)
class Attribute:
    """An attribute of an event: ``Attribute("maxCount", AttributeType.INTEGER)``."""

    name: str
    type: AttributeType = AttributeType.STRING
    description: str = ""
    required: bool = True

    def fits(self, value: Any) -> bool:
        """Return whether a value can be taken for this type; numbers may come as text, null fits nothing."""
        return value is not None and _FITS[self.type](value)

    def optional(self) -> Attribute:
        """Return the same attribute as one that may be missing."""
        return replace(self, required=False)


def declared(attributes: object) -> tuple[Attribute, ...]:
    """Return attributes as they are declared: a name alone is a required STRING."""
    assert isinstance(attributes, list | tuple), "attributes are a list"
    return tuple(a if isinstance(a, Attribute) else Attribute(a) for a in attributes)


def _whole(value: Any) -> bool:
    return _number(value) and float(value).is_integer()


def _number(value: Any) -> bool:
    return isinstance(value, str | int | float) and finite(value) is not None


_FITS: dict[AttributeType, Callable[[Any], bool]] = {
    AttributeType.STRING: lambda v: isinstance(v, str | int | float) and not isinstance(v, bool),
    AttributeType.INTEGER: _whole,
    AttributeType.BOOLEAN: lambda v: isinstance(v, bool) or (isinstance(v, str) and v.lower() in {"true", "false"}),
    AttributeType.FLOAT: _number,
    AttributeType.OBJECT: lambda v: isinstance(v, dict),
    AttributeType.ARRAY: lambda v: isinstance(v, list),
    AttributeType.JSON: lambda _: True,
}
