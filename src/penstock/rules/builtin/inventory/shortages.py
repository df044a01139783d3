"""Telling the fulfilments that cannot be met any more, where less is there than is promised (spec 20 §10.4)."""

from __future__ import annotations

from typing import Any

from penstock.inventory.ledger import COUNTING_STATUSES
from penstock.inventory.refs import fulfilment_of
from penstock.inventory.shortages import Claim, unmet
from penstock.rules import EVENT_NAME, Attribute, AttributeType, Context, Prop, SendEvent, Sends, rule
from penstock.rules.builtin.common import ask_all
from penstock.rules.builtin.inventory.on_hand import SUM, calculated
from penstock.rules.questions import ById, Matching

Row = Any


@rule(
    "globalinventory.SendEventForUnmetFulfilments",
    "If less is there than is promised, send {eventName} to the fulfilments that lose, the newest order first",
    EVENT_NAME,
    Prop(
        "onlyAfter",
        "event attributes that tell what came, of which one has to be there: inventoryPosition, deltas; none: always",
        multiple=True,
        default=[],
    ),
    accepts=["INVENTORY_POSITION"],
    attributes=[SUM],
    sends=Sends(
        "{eventName}",
        to="FULFILMENT",
        gate=True,
        adds=(
            Attribute("productRef"),
            Attribute("keptQuantity", AttributeType.INTEGER, "units that stay promised"),
            Attribute("unmetQuantity", AttributeType.INTEGER, "units that are not there"),
        ),
        forwards=False,
    ),
    asks=[Matching, ById],
)
async def send_event_for_unmet_fulfilments(context: Context) -> list[SendEvent]:
    """Share out what is missing of all promises; sent again while it is missing, with the same ``keptQuantity``."""
    after = context.prop("onlyAfter")
    if after and not any(name in context.event.attributes for name in after):
        return []
    missing = -calculated(context)
    claims = await _claims(context) if missing > 0 else {}
    return [
        SendEvent(
            context.prop("eventName"),
            to=fulfilment,
            root=order,
            attributes={
                "productRef": context.entity.product_ref,
                "keptQuantity": claim.units - units,
                "unmetQuantity": units,
            },
        )
        for claim, units in unmet(missing, claims)
        for fulfilment, order in [claims[claim]]
    ]


async def _claims(context: Context) -> dict[Claim, tuple[Row, Row]]:
    """Return all promises of the position, each with fulfilment and order."""
    where = (("position_id", (context.entity.id,)), ("type", ("RESERVED",)), ("status", COUNTING_STATUSES))
    promises = {fulfilment_of(q.ref): -q.quantity for q in await context.ask(Matching("InventoryQuantity", where))}
    fulfilments = await _rows(context, "Fulfilment", [id_ for id_ in promises if id_ is not None])
    orders = {o.id: o for o in await _rows(context, "Order", sorted({f.order_id for f in fulfilments}))}
    return {
        Claim(orders[f.order_id].created_on, f.order_id, f.id, promises[f.id]): (f, orders[f.order_id])
        for f in fulfilments
        if f.order_id in orders
    }


async def _rows(context: Context, entity: str, ids: list[int]) -> list[Row]:
    found = await ask_all(context, *(ById(entity, id_) for id_ in ids)) if ids else []
    return [row for row in found if row is not None]
