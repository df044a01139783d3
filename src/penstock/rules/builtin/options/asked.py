"""What a fulfilment option asks for: products, and a place (spec 21 §9.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.rules import Attribute, RuleError
from penstock.rules.builtin.common import whole_number

if TYPE_CHECKING:
    from penstock.rules import Context

ACCEPTS = ("FULFILMENT_OPTIONS",)
ASKED_WRONG = "it asks for no product, or not for a whole number of units above 0"
PICKUP = Attribute("pickupLocationRef", description="where the customer collects")

Coordinates = tuple[float, float]  # latitude, longitude in degrees


@dataclass(frozen=True, slots=True)
class Product:
    """How many units of a product are wanted; ``catalogue_ref`` as the client gave it."""

    units: int
    catalogue_ref: str | None


def products(context: Context) -> dict[str, Product]:
    """Return what is wanted by product ref, as first named; lines of the same product are added up.

    ``RuleError`` 400 where nothing is wanted, or not a whole number of units above 0.
    """
    wanted: dict[str, Product] = {}
    for line in context.entity.products or ():
        ref, units = line["productRef"], _units(context, line)
        known = wanted.get(ref) or Product(0, line.get("catalogueRef"))
        wanted[ref] = Product(known.units + units, known.catalogue_ref)
    if not wanted:
        raise RuleError(f"fulfilment option {context.entity.ref}: products is empty, nothing is asked for")
    return wanted


def need(context: Context) -> dict[str, int]:
    """Return the units wanted by product ref; fails as :func:`products`."""
    return {ref: product.units for ref, product in products(context).items()}


def _units(context: Context, line: dict[str, Any]) -> int:
    what = f"fulfilment option {context.entity.ref}: requestedQuantity of product {line['productRef']}"
    units = whole_number(line.get("requestedQuantity"), what)
    if units <= 0:
        raise RuleError(f"{what} must be above 0, not {units}")
    return units


def coordinates(context: Context) -> Coordinates | None:
    """Return where the customer is, as far as the option's address tells; None where it does not."""
    address = context.entity.address or {}
    latitude, longitude = address.get("latitude"), address.get("longitude")
    return None if latitude is None or longitude is None else (float(latitude), float(longitude))


def order_type(context: Context) -> str:
    """Return the type that an order for the option would have: HD, CC or another one."""
    found: str = context.entity.order_type or context.entity.type
    return found
