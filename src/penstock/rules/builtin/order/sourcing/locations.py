"""Which locations may fulfil, how far away they are, and what they can sell (spec 22 §2, §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules import EVENT_NAME, Attribute, AttributeType, Context, Prop, SendEvent, Sends, rule
from penstock.rules.builtin.common import forward
from penstock.rules.builtin.order.attributes import COORDINATES, DROPPED, LOCATIONS, POSITIONS
from penstock.rules.builtin.order.scope import scope_of
from penstock.rules.builtin.order.sourcing.demand import NEEDED, need
from penstock.rules.builtin.places import NETWORK, accepted, measured, network
from penstock.rules.builtin.rating import positions_at
from penstock.rules.questions import NetworkLocations, StockAt
from penstock.sourcing.distance import by_distance

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.rules.declaration import RuleFunction

Place = dict[str, Any]

_ACCEPTS = ["ORDER", "FULFILMENT_CHOICE", "FULFILMENT_OPTIONS"]
_SENDS = Sends("{eventName}", adds=(LOCATIONS, DROPPED))


@rule(
    "order.GetLocationsForNetwork",
    "Send {eventName} with the locations of network {networkRef} in status {locationStatuses}",
    EVENT_NAME,
    *NETWORK,
    accepts=_ACCEPTS,
    sends=_SENDS,
    asks=NetworkLocations,
    fails={404: "there is no such network"},
)
async def get_locations_for_network(context: Context) -> list[SendEvent]:
    """Add ``locations``: the network's members in an accepted status; 404 where there is no such network.

    ``droppedLocations`` says of the others why they are none; it begins anew here.
    """
    known = await network(context)
    return [_narrowed(context, known, accepted(context, known), lambda place: f"status {place['status']}", anew=True)]


@rule(
    "order.CalculateLocationsDistances",
    "Send {eventName} with the distance of each location",
    EVENT_NAME,
    accepts=_ACCEPTS,
    attributes=[*COORDINATES, LOCATIONS, DROPPED],
    sends=_SENDS,
)
def calculate_locations_distances(context: Context) -> list[SendEvent]:
    """Add ``distance`` (m) to ``locations``, nearest first; those without coordinates drop out."""
    here = float(context.attribute("latitude")), float(context.attribute("longitude"))
    given = context.attribute("locations")
    return [_narrowed(context, given, by_distance(given, *here), lambda _place: "no coordinates")]


@rule(
    "order.FilterLocationsByRadius",
    "Send {eventName} with the locations within the radius of the event",
    EVENT_NAME,
    accepts=_ACCEPTS,
    attributes=[LOCATIONS, DROPPED, Attribute("radius", AttributeType.FLOAT, "kilometres", required=False)],
    sends=_SENDS,
)
def filter_locations_by_radius(context: Context) -> list[SendEvent]:
    """Keep the ``locations`` within the attribute ``radius`` (km); without it, all."""
    radius = context.event.attributes.get("radius")
    if radius is None:
        return [forward(context)]
    most, given = float(radius), measured(context)
    near = [place for place in given if place["distance"] <= most * 1000]
    return [_narrowed(context, given, near, lambda _place: f"farther than {most:g} km")]


@rule(
    "order.FilterLocationsByType",
    "Send {eventName} with the locations of type {type}",
    EVENT_NAME,
    Prop("type", "types of locations that stay: STORE, WAREHOUSE", multiple=True),
    accepts=_ACCEPTS,
    attributes=[LOCATIONS, DROPPED],
    sends=_SENDS,
)
def filter_locations_by_type(context: Context) -> list[SendEvent]:
    """Keep the ``locations`` of these types."""
    types, given = context.prop("type"), context.attribute("locations")
    fitting = [place for place in given if place["type"] in types]
    return [_narrowed(context, given, fitting, lambda place: f"type {place['type']}")]


def _narrowed(
    context: Context, given: list[Place], kept: list[Place], why: Callable[[Place], str], *, anew: bool = False
) -> SendEvent:
    """Return the event with the locations that are kept, and by ref the reasons of those that are not.

    The rule that chooses logs these reasons. Earlier ones stay, unless the search begins ``anew``.
    """
    before = context.event.attributes.get(DROPPED.name)
    dropped: dict[str, str] = {}
    if len(kept) < len(given):
        stay = {place["ref"] for place in kept}
        dropped = {place["ref"]: why(place) for place in given if place["ref"] not in stay}
    told = dropped if anew else {**(before or {}), **dropped}
    return forward(context, locations=kept, **({DROPPED.name: told} if told or before else {}))


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
