"""The beginning: the option goes into the event (spec 21 §9.2, step 1)."""

from __future__ import annotations

from typing import Any

from penstock.model.numbers import finite
from penstock.model.rows import attribute
from penstock.rules import EVENT_NAME, Attribute, AttributeType, Context, RuleError, SendEvent, Sends, rule
from penstock.rules.builtin.common import forward
from penstock.rules.builtin.options.asked import ACCEPTS, ASKED_WRONG, products

_RADIUS = "radius"


@rule(
    "globalinventory.LoadFulfilmentOptionFO",
    "Send {eventName} with the fulfilment option",
    EVENT_NAME,
    accepts=ACCEPTS,
    sends=Sends(
        "{eventName}",
        adds=(
            Attribute("fulfilmentOption", AttributeType.OBJECT, "the option as its query shows it"),
            Attribute(_RADIUS, AttributeType.FLOAT, "kilometres: the option's attribute", required=False),
        ),
    ),
    fails={400: f"{ASKED_WRONG}, or its radius is no distance"},
)
def load_fulfilment_option(context: Context) -> list[SendEvent]:
    """Add ``fulfilmentOption``, and the option's attribute ``radius`` (km) where it has one.

    The other rules read the option itself; what is in the event is for rules of other packages, and for the trace.
    """
    products(context)  # an option that asks for nonsense ends here
    radius = _radius(context)
    return [forward(context, fulfilmentOption=_shown(context.entity), **({} if radius is None else {_RADIUS: radius}))]


def _radius(context: Context) -> float | None:
    given = attribute(context.entity, _RADIUS)
    if given is None:
        return None
    radius = finite(given)
    if radius is None or radius < 0:
        raise RuleError(
            f"fulfilment option {context.entity.ref}: attribute radius must be a number of kilometres, not {given!r}"
        )
    return radius


def _shown(option: Any) -> dict[str, Any]:
    return {
        "id": str(option.id),
        "ref": option.ref,
        "type": option.type,
        "retailerId": option.retailer_id,
        "orderType": option.order_type,
        "locationRef": option.location_ref,
        "trackingCode": option.tracking_code,
        "address": option.address,
        "products": option.products,
        "attributes": option.attributes,
    }
