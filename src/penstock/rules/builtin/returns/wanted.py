"""The attribute ``returnItems`` of an order's event: what the customer wants to send back (spec 33 §3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from penstock.rules import Attribute, AttributeType, Context, RuleError
from penstock.rules.builtin.common import whole_number

Row = Any

NAME = "returnItems"
ITEMS = Attribute(
    NAME, AttributeType.ARRAY, "objects with orderItem (ref or id), unitQuantity, returnReason, returnCondition"
)
MALFORMED = f"{NAME} is malformed"
UNKNOWN = f"{NAME} names an item that the order does not have, or no units"
OTHER = "OTHER"  # the code that needs a comment


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry: the order's item, the units that come back, and the entry as it was given."""

    item: Row
    units: int
    given: dict[str, Any]


def wanted(context: Context) -> list[Wanted]:
    """Return the entries of the attribute.

    ``RuleError`` 400 for what is malformed, 422 for an item that the order does not have and for less than one unit.
    """
    items = context.many(context.entity, "items")
    return [_wanted(items, entry) for entry in objects(context.attribute(NAME), f"attribute {NAME}")]


def objects(value: Any, what: str) -> list[dict[str, Any]]:
    """Return a list of objects, of which there must be one; ``RuleError`` 400 for anything else."""
    if not isinstance(value, list) or not value or not all(isinstance(entry, dict) for entry in value):
        raise RuleError(f"{what} must be a list of one object or more, not {value!r}")
    return value


def _wanted(items: list[Row], entry: dict[str, Any]) -> Wanted:
    item = named(items, entry.get("orderItem"), f"{NAME}.orderItem", "order")
    what = f"{NAME}.unitQuantity of item {item.ref}"
    units = counted(entry.get("unitQuantity"), what)
    if units < 1:
        raise RuleError(f"{what} must be at least 1, not {units}", 422)
    return Wanted(item, units, entry)


def named(rows: list[Row], key: Any, what: str, owner: str) -> Row:
    """Return the row that a key such as ``{"ref": "1"}`` or ``{"id": "17"}`` names; ``RuleError`` 400, 422."""
    if not isinstance(key, dict) or (key.get("id") is None and key.get("ref") is None):
        raise RuleError(f"{what} must be an object with ref or id, not {key!r}")
    column = "ref" if key.get("id") is None else "id"
    found = next((row for row in rows if str(getattr(row, column)) == str(key[column])), None)
    if found is None:
        raise RuleError(f"{what}: the {owner} has no item with {column} {key[column]}", 422)
    return found


def counted(value: Any, what: str) -> int:
    """Return the number of a ``QuantityType``, or a plain number; ``RuleError`` 400 for what is no whole number."""
    return whole_number(value.get("quantity") if isinstance(value, dict) else value, what)


def choice(given: dict[str, Any], name: str, what: str) -> dict[str, Any] | None:
    """Return the code and label that an entry gives under a name, None without; ``RuleError`` 400 if malformed."""
    value: dict[str, Any] | None = given.get(name)
    if value is not None and not (isinstance(value, dict) and isinstance(value.get("value"), str)):
        raise RuleError(f"{what}.{name} must be {{value, label}}, not {value!r}")
    return value


def commented(given: dict[str, Any], name: str, what: str) -> tuple[dict[str, Any] | None, str | None]:
    """Return a code and its comment; ``RuleError`` 400 for the code OTHER without one."""
    code, comment = choice(given, name, what), given.get(f"{name}Comment")
    if comment is not None and not isinstance(comment, str):
        raise RuleError(f"{what}.{name}Comment must be a text, not {comment!r}")
    if code is not None and code["value"].upper() == OTHER and not comment:
        raise RuleError(f"{what}.{name} is {OTHER}: {name}Comment must say more")
    return code, comment
