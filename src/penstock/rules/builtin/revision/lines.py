"""The lines of a revised order: their products, prices and choices (spec 31 §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.money.amounts import ZERO
from penstock.rules import Context, RuleError
from penstock.rules.builtin.ordering import NewItem
from penstock.rules.builtin.prices import amount
from penstock.rules.builtin.revision.wanted import ITEMS
from penstock.rules.questions import ByRef

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.rules.builtin.prices import Counting
    from penstock.rules.builtin.revision.wanted import Wanted

Row = Any

# Attributes of items that tell what became of them: they begin anew.
_PAST = {"cancelledQuantity", "cancellations", "returnableQty", "returnedQty"}


async def line(context: Context, wanted: Wanted, number: int, items: Sequence[Row], counted: Counting) -> NewItem:
    """Return a line of the revised order; ``RuleError`` 422 names what is wrong or missing."""
    where = f"{ITEMS.name}[{number}]"
    catalogue = await _catalogue(context, wanted, items, where)
    product = await context.ask(ByRef("VariantProduct", wanted.product_ref, within=catalogue.id))
    if product is None:
        raise RuleError(f"{where}.productRef: catalogue {catalogue.ref} has no product {wanted.product_ref}", 422)
    tariff = tariff_of(wanted) or counted.tax_type.get("tariff") or counted.tax_type["group"]
    prices = _prices(wanted, where)
    paid = prices.get("paid_price", prices.get("price"))
    if paid is None:
        raise RuleError(f"{where}.price is missing, and the order has no line of {wanted.product_ref}", 422)
    columns = {**{name: float(value) for name, value in prices.items()}, "attributes": _attributes(wanted, where)}
    price = counted.line(paid, wanted.quantity, tariff)
    ref, choice = str(wanted.given.get("ref") or number), _choice(context, wanted, where)
    return NewItem(ref, product, catalogue.ref, wanted.quantity, price, tariff, choice, columns)


def tariff_of(wanted: Wanted) -> str | None:
    """Return the tariff of a line, None where neither it nor the original's says one; ``RuleError`` 422."""
    given = wanted.value("taxType", "tax_type")
    tariff = given.get("tariff") or given.get("group") if isinstance(given, dict) else given
    if given is not None and (not isinstance(tariff, str) or not tariff):
        raise RuleError(f"{ITEMS.name}: taxType of {wanted.product_ref} must name a tariff, but is {given!r}", 422)
    return tariff


async def _catalogue(context: Context, wanted: Wanted, items: Sequence[Row], where: str) -> Row:
    """Return the catalogue that an entry names, else that of the original's line, else the only one of the order."""
    ref = wanted.given.get("catalogueRef") or wanted.value("productCatalogueRef", "product_catalogue_ref")
    known = {item.product_catalogue_ref for item in items}
    ref = ref or (known.pop() if len(known) == 1 else None)
    catalogue = None if ref is None else await context.ask(ByRef("ProductCatalogue", str(ref)))
    if catalogue is None:
        raise RuleError(f"{where}.catalogueRef: there is no product catalogue {ref}", 422)
    return catalogue


def _prices(wanted: Wanted, where: str) -> dict[str, Any]:
    """Return the prices of one: those of the entry, or all of the original's line where it gives none."""
    names = {"price": "price", "paidPrice": "paid_price"}
    given = {column: wanted.given[name] for name, column in names.items() if wanted.given.get(name) is not None}
    if not given and wanted.before is not None:
        given = {column: getattr(wanted.before, column) for column in names.values()}
    prices = {c: amount(v, f"{where}.{c}", 422) for c, v in given.items() if v is not None}
    below = next((c for c, price in prices.items() if price < ZERO), None)
    if below is not None:
        raise RuleError(f"{where}.{below} must not be negative, but is {prices[below]}", 422)
    return prices


def _choice(context: Context, wanted: Wanted, where: str) -> Row | None:
    """Return the choice that a line is for: the one it names, else the original's line's, else the only one."""
    assert context.root is not None
    choices = context.many(context.root, "fulfilmentChoices")
    ref = wanted.given.get("fulfilmentChoiceRef")
    if ref is not None:
        found = next((c for c in choices if c.ref == str(ref)), None)
        if found is None:
            raise RuleError(f"{where}.fulfilmentChoiceRef: the order has no choice {ref}", 422)
        return found
    before = None if wanted.before is None else wanted.before.fulfilment_choice_id
    found = next((c for c in choices if c.id == before), None)
    if found is None and len(choices) > 1:
        raise RuleError(f"{where}.fulfilmentChoiceRef is missing: the order has {len(choices)} choices", 422)
    return found or (choices[0] if choices else None)


def _attributes(wanted: Wanted, where: str) -> list[dict[str, Any]]:
    """Return the attributes of a line: those of the entry, else the original's, without what became of that.

    ``RuleError`` 422 for what are none: objects with name, type and value.
    """
    kept = wanted.value("attributes", "attributes") or []
    if not isinstance(kept, list) or not all(map(_is_attribute, kept)):
        raise RuleError(f"{where}.attributes must be objects with name, type and value, not {kept!r}", 422)
    return [a for a in kept if a["name"] not in _PAST]


def _is_attribute(value: Any) -> bool:
    return isinstance(value, dict) and "value" in value and all(isinstance(value.get(k), str) for k in ("name", "type"))
