"""Returned goods that can be sold again (spec 33 §5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from penstock.inventory.refs import returned_ref
from penstock.rules import Context, Prop, SendEvent, rule
from penstock.rules.builtin.links import ref_in
from penstock.rules.builtin.order.stock import CATALOGUE, DELTAS, NO_CATALOGUE, delta, deltas_to, own_catalogue
from penstock.rules.builtin.returns.earlier import units
from penstock.rules.builtin.returns.inspection import ACCEPTED
from penstock.rules.questions import ByRef, Matching

Row = Any

_ARRIVED = "COMPLETE"


@rule(
    "order.RestockReturn",
    "Put accepted goods in condition {conditions} into stock where they have arrived",
    CATALOGUE,
    Prop("conditions", "conditions in which goods can be sold again", multiple=True, default=["GOOD"]),
    accepts=["RETURN_ORDER", "RETURN_FULFILMENT"],
    sends=replace(DELTAS, gate=True),
    asks=[ByRef, Matching],
    reads=["ReturnOrder", "ReturnFulfilment", "ReturnFulfilmentItem", "ReturnOrderItem"],
    fails={404: NO_CATALOGUE},
)
async def restock_return(context: Context) -> list[SendEvent]:
    """Send INVENTORY_DELTA for accepted items whose fulfilment is complete, at its destination; else nothing.

    It may run at both moments, after inspection and after arrival: the same ``deltaId``, the ref of the return's item,
    counts once.
    """
    placed = _placed(context)
    if not placed:
        return []
    ids = tuple(sorted({line.product_id for line, _ in placed}))
    products = {p.id: p.ref for p in await context.ask(Matching("Product", (("id", ids),)))}
    deltas = [
        delta(_delta_id(context, line), products[line.product_id], place, units(line))
        for line, place in placed
        if line.product_id in products
    ]
    return [deltas_to(await own_catalogue(context), deltas)] if deltas else []


def _placed(context: Context) -> list[tuple[Row, str]]:
    """Return the items that can be sold again, each with the ref of the location where it is; each once."""
    found: dict[int, tuple[Row, str]] = {}
    for fulfilment in _arrived(context):
        place = ref_in(fulfilment.destination_location_link)
        for item in context.many(fulfilment, "returnFulfilmentItems"):
            line = context.one(item, "returnOrderItem")
            if place is not None and line is not None and _sells(context, line):
                found.setdefault(line.id, (line, place))
    return list(found.values())


def _arrived(context: Context) -> list[Row]:
    entity = context.entity
    own = context.entity_name == "ReturnFulfilment"
    return [f for f in ([entity] if own else context.many(entity, "returnOrderFulfilments")) if f.status == _ARRIVED]


def _sells(context: Context, line: Row) -> bool:
    condition = (line.return_condition or {}).get("value")
    return line.status == ACCEPTED and line.product_id is not None and condition in context.prop("conditions")


def _delta_id(context: Context, line: Row) -> str:
    back = context.root
    return str(line.ref) if back is None else returned_ref(back.ref, line.ref)
