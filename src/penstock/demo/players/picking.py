"""Picking and packing, the same in a warehouse and in a store."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.demo.plan.draw import fraction, whole

if TYPE_CHECKING:
    from penstock.demo.client import Api
    from penstock.demo.client.api import Node

# Fulfilments that wait in a status. Parcels are asked for because a fulfilment keeps the status FULFILLED
# for a moment after it was packed.
WAITING = """query ($status: [String], $type: [String!]) {
  fulfilments(status: $status, type: $type, first: 40) {
    edges { node { id fromAddress { ref } articles(first: 1) { edges { node { id } } } } } } }"""
_ITEMS = """query ($id: ID!, $after: String) {
  fulfilmentById(id: $id) {
    items(first: 1000, after: $after) {
      edges { node { id requestedQuantity filledQuantity orderItem { ref product { ref } } } cursor }
      pageInfo { hasNextPage } } } }"""
_PARCEL_LINES = 40  # lines that one parcel takes
_BOXES = ((11, "small", 18), (59, "medium", 32), (math.inf, "large", 55))  # most units, name, cm of a side


@dataclass(frozen=True)
class Item:
    """One line of a fulfilment; quantities are units."""

    id: str
    order_item: str
    product: str
    requested: int
    filled: int


async def waiting(api: Api, kind: str, *statuses: str) -> list[Node]:
    """Return some of the fulfilments of a type in these statuses, newest first."""
    found = await api.graphql(WAITING, status=list(statuses), type=[kind])
    return [edge["node"] for edge in found["fulfilments"]["edges"]]


async def unpacked(api: Api, kind: str) -> list[Node]:
    """Return some of the fulfilments of a type that were picked and have no parcels yet."""
    picked = await waiting(api, kind, "FULFILLED", "PARTIALLY_FULFILLED")
    return [node for node in picked if not node["articles"]["edges"]]


async def items_of(api: Api, fulfilment: str) -> list[Item]:
    """Return the lines of a fulfilment."""
    return [
        Item(
            id=node["id"],
            order_item=node["orderItem"]["ref"],
            product=node["orderItem"]["product"]["ref"],
            requested=node["requestedQuantity"],
            filled=node["filledQuantity"],
        )
        async for node in api.pages(_ITEMS, "fulfilmentById", "items", id=fulfilment)
    ]


def found(item: Item, location: str, *, trouble: float) -> int:
    """Return how many units the picker finds: nearly always all, and at every run the same.

    ``trouble`` is the share of lines with a unit or more missing; a third of these are not found at all.
    """
    lot = fraction("pick", location, item.order_item)
    if lot >= trouble:
        return item.requested
    if lot < trouble / 3:
        return 0
    return whole(0, item.requested - 1, "picked", location, item.order_item)


def parcels(items: list[Item]) -> list[Node]:
    """Return the parcels for what was picked: dimensions in cm and kg, contents by fulfilment item."""
    filled = [item for item in items if item.filled]
    loads = [filled[start : start + _PARCEL_LINES] for start in range(0, len(filled), _PARCEL_LINES)]
    return [_parcel(load) for load in loads]


def _parcel(load: list[Item]) -> Node:
    units = sum(item.filled for item in load)
    name, side = next((name, side) for most, name, side in _BOXES if units <= most)
    return {
        "packaging_name": name,
        "length": side,
        "width": side,
        "height": side,
        "weight": round(0.2 + 0.15 * units, 2),
        "maxWeight": round(0.2 + 0.15 * units, 2),
        "items": [{"fulfilmentItemId": item.id, "quantity": item.filled} for item in load],
    }
