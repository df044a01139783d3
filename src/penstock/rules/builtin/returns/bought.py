"""The products that a customer wants in exchange (spec 33 §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.rules import Context, RuleError
from penstock.rules.builtin.common import ask_all
from penstock.rules.builtin.prices import Counting, amount, price_of
from penstock.rules.builtin.returns.wanted import counted, objects
from penstock.rules.questions import ByRef, CataloguesOfRetailer, Matching

if TYPE_CHECKING:
    from decimal import Decimal

    from penstock.money.totals import Line
    from penstock.rules.builtin.returns.wanted import Wanted

Row = Any


@dataclass(frozen=True, slots=True)
class Bought:
    """A product, the ref of its catalogue, how many of it, and what they cost."""

    product: Row
    catalogue: str
    units: int
    line: Line


async def bought(context: Context, given: Any, what: str, entries: list[Wanted], count: Counting) -> list[Bought]:
    """Return what the entries of an attribute name: objects with productRef, catalogueRef, quantity and price.

    Without a catalogue, it is that of what comes back; without a price, what the same product cost in this order.
    ``RuleError`` 400 for what is malformed, 404 for a catalogue or product that does not exist, 422 for no units.
    """
    lines = objects(given, what)
    usual = entries[0].item.product_catalogue_ref or await _own_catalogue(context)
    refs = [str(entry.get("catalogueRef") or usual) for entry in lines]
    catalogues = await ask_all(context, *(ByRef("ProductCatalogue", ref) for ref in refs))
    missing = next((ref for ref, found in zip(refs, catalogues, strict=True) if found is None), None)
    if missing is not None:
        raise RuleError(f"{what}: there is no product catalogue {missing}", 404)
    questions = [_product(entry, c, what) for entry, c in zip(lines, catalogues, strict=True)]
    products = await ask_all(context, *questions)
    return [
        _bought(context, entry, found, ref, what, count)
        for entry, found, ref in zip(lines, products, refs, strict=True)
    ]


async def _own_catalogue(context: Context) -> str:
    """Return the ref of the retailer's first active product catalogue; ``RuleError`` 404 without one."""
    found = await context.ask(CataloguesOfRetailer("ProductCatalogue"))
    active = next((c.ref for c in found if c.status == "ACTIVE"), None)
    if active is None:
        raise RuleError(f"retailer {context.event.retailer_id} has no active product catalogue", 404)
    return str(active)


def _product(entry: dict[str, Any], catalogue: Row, what: str) -> Matching:
    ref = entry.get("productRef")
    if not isinstance(ref, str):
        raise RuleError(f"{what}.productRef must be a text, not {ref!r}")
    return Matching("Product", (("ref", (ref,)), ("catalogue_id", (catalogue.id,))))


def _bought(
    context: Context, entry: dict[str, Any], found: list[Row], catalogue: str, what: str, count: Counting
) -> Bought:
    ref = entry["productRef"]
    if not found:
        raise RuleError(f"{what}: there is no product {ref} in catalogue {catalogue}", 404)
    units = counted(entry.get("quantity"), f"{what}.quantity of {ref}")
    if units < 1:
        raise RuleError(f"{what}.quantity of {ref} must be at least 1, not {units}", 422)
    return Bought(found[0], catalogue, units, count.line(_price(context, entry, what), units, None))


def _price(context: Context, entry: dict[str, Any], what: str) -> Decimal:
    ref, given = entry["productRef"], entry.get("price")
    if given is not None:
        price = amount(given, f"{what}.price of {ref}")
        if price < 0:
            raise RuleError(f"{what}.price of {ref} must not be negative, but is {price}", 422)
        return price
    same = next((i for i in context.many(context.entity, "items") if i.product_ref == ref), None)
    if same is None:
        raise RuleError(f"{what}.price of {ref} is missing: the order has no such product that could tell it")
    return price_of(same)
