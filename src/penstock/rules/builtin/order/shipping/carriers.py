"""Who transports the parcels (spec 32 §7)."""

from __future__ import annotations

from typing import Any

from penstock.model.rows import attribute
from penstock.rules import Context, Prop, RuleError, Update, rule
from penstock.rules.builtin.common import location_of, noted
from penstock.rules.questions import ByRef, LocationOfAddress

Row = Any

CARRIER_REF = "carrierRef"  # attribute of fulfilments and articles


def usual_carrier(context: Context, location: Row | None, default: str | None = None) -> str:
    """Return the ref of the carrier that a location works with, else ``default``, else the retailer's."""
    usual: str | None = None if location is None else location.default_carrier
    return usual or default or f"DEFAULT_CARRIER:{context.event.retailer_id}"


async def known_carrier(context: Context, ref: str) -> Row:
    """Return the carrier with this ref; ``RuleError`` 400 where there is none."""
    carrier = await context.ask(ByRef("Carrier", ref))
    if carrier is None:
        raise RuleError(f"there is no carrier {ref}: create it, or name another as carrierRef")
    return carrier


@rule(
    "order.SelectCarrier",
    "Choose the carrier of the fulfilment: {carrierRef}, else its own, its location's or {default}",
    Prop("carrierRef", "ref of the carrier, whatever else is named", default=None),
    Prop("default", "ref of the last resort; none: DEFAULT_CARRIER: and the retailer's id", default=None),
    accepts=["FULFILMENT"],
    asks=[ByRef, LocationOfAddress],
    fails={400: "there is no such carrier", 404: "no location has the address that the fulfilment comes from"},
)
async def select_carrier(context: Context) -> list[Update]:
    """Note the choice in the fulfilment's attribute ``carrierRef``, which bookings go by."""
    ref = context.prop("carrierRef") or attribute(context.entity, CARRIER_REF)
    if ref is None:
        ref = usual_carrier(context, await location_of(context, context.entity), context.prop("default"))
    await known_carrier(context, ref)
    return [Update(context.entity, {"attributes": [noted(CARRIER_REF, ref)]})]
