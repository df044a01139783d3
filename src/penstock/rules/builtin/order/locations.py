"""Which locations may fulfil, how far away they are, and what they can sell (spec 22 §2, §6)."""

from __future__ import annotations

from penstock.rules import EVENT_NAME, Attribute, AttributeType, Context, Prop, RuleError, SendEvent, Sends, rule
from penstock.rules.builtin.common import forward
from penstock.rules.builtin.order.attributes import COORDINATES, LOCATIONS, POSITIONS
from penstock.rules.builtin.order.demand import NEEDED, need
from penstock.rules.questions import NetworkLocations, StockAt
from penstock.sourcing.distance import haversine

_ACCEPTS = ["ORDER", "FULFILMENT_CHOICE", "FULFILMENT_OPTIONS"]


@rule(
    "order.GetLocationsForNetwork",
    "Send {eventName} with the locations of network {networkRef} in status {locationStatuses}",
    EVENT_NAME,
    Prop("networkRef", "ref of the network"),
    Prop("locationStatuses", "statuses of locations that may fulfil", multiple=True, status_of="LOCATION"),
    accepts=_ACCEPTS,
    sends=Sends("{eventName}", adds=(LOCATIONS,)),
    asks=NetworkLocations,
    fails={404: "there is no such network"},
)
async def get_locations_for_network(context: Context) -> list[SendEvent]:
    """Add ``locations``: the network's members in an accepted status; 404 where there is no such network."""
    network, statuses = context.prop("networkRef"), context.prop("locationStatuses")
    members = await context.ask(NetworkLocations(network))
    if members is None:
        raise RuleError(f"property networkRef: there is no network {network}", 404)
    return [forward(context, locations=[m for m in members if m["status"] in statuses])]


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
    placed = [
        {**location, "distance": haversine(*here, location["latitude"], location["longitude"])}
        for location in context.attribute("locations")
        if location.get("latitude") is not None and location.get("longitude") is not None
    ]
    placed.sort(key=lambda location: (location["distance"], location["ref"]))
    return [forward(context, locations=placed)]


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
    near = [place for place in context.attribute("locations") if place["distance"] <= float(radius) * 1000]
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


@rule(
    "order.SearchInventoryAtLocations",
    "Send {eventName} with what {virtualCatalogueRef} can sell of the unfulfilled products",
    EVENT_NAME,
    Prop("virtualCatalogueRef", "ref of a BASE virtual catalogue"),
    accepts=["ORDER"],
    attributes=[LOCATIONS],
    sends=Sends("{eventName}", adds=(POSITIONS,)),
    asks=StockAt,
    reads=NEEDED,
    fails={404: "there is no such virtual catalogue"},
)
async def search_inventory_at_locations(context: Context) -> list[SendEvent]:
    """Add ``virtualPositions``: positive quantities of the needed products at the ``locations``."""
    catalogue, products = context.prop("virtualCatalogueRef"), tuple(sorted(need(context)))
    found = await context.ask(StockAt(catalogue, products)) if products else []
    if found is None:
        raise RuleError(f"property virtualCatalogueRef: there is no virtual catalogue {catalogue}", 404)
    places = {location["ref"] for location in context.attribute("locations")}
    return [forward(context, virtualPositions=[p for p in found if p["groupRef"] in places])]
