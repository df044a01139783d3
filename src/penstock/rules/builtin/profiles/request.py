"""A sourcing request: what it needs, and what conditions may look at, in the words of an order (spec 22 §9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules.builtin.common import ask_all
from penstock.rules.builtin.order.sourcing.demand import unfulfilled_items
from penstock.rules.questions import ById, Products
from penstock.sourcing.profile import Line, Need, SourcingContext

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from penstock.rules import Context
    from penstock.rules.builtin.order.scope import Scope
    from penstock.rules.questions import ByRef

Row = Any
Json = dict[str, Any]

ADDRESS = ("country", "state", "city", "postcode", "latitude", "longitude")


def needed(scope: Scope) -> Need:
    """Return what nobody sends yet, line by line."""
    left = unfulfilled_items(scope)
    return Need(tuple(Line(i.id, i.product_ref, left[i.id], i.price or 0.0) for i in scope.items if i.id in left))


async def described(scope: Scope, need: Need) -> SourcingContext:
    """Return the sourcing context: the order, its customer, the choice, what is sourced and what of it is left."""
    order, items = scope.order, scope.items
    left = {line.item: line.units for line in need.lines}
    who = ById("Customer", order.customer_id or 0)
    customer, known = await looked_up(scope.context, who, {i.product_id for i in items} - {None})
    return subject(
        order,
        customer,
        totalPrice=order.total_price,
        totalTaxPrice=order.total_tax_price,
        fulfilmentChoice=_choice(scope),
        items=[item(i.ref, i.product_ref, i.quantity, i.price, known) for i in items],
        unfulfilledItems=[item(i.ref, i.product_ref, left[i.id], i.price, known) for i in items if i.id in left],
    )


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
        "address": address and {name: getattr(address, name) for name in ADDRESS},
        "attributes": by_name(choice.attributes),
    }


# --- the words, also of fulfilment options ---


async def looked_up(
    context: Context, who: ById | ByRef | None, products: Iterable[int]
) -> tuple[Row | None, dict[str, Json]]:
    """Return the customer, None without one, and what is known of the products with these ids, by ref."""
    ids = tuple(sorted(products))
    customer, known = await ask_all(context, who, Products(ids) if ids else None)
    return customer, {product["ref"]: product for product in known or ()}


def subject(request: Row, customer: Row | None, **own: Any) -> SourcingContext:
    """Return the sourcing context of an order or option; ``own`` is what each of them says in its own way."""
    plain = {"id": str(request.id), "ref": request.ref, "type": request.type, "status": request.status}
    who = customer and {"ref": customer.ref, "attributes": by_name(customer.attributes)}
    about = {"createdOn": _moment(request.created_on), "attributes": by_name(request.attributes), "customer": who}
    return SourcingContext({**plain, **about, **own})


def item(ref: str, product: str, quantity: int, price: float | None, known: Mapping[str, Json]) -> Json:
    """Return units of a product, of one price each; ``known`` is what is known of products, by ref."""
    found = known.get(product, {})
    about = {"ref": product, "type": found.get("type"), "attributes": by_name(found.get("attributes"))}
    categories = [{"ref": category} for category in found.get("categories", ())]
    return {"ref": ref, "quantity": quantity, "price": price, "product": {**about, "categories": categories}}


def by_name(attributes: list[Json] | None) -> Json:
    """Return attributes as paths lead to their values: ``attributes.byName.tier``."""
    return {"byName": {a["name"]: a.get("value") for a in attributes or ()}}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
