"""What a carrier takes away at once from a location (spec 32 §7)."""

from __future__ import annotations

from typing import Any

from penstock.rules import Action, Attribute, Context, Create, Creates, Join, Prop, RuleError, rule
from penstock.rules.builtin.order.shipping.carriers import CARRIER_REF, known_carrier, usual_carrier
from penstock.rules.questions import ByRef, ConsignmentsWaiting

_VOID = ("CANCELLED",)  # statuses of manifests that list nothing any more


@rule(
    "order.CreateManifest",
    "List all bookings that wait for a carrier at the location in a manifest of type {type}",
    Prop("type", "type of the manifest", default="DEFAULT"),
    Prop(
        "excludedStatuses",
        "statuses of bookings that are left out",
        multiple=True,
        default=["BOOKING_FAILED", "CANCELLED"],
        status_of="CARRIER_CONSIGNMENT",
    ),
    accepts=["LOCATION"],
    attributes=[
        Attribute(CARRIER_REF, description="ref of the carrier; none: the location's usual one", required=False)
    ],
    creates=Creates("Manifest"),
    asks=[ByRef, ConsignmentsWaiting],
    fails={400: "there is no such carrier", 422: "no booking waits for it at the location"},
)
async def create_manifest(context: Context) -> list[Action]:
    """Create a manifest of the carrier consignments with parcels from here that are in none yet.

    Its CREATE event goes to the carrier's workflow, which tells the carrier.
    """
    location, excluded = context.entity, context.prop("excludedStatuses")
    ref = context.event.attributes.get(CARRIER_REF) or usual_carrier(context, location)
    carrier = await known_carrier(context, str(ref))
    waiting = await context.ask(ConsignmentsWaiting(carrier.id, location.id, _VOID))
    listed = [consignment for consignment in waiting if consignment.status not in excluded]
    if not listed:
        raise RuleError(f"no booking with carrier {carrier.ref} waits for a manifest at location {location.ref}", 422)
    manifest: Any = context.new("Manifest", under=carrier, type=context.prop("type"), location_id=location.id)
    manifest.ref = f"{location.ref}-M{manifest.id}"
    manifest.name = f"{carrier.name or carrier.ref} {context.now:%Y-%m-%d}"
    joined = ({"manifest_id": manifest.id, "carrier_consignment_id": consignment.id} for consignment in listed)
    return [Create(manifest), *(Join("manifest_carrier_consignment", columns) for columns in joined)]
