"""The attribute ``revisedItems``: what the customer wants instead (spec 31 §7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.rules import Attribute, AttributeType, Context, RuleError
from penstock.rules.builtin.common import whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Row = Any

ITEMS = Attribute("revisedItems", AttributeType.ARRAY, "objects with productRef, catalogueRef, quantity, price ...")
MALFORMED = "revisedItems is no list of objects with productRef and quantity"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line of the revised order. ``before`` is the line of the original with the same product, if any."""

    product_ref: str
    quantity: int
    given: Mapping[str, Any]
    before: Row | None

    def value(self, name: str, column: str | None = None) -> Any:
        """Return what the entry says, else what the original's line has in a column, else None."""
        value = self.given.get(name)
        return value if value is not None or self.before is None or column is None else getattr(self.before, column)


def wanted(context: Context, items: Sequence[Row]) -> list[Wanted]:
    """Return the lines wanted; ``items`` are those of the original. ``RuleError`` 400 for malformed entries."""
    entries = context.attribute(ITEMS.name)
    if not isinstance(entries, list) or not entries:
        raise RuleError(f"attribute {ITEMS.name} must be a list with at least one line, not {entries!r}")
    return [_wanted(entry, number, items) for number, entry in enumerate(entries, 1)]


def _wanted(entry: Any, number: int, items: Sequence[Row]) -> Wanted:
    where = f"{ITEMS.name}[{number}]"
    if not isinstance(entry, dict):
        raise RuleError(f"{where} must be an object, not {entry!r}")
    ref = entry.get("productRef")
    if not isinstance(ref, str) or not ref:
        raise RuleError(f"{where}.productRef must name a product, not {ref!r}")
    quantity = whole_number(entry.get("quantity"), f"{where}.quantity")
    if quantity < 1:
        raise RuleError(f"{where}.quantity must be at least 1, but is {quantity}")
    return Wanted(ref, quantity, entry, next((i for i in items if i.product_ref == ref), None))
