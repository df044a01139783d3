"""A fulfilment option as a sourcing request: what it needs, and what conditions may look at (spec 22 §9).

Conditions that are written for orders hold for options as well: what an option does not say itself it says by its
attributes ``customerRef``, ``totalPrice``, ``currency`` and ``deliveryType``, or it is looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.numbers import finite, whole
from penstock.model.rows import attribute
from penstock.rules import RuleError
from penstock.rules.builtin.common import ask_all
from penstock.rules.builtin.options.asked import PICKUP, order_type, products
from penstock.rules.builtin.profiles.request import ADDRESS, by_name, item, looked_up, subject
from penstock.rules.questions import ByRef, Matching
from penstock.sourcing.profile import Line, Need, SourcingContext

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.rules import Context

Row = Any
Json = dict[str, Any]

_LIST_PRICE = "DEFAULT"


async def needed(context: Context) -> tuple[Need, dict[str, Row]]:
    """Return what the option asks for at list prices, and the products of its catalogue that are known, by ref."""
    wanted = products(context)
    known = await _known(context, {ref: p.catalogue_ref for ref, p in wanted.items()})
    prices = await _prices(context, known.values())
    lines = (
        Line(number, ref, product.units, prices.get(known[ref].id, 0.0) if ref in known else 0.0)
        for number, (ref, product) in enumerate(wanted.items(), 1)
    )
    return Need(tuple(lines)), known


async def _known(context: Context, catalogues: dict[str, str | None]) -> dict[str, Row]:
    """Return products by ref; those without a catalogue are looked for in the retailer's own."""
    usual = f"PC:MASTER:{context.event.retailer_id}"
    refs = sorted({ref or usual for ref in catalogues.values()})
    found = await ask_all(context, *(ByRef("ProductCatalogue", ref) for ref in refs))
    ids = {ref: row.id for ref, row in zip(refs, found, strict=True) if row is not None}
    if not ids:
        return {}
    where = (("catalogue_id", tuple(sorted(ids.values()))), ("ref", tuple(sorted(catalogues))))
    rows: list[Row] = await context.ask(Matching("StandardProduct", where))
    return {row.ref: row for row in rows if ids.get(catalogues[row.ref] or usual) == row.catalogue_id}


async def _prices(context: Context, known: Iterable[Row]) -> dict[int, float]:
    """Return list prices by product id, in the currency of the option where it has one."""
    ids, currency = tuple(sorted(row.id for row in known)), attribute(context.entity, "currency")
    rows: list[Row] = await context.ask(Matching("Price", (("product_id", ids),))) if ids else []
    fitting = [row for row in rows if currency in {None, row.currency}]
    fitting.sort(key=lambda row: row.type == _LIST_PRICE)  # the last one stays
    return {row.product_id: float(row.value) for row in fitting}


async def described(context: Context, need: Need, known: dict[str, Row]) -> SourcingContext:
    """Return the sourcing context: the option in the words of an order, its customer, and what it asks for."""
    ref = attribute(context.entity, "customerRef")
    who = ByRef("Customer", str(ref)) if ref else None
    customer, about = await looked_up(context, who, [row.id for row in known.values()])
    items = [item(str(line.item), line.product, line.units, line.price, about) for line in need.lines]
    return subject(
        context.entity,
        customer,
        type=order_type(context),
        totalPrice=_total(context, need),
        fulfilmentChoice=_choice(context),
        items=items,
        unfulfilledItems=items,
    )


def _total(context: Context, need: Need) -> float:
    """Return the value of the basket: as the client says, else at list prices; ``RuleError`` 400 for no number."""
    given = attribute(context.entity, "totalPrice")
    if given is None:
        return round(sum(line.price * line.units for line in need.lines), 4)
    total = finite(given)
    if total is None:
        what = f"fulfilment option {context.entity.ref}: attribute totalPrice"
        raise RuleError(f"{what} must be a number, not {given!r}")
    return total


def _choice(context: Context) -> Json:
    option, address = context.entity, context.entity.address or {}
    return {
        "type": order_type(context),
        "currency": attribute(option, "currency"),
        "deliveryType": attribute(option, "deliveryType"),
        "pickupLocationRef": context.event.attributes.get(PICKUP.name) or option.location_ref,
        "address": {name: address.get(name) for name in ADDRESS},
        "attributes": by_name(option.attributes),
    }


def most_splits(context: Context) -> int | None:
    """Return how many splits the option's attribute ``maxSplit`` wants at most; None where it says nothing.

    ``RuleError`` 400 for what is no whole number of at least 0.
    """
    given = attribute(context.entity, "maxSplit")
    number = None if given is None else whole(given)
    if given is not None and (number is None or number < 0):
        what = f"fulfilment option {context.entity.ref}: attribute maxSplit"
        raise RuleError(f"{what} must be a whole number of at least 0, not {given!r}")
    return number
