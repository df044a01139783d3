"""Reads the facts over the API, each kind in pages as large as the limit on complexity allows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from penstock.demo.load.frame import frame_of
from penstock.demo.report.shapes import Facts, Fulfilment, Item, Order, Part, Position, Quantity

if TYPE_CHECKING:
    from penstock.demo.client import Api

_PAGE = "cursor } pageInfo { hasNextPage }"
_ORDERS = f"""query ($after: String) {{ orders(first: 5000, after: $after) {{
  edges {{ node {{ id ref status }} {_PAGE} }} }}"""
_ITEMS = f"""query ($after: String) {{ orderItems(first: 5000, after: $after) {{
  edges {{ node {{ id ref quantity order {{ id }} }} {_PAGE} }} }}"""
_FULFILMENTS = f"""query ($after: String) {{ fulfilments(first: 3000, after: $after) {{
  edges {{ node {{ id ref status type fromAddress {{ ref }} order {{ id }} }} {_PAGE} }} }}"""
_PARTS = f"""query ($after: String) {{ fulfilmentItems(first: 2500, after: $after) {{
  edges {{ node {{ requestedQuantity filledQuantity rejectedQuantity
    fulfilment {{ id }} orderItem {{ id product {{ ref }} }} }} {_PAGE} }} }}"""
_POSITIONS = f"""query ($catalogue: InventoryCatalogueKey, $after: String) {{
  inventoryPositions(catalogue: $catalogue, first: 5000, after: $after) {{
  edges {{ node {{ ref productRef locationRef onHand }} {_PAGE} }} }}"""
_QUANTITIES = f"""query ($catalogue: InventoryCatalogueKey, $after: String) {{
  inventoryQuantities(catalogue: $catalogue, first: 5000, after: $after) {{
  edges {{ node {{ ref type status quantity position {{ ref }} }} {_PAGE} }} }}"""
_ACTS = ("RetrySourcing", "CancelFulfilment", "OrderCancel", "CloseOrder", "FulfilmentExpiry")


async def read(api: Api) -> Facts:
    """Return the facts of the retailer; they fit together when nothing is going on meanwhile."""
    return Facts(
        orders=await _orders(api),
        items=await _items(api),
        fulfilments=await _fulfilments(api),
        positions=await _positions(api),
        acts=dict(zip(_ACTS, await asyncio.gather(*(_acted_on(api, name) for name in _ACTS)), strict=True)),
    )


async def _orders(api: Api) -> dict[str, Order]:
    nodes = await api.nodes(_ORDERS, "orders")
    return {node["id"]: Order(node["id"], node["ref"], node["status"]) for node in nodes}


async def _items(api: Api) -> dict[str, Item]:
    nodes = await api.nodes(_ITEMS, "orderItems")
    return {n["id"]: Item(n["id"], n["ref"], n["quantity"], n["order"]["id"]) for n in nodes}


async def _fulfilments(api: Api) -> dict[str, Fulfilment]:
    found = {}
    for node in await api.nodes(_FULFILMENTS, "fulfilments"):
        found[node["id"]] = Fulfilment(
            id=node["id"],
            ref=node["ref"],
            status=node["status"],
            type=node["type"],
            location=node["fromAddress"]["ref"],
            order=node["order"]["id"],
        )
    for node in await api.nodes(_PARTS, "fulfilmentItems"):
        part = Part(
            order_item=node["orderItem"]["id"],
            product=node["orderItem"]["product"]["ref"],
            requested=node["requestedQuantity"],
            filled=node["filledQuantity"],
            rejected=node["rejectedQuantity"],
        )
        found[node["fulfilment"]["id"]].parts.append(part)
    return found


async def _positions(api: Api) -> dict[str, Position]:
    catalogue = {"ref": frame_of(api.retailer).inventory}
    found = {
        node["ref"]: Position(node["ref"], node["productRef"], node["locationRef"], node["onHand"] or 0)
        for node in await api.nodes(_POSITIONS, "inventoryPositions", catalogue=catalogue)
    }
    for node in await api.nodes(_QUANTITIES, "inventoryQuantities", catalogue=catalogue):
        row = Quantity(node["ref"], node["type"], node["status"], node["quantity"] or 0)
        found[node["position"]["ref"]].ledger.append(row)
    return found


async def _acted_on(api: Api, name: str) -> frozenset[str]:
    """Return the ids of the entities on which events of this name had an effect."""
    query = {"name": name, "eventType": "ORCHESTRATION", "eventStatus": "SUCCESS", "count": "5000"}
    return frozenset(str(event["context"].get("entityId")) for event in await api.events(query))
