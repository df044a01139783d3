"""Which locations may fulfil, how far away they are, and what they can sell (spec 22 §2, §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.rules import EVENT_NAME, Attribute, AttributeType, Context, Prop, SendEvent, Sends, rule
from penstock.rules.builtin.common import forward
from penstock.rules.builtin.order.attributes import COORDINATES, LOCATIONS, POSITIONS
from penstock.rules.builtin.order.scope import scope_of
from penstock.rules.builtin.order.sourcing.demand import NEEDED, need
from penstock.rules.builtin.places import NETWORK, measured, members
from penstock.rules.builtin.rating import positions_at
from penstock.rules.questions import NetworkLocations, StockAt
from penstock.sourcing.distance import by_distance

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.rules.declaration import RuleFunction

_ACCEPTS = ["ORDER", "FULFILMENT_CHOICE", "FULFILMENT_OPTIONS"]


@rule(
    "order.GetLocationsForNetwork",
    "Send {eventName} with the locations of network {networkRef} in status {locationStatuses}",
    EVENT_NAME,
    *NETWORK,
    accepts=_ACCEPTS,
    sends=Sends("{eventName}", adds=(LOCATIONS,)),
    asks=NetworkLocations,
    fails={404: "there is no such network"},
)
async def get_locations_for_network(context: Context) -> list[SendEvent]:
    """Add ``locations``: the network's members in an accepted status; 404 where there is no such network."""
    return [forward(context, locations=await members(context))]


@rule(
    "order.CalculateLocationsDistances",
    "Send {eventName} with the distance of each location",
    EVENT_NAME,
    accepts=_ACCEPTS,
    attributes=[*COORDINATES, LOCATIONS],
    sends=Sends("{eventName}", adds=(LOCATIONS,)),
)
def calculate_locations_distances(context: Context) -> list[SendEvent]:
    """Add ``distance`` (m) to ``locations``, nearest first; those without coordinates drop out."""
    here = float(context.attribute("latitude")), float(context.attribute("longitude"))
    return [forward(context, locations=by_distance(context.attribute("locations"), *here))]


@rule(
    "order.FilterLocationsByRadius",
    "Send {eventName} with the locations within the radius of the event",
    EVENT_NAME,
    accepts=_ACCEPTS,
    attributes=[LOCATIONS, Attribute("radius", AttributeType.FLOAT, "kilometres", required=False)],
    sends=Sends("{eventName}", adds=(LOCATIONS,)),
)
def filter_locations_by_radius(context: Context) -> list[SendEvent]:
    """Keep the ``locations`` within the attribute ``radius`` (km); without it, all."""
    radius = context.event.attributes.get("radius")
    if radius is None:
        return [forward(context)]
    near = [place for place in measured(context) if place["distance"] <= float(radius) * 1000]
    return [forward(context, locations=near)]


@rule(
    "order.FilterLocationsByType",
    "Send {eventName} with the locations of type {type}",
    EVENT_NAME,
    Prop("type", "types of locations that stay: STORE, WAREHOUSE", multiple=True),
    accepts=_ACCEPTS,
    attributes=[LOCATIONS],
    sends=Sends("{eventName}", adds=(LOCATIONS,)),
)
def filter_locations_by_type(context: Context) -> list[SendEvent]:
    """Keep the ``locations`` of these types."""
    types = context.prop("type")
    return [forward(context, locations=[place for place in context.attribute("locations") if place["type"] in types])]


def _search(name: str, description: str, entity_type: str) -> Callable[[RuleFunction], RuleFunction]:
    """Declare a rule that searches stock for what is unfulfilled of such an entity."""
    return rule(
        name,
        description,
        EVENT_NAME,
        Prop("virtualCatalogueRef", "ref of a BASE virtual catalogue"),
        accepts=[entity_type],
        attributes=[LOCATIONS],
        sends=Sends("{eventName}", adds=(POSITIONS,)),
        asks=StockAt,
        reads=NEEDED,
        fails={404: "there is no such virtual catalogue"},
    )


@_search(
    "order.SearchInventoryAtLocationsForFulfilmentChoice",
    "Send {eventName} with what {virtualCatalogueRef} can sell of the choice's unfulfilled products",
    "FULFILMENT_CHOICE",
)
@_search(
    "order.SearchInventoryAtLocations",
    "Send {eventName} with what {virtualCatalogueRef} can sell of the unfulfilled products",
    "ORDER",
)
async def search_inventory_at_locations(context: Context) -> list[SendEvent]:
    """Add ``virtualPositions``: positive quantities of the needed products at the ``locations``."""
    positions = await positions_at(context, need(scope_of(context)), context.attribute("locations"))
    return [forward(context, virtualPositions=positions)]
