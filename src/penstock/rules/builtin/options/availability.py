"""A plan without locations: what there is in all, by an AGGREGATE catalogue (spec 21 §9.3)."""

from __future__ import annotations

from typing import Any

from penstock.model.numbers import whole
from penstock.rules import EVENT_NAME, Context, Prop, RuleError, SendEvent, Sends, rule
from penstock.rules.builtin.common import forward
from penstock.rules.builtin.options.asked import ACCEPTS, ASKED_WRONG, need, products
from penstock.rules.builtin.options.drafts import PLANS, Draft, Fulfilment, carried, item, shortcomings
from penstock.rules.builtin.order.attributes import POSITIONS
from penstock.rules.questions import ById, ByRef, Matching

Row = Any


@rule(
    "globalinventory.SearchInventoryForProductAvailabilityFO",
    "Send {eventName} with what {virtualCatalogueRef} can sell in all of the option's products",
    EVENT_NAME,
    Prop("virtualCatalogueRef", "ref of an AGGREGATE virtual catalogue"),
    accepts=ACCEPTS,
    sends=Sends("{eventName}", adds=(POSITIONS,)),
    asks=[ById, ByRef, Matching],
    fails={400: ASKED_WRONG, 404: "there is no such virtual catalogue"},
)
async def search_inventory_for_product_availability(context: Context) -> list[SendEvent]:
    """Add ``virtualPositions``: positive quantities of the wanted products, over all locations.

    They are those whose group is the catalogue itself; none where its network is INACTIVE, whatever they still show.
    """
    ref = context.prop("virtualCatalogueRef")
    catalogue = await context.ask(ByRef("VirtualCatalogue", ref))
    if catalogue is None:
        raise RuleError(f"property virtualCatalogueRef: there is no virtual catalogue {ref}", 404)
    wanted = tuple(sorted(need(context)))
    if await _offline(context, catalogue):
        return [forward(context, virtualPositions=[])]
    found = await context.ask(Matching("VirtualPosition", (("catalogue_id", (catalogue.id,)), ("product_ref", wanted))))
    return [forward(context, virtualPositions=[_position(p) for p in found if _sells(p, ref)])]


async def _offline(context: Context, catalogue: Row) -> bool:
    """Return whether the network that the catalogue sums over, its first, is INACTIVE."""
    id_ = whole(catalogue.network_ids[0]) if catalogue.network_ids else None
    network = None if id_ is None else await context.ask(ById("Network", id_))
    return network is not None and bool(network.status == "INACTIVE")


def _sells(position: Row, catalogue_ref: str) -> bool:
    return position.group_ref == catalogue_ref and (position.quantity or 0) > 0 and position.status != "INACTIVE"


def _position(position: Row) -> dict[str, Any]:
    return {
        "ref": position.ref,
        "productRef": position.product_ref,
        "groupRef": position.group_ref,
        "quantity": position.quantity,
        "status": position.status,
    }


@rule(
    "globalinventory.SelectProductAvailabilityFulfilmentPlanFO",
    "Send {eventName} with a plan over what there is in all",
    EVENT_NAME,
    accepts=ACCEPTS,
    attributes=[POSITIONS],
    sends=Sends("{eventName}", adds=(PLANS,)),
    fails={400: ASKED_WRONG},
)
def select_product_availability_fulfilment_plan(context: Context) -> list[SendEvent]:
    """Add ``fulfilmentPlans`` with one plan, a fulfilment for each group of positions: the catalogue is its place.

    What is missing is told in the plan's ``exceptions``. A plan without fulfilments is not stored later.
    """
    wanted = products(context)
    groups: dict[str, dict[str, int]] = {}
    for position in context.attribute("virtualPositions"):
        groups.setdefault(position["groupRef"], {})[position["productRef"]] = position["quantity"]
    fulfilments = [
        Fulfilment(group, [item(ref, available[ref], wanted) for ref in wanted if ref in available])
        for group, available in groups.items()
    ]
    short = shortcomings(wanted, [i for f in fulfilments for i in f.items])
    return [forward(context, **carried([Draft(fulfilments, short)]))]
