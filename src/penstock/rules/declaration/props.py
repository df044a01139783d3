"""Properties: what a workflow gives to a rule (spec 13 §8)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from penstock.rules.failures import RuleError


class PropType(enum.StrEnum):
    """Types of rule properties."""

    STRING = "STRING"
    INTEGER = "INTEGER"
    BOOLEAN = "BOOLEAN"
    ENUM = "ENUM"  # one of ``values``
    JSON = "JSON"
    TIME_PERIOD = "TIME PERIOD"  # seconds


class Required(enum.Enum):
    """The default of a property that has none; an enum, since it stays itself when copied to another process."""

    REQUIRED = "required"


REQUIRED = Required.REQUIRED
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True)
class Prop:
    """A property that a workflow gives to the rule; required unless it has a default.

    ``values`` are those of an ENUM. ``status_of`` says that the property names statuses of an entity type
    ("FULFILMENT", or SAME for the event's entity); which properties name events follows from what the rule sends.
    """

    name: str
    description: str
    type: PropType = PropType.STRING
    multiple: bool = False
    default: Any = REQUIRED
    values: tuple[str, ...] = ()
    status_of: str = ""

    @property
    def required(self) -> bool:
        """Return whether the workflow has to give it."""
        return self.default is REQUIRED

    def convert(self, value: Any) -> Any:
        """Return the value as this property's type; one value stands for a list of one (spec 35 §0)."""
        if self.multiple:
            values = value if isinstance(value, list) else [value]
            return [self._single(v) for v in values]
        return self._single(value)

    def problem(self, value: Any) -> str | None:
        """Return what is wrong with a value in a workflow document, None where it can be converted.

        Stricter than :meth:`convert`, which has to run what is stored: "yes" is no BOOLEAN, an object no STRING.
        """
        values = value if self.multiple and isinstance(value, list) else [value]
        bad = next((v for v in values if not self._fits(v)), None)
        if bad is None:
            return None
        wanted = f"one of {', '.join(self.values)}" if self.type is PropType.ENUM else _WANTED[self.type]
        return f"must be {wanted}, not {bad!r}"

    def _fits(self, value: Any) -> bool:
        if self.type is PropType.JSON:
            return True
        if self.type is PropType.BOOLEAN:
            return isinstance(value, bool) or (isinstance(value, str) and value.lower() in _TRUTH)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return False
        if self.type in {PropType.INTEGER, PropType.TIME_PERIOD}:
            return _whole(value)
        return self.type is not PropType.ENUM or value in self.values

    def _single(self, value: Any) -> Any:
        try:
            if self.type in {PropType.INTEGER, PropType.TIME_PERIOD}:
                return int(value)
        except (TypeError, ValueError):
            raise RuleError(f"property {self.name} must be a whole number, not {value!r}") from None
        if self.type is PropType.BOOLEAN:
            return value if isinstance(value, bool) else str(value).lower() == "true"
        if self.type is PropType.ENUM and value not in self.values:
            raise RuleError(f"property {self.name} must be one of {', '.join(self.values)}, not {value}")
        return value if self.type is PropType.JSON else str(value)


_WANTED = {
    PropType.STRING: "a text",
    PropType.INTEGER: "a whole number",
    PropType.TIME_PERIOD: "a whole number of seconds",
    PropType.BOOLEAN: "true or false",
}


def _whole(value: str | float) -> bool:
    try:
        return float(value) == int(value)
    except (ValueError, OverflowError):
        return False


EVENT_NAME = Prop("eventName", "name of the event to send")
