"""Gates that look at a place, or at any property (spec 35 §8)."""

from __future__ import annotations

from typing import Any

from penstock.model.registry import MODEL
from penstock.model.rows import attribute
from penstock.model.vocabulary import Column
from penstock.rules import EVENT_NAME, Attribute, Context, Prop, SendEvent, rule
from penstock.rules.builtin.common import FORWARD_IF, as_text, forward_if
from penstock.rules.questions import ByRef


@rule(
    "globalinventory.ForwardIfLocationStatusEquals",
    "If the location is in status {status}, send {eventName}",
    EVENT_NAME,
    Prop("status", "statuses of the location", multiple=True, status_of="LOCATION"),
    accepts=["INVENTORY_POSITION", "INVENTORY_CATALOGUE", "VIRTUAL_CATALOGUE"],
    attributes=[Attribute("locationRef", description="of an event to a catalogue", required=False)],
    sends=FORWARD_IF,
    asks=ByRef,
)
async def forward_if_location_status_equals(context: Context) -> list[SendEvent]:
    """Look at the position's location, or at the event's ``locationRef``; one that does not exist has no status."""
    own = context.entity.location_ref if context.entity_name == "InventoryPosition" else None
    ref = own or context.attribute("locationRef")
    location = await context.ask(ByRef("Location", ref, within=context.event.retailer_id))
    return forward_if(context, location is not None and location.status in context.prop("status"))


@rule(
    "globalinventory.IfPropertyEquals",
    "If {property} is {value}, send {eventName}",
    Prop("property", "a field or an attribute of the entity, else an attribute of the event: status, productRef"),
    Prop("value", "value that it must have"),
    EVENT_NAME,
    sends=FORWARD_IF,
)
def if_property_equals(context: Context) -> list[SendEvent]:
    """Forward the event if the property has the value; what there is not, or is null, has none."""
    found = _property(context, context.prop("property"))
    return forward_if(context, found is not None and as_text(found) == context.prop("value"))


def _property(context: Context, name: str) -> Any:
    field = MODEL.entity(context.entity_name).by_name.get(name)
    if isinstance(field, Column) and not field.hidden:
        return getattr(context.entity, field.column)
    own = attribute(context.entity, name) if hasattr(context.entity, "attributes") else None
    return context.event.attributes.get(name) if own is None else own
