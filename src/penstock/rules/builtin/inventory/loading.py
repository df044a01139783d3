"""Loading counted stock: one event a record of a batch (spec 20 §5, §6)."""

from __future__ import annotations

from penstock.rules import EVENT_NAME, Attribute, AttributeType, Context, Create, Creates, SendEvent, Sends, rule
from penstock.rules.builtin.common import FORWARD_IF, forward, forward_if
from penstock.rules.builtin.inventory.positions import LOADED, MALFORMED, event_position, loaded
from penstock.rules.questions import ByRef

_CATALOGUE = ["INVENTORY_CATALOGUE"]
_EXISTS = "inventoryPositionExists"
_KNOWN = Attribute(_EXISTS, AttributeType.BOOLEAN)
_MISSING = {404: "the position does not exist"}


@rule(
    "globalinventory.LoadInventoryPositionData",
    "Look up the position and send {eventName}",
    EVENT_NAME,
    accepts=_CATALOGUE,
    attributes=[LOADED],
    sends=Sends("{eventName}", adds=(_KNOWN,)),
    asks=ByRef,
    fails=MALFORMED,
)
async def load_inventory_position_data(context: Context) -> list[SendEvent]:
    """Add ``inventoryPositionExists`` to the event."""
    ref = loaded(context)["ref"]
    position = await context.ask(ByRef("InventoryPosition", ref, within=context.entity.id))
    return [forward(context, **{_EXISTS: position is not None})]


@rule(
    "globalinventory.ForwardIfInventoryPositionNotExists",
    "If there is no such position, send {eventName}",
    EVENT_NAME,
    accepts=_CATALOGUE,
    attributes=[_KNOWN],
    sends=FORWARD_IF,
)
def forward_if_inventory_position_not_exists(context: Context) -> list[SendEvent]:
    """Forward to the catalogue, which creates the position."""
    return forward_if(context, not context.attribute(_EXISTS))


@rule(
    "globalinventory.DownToInventoryPositionIfExists",
    "If there is such a position, send {eventName} to it",
    EVENT_NAME,
    accepts=_CATALOGUE,
    attributes=[LOADED, _KNOWN],
    sends=Sends("{eventName}", to="INVENTORY_POSITION", gate=True),
    asks=ByRef,
    fails=MALFORMED | _MISSING,
)
async def down_to_inventory_position_if_exists(context: Context) -> list[SendEvent]:
    """Forward to the position that the event names."""
    if not context.attribute(_EXISTS):
        return []
    return [SendEvent(context.prop("eventName"), to=await event_position(context), root=context.entity)]


@rule(
    "globalinventory.CreateInventoryPosition",
    "Create the position that the event describes",
    accepts=_CATALOGUE,
    attributes=[LOADED],
    creates=Creates("InventoryPosition"),
    fails=MALFORMED,
)
def create_inventory_position(context: Context) -> list[Create]:
    """Create the position; its stock follows from its quantities."""
    given = loaded(context)
    position = context.new(
        "InventoryPosition",
        ref=given["ref"],
        type=given.get("type") or context.entity.type,
        product_ref=given["productRef"],
        location_ref=given["locationRef"],
        catalogue_id=context.entity.id,
    )
    return [Create(position)]
