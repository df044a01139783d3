"""Fulfilment options as a shop asks for them, with their plans (spec 21 §9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

PLANS = """plans(first: 3) { edges { node {
      ref type status eta splitCount workflowRef
      fulfilments { fulfilmentType locationRef eta
        items { productRef catalogueRef availableQuantity requestedQuantity } }
      exceptions { code message } attributes { name type value }
    } } }"""
AWAITED = f"""mutation ($input: CreateFulfilmentOptionInput) {{
  createFulfilmentOption(input: $input, executionMode: AWAIT_ORCHESTRATION) {{ id ref status {PLANS} }} }}"""


def wanted(stage: Stage, ref: str, *lines: tuple[str, int], radius: object = None, **more: Any) -> Node:
    """Return the input of an option for ``(product, quantity)`` lines to the customer's door."""
    latitude, longitude = stage.customer
    catalogue = f"PC:MASTER:{stage.retailer}"
    attributes = [] if radius is None else [{"name": "radius", "type": "INTEGER", "value": radius}]
    return {
        "ref": ref,
        "type": "HD",
        "retailerId": int(stage.retailer),
        "address": {"latitude": latitude, "longitude": longitude},
        "products": [{"productRef": p, "catalogueRef": catalogue, "requestedQuantity": n} for p, n in lines],
        "attributes": attributes,
        **more,
    }


async def ask(stage: Stage, ref: str, *lines: tuple[str, int], **more: Any) -> tuple[str, list[Node]]:
    """Ask for an option and await it; return its status and its plans."""
    given = wanted(stage, ref, *lines, **more)
    found = (await stage.penstock.client.graphql(AWAITED, input=given))["createFulfilmentOption"]
    return found["status"], [edge["node"] for edge in found["plans"]["edges"]]


def places(plan: Node) -> list[tuple[str, str, str]]:
    """Return place, estimate and items of each fulfilment of a plan: ``("S1", "4", "A 1 of 2")``."""
    return [
        (
            f["locationRef"],
            f["eta"],
            ", ".join(f"{i['productRef']} {i['availableQuantity']} of {i['requestedQuantity']}" for i in f["items"]),
        )
        for f in plan["fulfilments"]
    ]


async def asked_for(stage: Stage, ref: str, **more: Any) -> tuple[str, list[Node]]:
    """Ask for two A and one B; return the option's status and its plans."""
    return await ask(stage, ref, ("A", 2), ("B", 1), **more)
