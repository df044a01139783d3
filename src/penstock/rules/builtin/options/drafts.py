"""A plan on its way: what the rules hand on in ``fulfilmentPlans`` until it is stored (spec 21 §9.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.rules import Attribute, AttributeType, RuleError
from penstock.sourcing.plans import missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from penstock.rules import Context
    from penstock.rules.builtin.options.asked import Product

PLANS = Attribute("fulfilmentPlans", AttributeType.ARRAY, "plans that are to be stored, shaped as their queries show")
MALFORMED = "attribute fulfilmentPlans has another shape than plans have"
OUT_OF_STOCK = "OUT_OF_STOCK"


class Item(msgspec.Struct, rename="camel"):
    """A product of a fulfilment: what the location has, and what the option asks for in all."""

    product_ref: str
    available_quantity: int
    requested_quantity: int
    catalogue_ref: str | None = None


class Fulfilment(msgspec.Struct, rename="camel"):
    """What one place would send."""

    location_ref: str
    items: list[Item]
    fulfilment_type: str | None = None
    eta: str | None = None


class Shortcoming(msgspec.Struct):
    """What a plan cannot do."""

    code: str
    message: str
    attributes: list[dict[str, Any]] | None = None


class Draft(msgspec.Struct):
    """A plan that is not stored yet."""

    fulfilments: list[Fulfilment]
    exceptions: list[Shortcoming] = []
    attributes: list[dict[str, Any]] = []
    eta: str | None = None


def drafts(context: Context) -> list[Draft]:
    """Return the plans of the event; ``RuleError`` 400 names what is wrong with their shape."""
    try:
        return msgspec.convert(context.attribute(PLANS.name), list[Draft])
    except msgspec.ValidationError as error:
        raise RuleError(f"attribute {PLANS.name}: {error}") from None


def carried(plans: list[Draft]) -> dict[str, Any]:
    """Return plans as the attribute of an event."""
    return {PLANS.name: msgspec.to_builtins(plans)}


def item(product_ref: str, available: int, wanted: Mapping[str, Product]) -> Item:
    """Return the item of a product that is wanted."""
    product = wanted[product_ref]
    return Item(product_ref, available, product.units, product.catalogue_ref)


def shortcomings(wanted: Mapping[str, Product], items: Iterable[Item]) -> list[Shortcoming]:
    """Return an entry for each product of which the items do not have enough."""
    need = {ref: product.units for ref, product in wanted.items()}
    short = missing(need, ((i.product_ref, i.available_quantity) for i in items))
    return [
        Shortcoming(OUT_OF_STOCK, f"SKU {ref}: {units} of {need[ref]} not available") for ref, units in short.items()
    ]
