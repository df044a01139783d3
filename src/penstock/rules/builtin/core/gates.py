"""Gates that look at an attribute of the entity."""

from __future__ import annotations

from penstock.model.rows import attribute
from penstock.rules import EVENT_NAME, Context, Prop, SendEvent, rule
from penstock.rules.builtin.common import FORWARD_IF, as_text, forward_if

_NAME = Prop("attributeName", "name of the entity's attribute, compared without case")


@rule(
    "core.SendEventOnVerifyingAttributeValue",
    "If the attribute {attributeName} is {attributeValue}, send {eventName}",
    _NAME,
    Prop("attributeValue", "value that it must have"),
    EVENT_NAME,
    sends=FORWARD_IF,
)
def send_event_on_verifying_attribute_value(context: Context) -> list[SendEvent]:
    """Forward the event if the entity's attribute has the given value."""
    value = attribute(context.entity, context.prop("attributeName"))
    return forward_if(context, value is not None and as_text(value) == context.prop("attributeValue"))


@rule(
    "core.SendEventOnVerifyingIfAttributeExists",
    "If there is an attribute {attributeName}, send {eventName}",
    EVENT_NAME,
    _NAME,
    sends=FORWARD_IF,
)
def send_event_on_verifying_if_attribute_exists(context: Context) -> list[SendEvent]:
    """Forward the event if the entity has the attribute."""
    return forward_if(context, attribute(context.entity, context.prop("attributeName")) is not None)
