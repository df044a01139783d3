"""From a changed stock to the virtual position that shows it (spec 21 §2)."""

from __future__ import annotations

from typing import Any

from penstock.rules import EVENT_NAME, Attribute, AttributeType, Context, Prop, RuleError, SendEvent, Sends, rule
from penstock.rules.builtin.common import FORWARD_IF, forward, forward_if
from penstock.rules.builtin.inventory.virtual_position import BEHIND, inventory_position, virtual_position_ref
from penstock.rules.questions import ByRef

AGGREGATE = "AGGREGATE"  # type of catalogues, and of their positions, that add locations up
_CATALOGUE = ["VIRTUAL_CATALOGUE"]
TARGET = "targetVirtualPositionRef"  # present only where the position exists
_DETAILS = (
    *(
        Attribute(name)
        for name in (
            "virtualCatalogueRef",
            "virtualCatalogueType",
            "virtualCatalogueInventoryCatalogueRef",
            "virtualPositionRef",
            "virtualPositionProductRef",
            "virtualPositionGroupRef",
            "virtualPositionType",
        )
    ),
    Attribute("inventoryPositionRef", required=False),
    Attribute("virtualCatalogueProductCatalogueRef", required=False),
    Attribute("virtualCatalogueControlGroupRef", required=False),
    Attribute("virtualCatalogueNetworkIds", AttributeType.ARRAY, required=False),
    Attribute(TARGET, required=False),
)


@rule(
    "globalinventory.LoadVirtualPositionAndVirtualCatalogueDetails",
    "Add the details of catalogue and position to the event and send {eventName}",
    EVENT_NAME,
    Prop("type", "type of the virtual positions", default="BASE"),
    accepts=_CATALOGUE,
    attributes=[
        Attribute("productRef"),
        Attribute("locationRef", required=False),
        Attribute("inventoryPositionRef", required=False),
    ],
    sends=Sends("{eventName}", adds=_DETAILS),
    asks=ByRef,
)
async def load_virtual_position_and_virtual_catalogue_details(context: Context) -> list[SendEvent]:
    """Add what later rules need, as text; ``targetVirtualPositionRef`` only where the position exists.

    Positions of type AGGREGATE need no ``locationRef``.
    """
    product, type_ = context.attribute("productRef"), context.prop("type")
    group = context.entity.ref if type_ == AGGREGATE else context.attribute("locationRef")
    ref = virtual_position_ref(product, group)
    known = await context.ask(ByRef("VirtualPosition", ref, within=context.entity.id))
    details = {
        **_catalogue(context),
        "virtualPositionRef": ref,
        "virtualPositionProductRef": product,
        "virtualPositionGroupRef": group,
        "virtualPositionType": type_,
        **_behind(context, product),
        TARGET: None if known is None else ref,
    }
    return [forward(context, **details)]


def _behind(context: Context, product: str) -> dict[str, str]:
    """Return the inventory position that the event names, else the usual one; nothing without a location."""
    named, location = (context.event.attributes.get(name) for name in ("inventoryPositionRef", "locationRef"))
    return {"inventoryPositionRef": named or f"{product}:{location}:DEFAULT"} if named or location else {}


def _catalogue(context: Context) -> dict[str, Any]:
    catalogue = context.entity
    group = catalogue.control_group_ref
    return {
        **({} if group is None else {"virtualCatalogueControlGroupRef": group}),
        "virtualCatalogueRef": catalogue.ref,
        "virtualCatalogueType": catalogue.type,
        "virtualCatalogueInventoryCatalogueRef": catalogue.inventory_catalogue_ref,
        "virtualCatalogueProductCatalogueRef": catalogue.product_catalogue_ref,
        "virtualCatalogueNetworkIds": catalogue.network_ids,
    }


@rule(
    "globalinventory.ForwardIfVirtualPositionNotExists",
    "If there is no such virtual position, send {eventName}",
    EVENT_NAME,
    accepts=_CATALOGUE,
    attributes=[Attribute(TARGET, required=False)],
    sends=FORWARD_IF,
)
def forward_if_virtual_position_not_exists(context: Context) -> list[SendEvent]:
    """Forward to the catalogue, which creates the position."""
    return forward_if(context, context.event.attributes.get(TARGET) is None)


@rule(
    "globalinventory.DownToVirtualPositionIfExists",
    "If there is such a virtual position, send {eventName} to it",
    EVENT_NAME,
    accepts=_CATALOGUE,
    attributes=[Attribute(TARGET, required=False)],
    sends=Sends("{eventName}", to="VIRTUAL_POSITION", gate=True),
    asks=ByRef,
    fails={404: "the position does not exist"},
)
async def down_to_virtual_position_if_exists(context: Context) -> list[SendEvent]:
    """Forward to the virtual position."""
    ref = context.event.attributes.get(TARGET)
    if ref is None:
        return []
    position = await context.ask(ByRef("VirtualPosition", ref, within=context.entity.id))
    if position is None:
        raise RuleError(f"virtual catalogue {context.entity.ref} has no position {ref}", 404)
    return [SendEvent(context.prop("eventName"), to=position, root=context.entity)]


@rule(
    "globalinventory.ForwardIfInventoryPositionStatusEquals",
    "If the inventory position is in status {status}, send {eventName}",
    EVENT_NAME,
    Prop("status", "statuses of the inventory position", multiple=True, status_of="INVENTORY_POSITION"),
    accepts=_CATALOGUE,
    attributes=[*BEHIND],
    sends=FORWARD_IF,
    asks=ByRef,
    fails={404: "there is no such inventory catalogue"},
)
async def forward_if_inventory_position_status_equals(context: Context) -> list[SendEvent]:
    """Forward if the position behind the virtual one is in one of the statuses."""
    position = await inventory_position(context)
    return forward_if(context, position is not None and position.status in context.prop("status"))
