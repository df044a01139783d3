"""A sourcing request: what it needs, and what conditions may look at (spec 22 §9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules.builtin.common import ask_all
from penstock.rules.builtin.order.sourcing.demand import unfulfilled_items
from penstock.rules.questions import ById, Products
from penstock.sourcing.profile import Line, Need, SourcingContext

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.rules.builtin.order.scope import Scope

Row = Any
Json = dict[str, Any]

_ADDRESS = ("country", "state", "city", "postcode", "latitude", "longitude")


def needed(scope: Scope) -> Need:
    """Return what nobody sends yet, line by line."""
    left = unfulfilled_items(scope)
    return Need(tuple(Line(i.id, i.product_ref, left[i.id], i.price or 0.0) for i in scope.items if i.id in left))


async def described(scope: Scope, need: Need) -> SourcingContext:
    """Return the sourcing context: the order, its customer, the choice, what is sourced and what of it is left."""
    items = scope.items
    ids = tuple(sorted({item.product_id for item in items if item.product_id is not None}))
    customer, products = await ask_all(scope.context, ById("Customer", scope.order.customer_id or 0), Products(ids))
    known = {product["ref"]: product for product in products}
    left = {line.item: line.units for line in need.lines}
    return SourcingContext(
        {
            **_order(scope.order),
            "customer": customer and {"ref": customer.ref, "attributes": _by_name(customer.attributes)},
            "fulfilmentChoice": _choice(scope),
            "items": [_item(i, i.quantity, known) for i in items],
            "unfulfilledItems": [_item(i, left[i.id], known) for i in items if i.id in left],
        }
    )


def _order(order: Row) -> Json:
    plain = {"id": str(order.id), "ref": order.ref, "type": order.type, "status": order.status}
    prices = {"totalPrice": order.total_price, "totalTaxPrice": order.total_tax_price}
    return {**plain, **prices, "createdOn": _moment(order.created_on), "attributes": _by_name(order.attributes)}


def _choice(scope: Scope) -> Json | None:
    choice, address = scope.choice, scope.address
    if choice is None:
        return None
    return {
        "ref": choice.ref,
        "type": choice.type,
        "currency": choice.currency,
        "deliveryType": choice.delivery_type,
        "pickupLocationRef": choice.pickup_location_ref,
        "address": address and {name: getattr(address, name) for name in _ADDRESS},
        "attributes": _by_name(choice.attributes),
    }


def _item(item: Row, quantity: int, known: dict[str, Json]) -> Json:
    found = known.get(item.product_ref, {})
    product = {
        "ref": item.product_ref,
        "type": found.get("type"),
        "attributes": _by_name(found.get("attributes")),
        "categories": [{"ref": ref} for ref in found.get("categories", ())],
    }
    return {"ref": item.ref, "quantity": quantity, "price": item.price, "product": product}


def _by_name(attributes: list[Json] | None) -> Json:
    return {"byName": {a["name"]: a.get("value") for a in attributes or ()}}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
