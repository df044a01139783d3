"""A plan over rated locations: what is there, who rates best, what comes from where (spec 21 §9.2, steps 6 to 8)."""

from __future__ import annotations

from typing import Any

from penstock.rules import (
    EVENT_NAME,
    Attribute,
    AttributeType,
    Context,
    Prop,
    RuleError,
    SendEvent,
    Sends,
    rule,
)
from penstock.rules.builtin.common import forward
from penstock.rules.builtin.options.asked import ACCEPTS, ASKED_WRONG, PICKUP, need, products
from penstock.rules.builtin.options.drafts import PLANS, Draft, Fulfilment, carried, item, shortcomings
from penstock.rules.builtin.options.pickup import PICKUP_DISTANCE
from penstock.rules.builtin.options.ways import distances, type_at
from penstock.rules.builtin.order.attributes import LOCATIONS, POSITIONS
from penstock.rules.builtin.places import measured
from penstock.rules.builtin.rating import candidates, positions_at, proposed, weights
from penstock.rules.questions import Setting, StockAt
from penstock.sourcing.plans import walk
from penstock.sourcing.rating import Candidate, nearest, ranked

_PROPOSED = Attribute("proposedFulfilments", AttributeType.ARRAY, "what each location could send, best first")


@rule(
    "globalinventory.SearchInventoryAtLocationsFO",
    "Send {eventName} with what {virtualCatalogueRef} can sell of the option's products",
    EVENT_NAME,
    Prop("virtualCatalogueRef", "ref of a BASE virtual catalogue"),
    accepts=ACCEPTS,
    attributes=[LOCATIONS],
    sends=Sends("{eventName}", adds=(POSITIONS,)),
    asks=StockAt,
    fails={400: ASKED_WRONG, 404: "there is no such virtual catalogue"},
)
async def search_inventory_at_locations(context: Context) -> list[SendEvent]:
    """Add ``virtualPositions``: positive quantities of the wanted products at the ``locations``."""
    positions = await positions_at(context, need(context), context.attribute("locations"))
    return [forward(context, virtualPositions=positions)]


@rule(
    "globalinventory.FindProposedFulfilmentsFO",
    "Send {eventName} with what each location could send",
    EVENT_NAME,
    accepts=ACCEPTS,
    attributes=[LOCATIONS, POSITIONS],
    sends=Sends("{eventName}", adds=(_PROPOSED,)),
    asks=Setting,
    fails={400: ASKED_WRONG, 422: "a weight in the settings is no number"},
)
async def find_proposed_fulfilments(context: Context) -> list[SendEvent]:
    """Add ``proposedFulfilments``, the best rated first; locations that have nothing are left out."""
    wanted, locations = need(context), measured(context)
    found = ranked(
        candidates(locations, context.attribute("virtualPositions")),
        wanted,
        nearest(location["distance"] for location in locations),
        await weights(context),
    )
    return [forward(context, proposedFulfilments=[proposed(*pair, wanted) for pair in found])]


@rule(
    "globalinventory.SelectRatedFulfilmentPlanFO",
    "Send {eventName} with a plan over the best rated locations",
    EVENT_NAME,
    accepts=ACCEPTS,
    attributes=[LOCATIONS, _PROPOSED, PICKUP.optional(), PICKUP_DISTANCE],
    sends=Sends("{eventName}", adds=(PLANS,)),
    fails={400: f"{ASKED_WRONG}, or a location is neither store nor warehouse", 422: "the event contradicts itself"},
)
def select_rated_fulfilment_plan(context: Context) -> list[SendEvent]:
    """Add ``fulfilmentPlans`` with one plan: from each location, in order, what it has of what is still missing.

    What is missing in the end is told in the plan's ``exceptions``. A plan without fulfilments is not stored later.
    """
    wanted = products(context)
    places = {location["ref"]: location for location in measured(context)}
    picks = walk(_proposals(context, places), need(context))
    fulfilments = [
        Fulfilment(
            location.ref,
            [item(taken.product_ref, taken.available, wanted) for taken in parts],
            type_at(context, places[location.ref]),
        )
        for location, parts in picks
    ]
    short = shortcomings(wanted, [i for f in fulfilments for i in f.items])
    attributes = distances(context, picks[0][0].distance) if picks else []
    return [forward(context, **carried([Draft(fulfilments, short, attributes)]))]


def _proposals(context: Context, places: dict[str, dict[str, Any]]) -> list[Candidate]:
    found = []
    for given in context.attribute(_PROPOSED.name):
        place = places.get(given["locationRef"])
        if place is None:
            raise RuleError(f"proposedFulfilments: {given['locationRef']} is none of the event's locations", 422)
        available = {i["productRef"]: i["availableQuantity"] for i in given["items"]}
        found.append(Candidate(place["ref"], place["distance"], available))
    return found
