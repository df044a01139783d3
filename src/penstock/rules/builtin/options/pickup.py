"""Where the customer collects: at the place named, or at the nearest one (spec 21 §9.2, step 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.rules import (
    EVENT_NAME,
    Attribute,
    AttributeType,
    Context,
    Prop,
    PropType,
    RuleExecutionError,
    SendEvent,
    Sends,
    rule,
)
from penstock.rules.builtin.common import FORWARD_IF, forward_if
from penstock.rules.builtin.options.addresses import NOT_PLACED, forward_from, geocoded
from penstock.rules.builtin.options.asked import ACCEPTS, PICKUP, coordinates
from penstock.rules.builtin.order.attributes import COORDINATES
from penstock.rules.builtin.places import NETWORK, members
from penstock.rules.questions import ById, ByRef, Geocode, NetworkLocations
from penstock.sourcing.distance import by_distance, haversine

if TYPE_CHECKING:
    from penstock.rules.builtin.options.asked import Coordinates

PICKUP_DISTANCE = Attribute(
    "pickupDistance", AttributeType.FLOAT, "metres from the customer to the pickup location", required=False
)
_FOUND = (*COORDINATES, PICKUP, PICKUP_DISTANCE)


@rule(
    "globalinventory.ForwardIfPickupLocationRefPresentFO",
    "If the option names a pickup location, send {eventName}",
    EVENT_NAME,
    accepts=ACCEPTS,
    sends=FORWARD_IF,
)
def forward_if_pickup_location_ref_present(context: Context) -> list[SendEvent]:
    """Forward if the option has a ``locationRef``."""
    return forward_if(context, context.entity.location_ref)


@rule(
    "globalinventory.ForwardIfPickupLocationRefNotPresentFO",
    "If the option names no pickup location, send {eventName}",
    EVENT_NAME,
    accepts=ACCEPTS,
    sends=FORWARD_IF,
)
def forward_if_pickup_location_ref_not_present(context: Context) -> list[SendEvent]:
    """Forward if the option has no ``locationRef``."""
    return forward_if(context, not context.entity.location_ref)


@rule(
    "globalinventory.GetCoordinatesForPickupLocationFO",
    "Send {eventName} with the coordinates of the option's pickup location",
    EVENT_NAME,
    accepts=ACCEPTS,
    sends=Sends("{eventName}", adds=_FOUND),
    asks=[ByRef, ById],
    raises="the pickup location does not exist or has no coordinates",
)
async def get_coordinates_for_pickup_location(context: Context) -> list[SendEvent]:
    """Add ``pickupLocationRef`` and its ``latitude`` and ``longitude``; ``RuleExecutionError`` where it has none.

    Adds ``pickupDistance`` as well where the coordinates of the option's address are known.
    """
    ref = context.entity.location_ref
    location = await context.ask(ByRef("Location", ref, within=context.event.retailer_id)) if ref else None
    if location is None:
        raise RuleExecutionError(f"fulfilment option {context.entity.ref}: locationRef: there is no location {ref}")
    address = await context.ask(ById("StoreAddress", location.primary_address_id))
    if address is None or address.latitude is None or address.longitude is None:
        raise RuleExecutionError(
            f"fulfilment option {context.entity.ref}: locationRef: location {ref} has no coordinates"
        )
    there, here = (address.latitude, address.longitude), coordinates(context)
    distance = {} if here is None else {PICKUP_DISTANCE.name: haversine(*here, *there)}
    return [forward_from(context, there, **{PICKUP.name: ref}, **distance)]


@rule(
    "globalinventory.FindClosestPickupLocationFO",
    "Send {eventName} with the location of network {networkRef} that is nearest to the option's address",
    EVENT_NAME,
    *NETWORK,
    Prop("locationPickupRadius", "kilometres within which the customer collects", PropType.INTEGER),
    accepts=ACCEPTS,
    sends=Sends("{eventName}", adds=_FOUND),
    asks=[NetworkLocations, Geocode],
    fails={404: "there is no such network"},
    raises=f"{NOT_PLACED}, or no location is within the radius",
)
async def find_closest_pickup_location(context: Context) -> list[SendEvent]:
    """Add the same for the nearest location within the radius; the lower ref wins between equals.

    The customer is where the address says, or where the geocoder puts it. ``RuleExecutionError`` where neither
    tells, or where nothing is near enough.
    """
    here: Coordinates = coordinates(context) or await geocoded(context)
    radius = context.prop("locationPickupRadius")
    nearest = next(iter(by_distance(await members(context), *here)), None)
    if nearest is None or nearest["distance"] > radius * 1000:
        raise RuleExecutionError(
            f"fulfilment option {context.entity.ref}: no location of network {context.prop('networkRef')} "
            f"is within {radius} km"
        )
    found = {PICKUP.name: nearest["ref"], PICKUP_DISTANCE.name: nearest["distance"]}
    return [forward_from(context, (nearest["latitude"], nearest["longitude"]), **found)]
