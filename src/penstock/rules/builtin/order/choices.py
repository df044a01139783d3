"""Events to fulfilment choices, and ways that go by the choice (spec 34 §3, 35 §2, §3)."""

from __future__ import annotations

from penstock.rules import EVENT_NAME, Attribute, Context, Prop, RuleError, SendEvent, Sends, rule
from penstock.rules.builtin.common import FORWARD_IF, forward_if, order_of
from penstock.rules.builtin.order.scope import (
    CHOICE_REF,
    FORWARD_IF_TOLD,
    TO_CHOICE,
    UNNAMED,
    choice_of,
    to_choice,
)

_REF: Attribute = CHOICE_REF.optional()


@rule(
    "order.SendEventForFulfilmentChoice",
    "Send {eventName} to the fulfilment choice",
    EVENT_NAME,
    accepts=["ORDER", "FULFILMENT", "ARTICLE"],
    attributes=[_REF],
    sends=TO_CHOICE,
    reads=["Order", "FulfilmentChoice", "Fulfilment"],
    fails=UNNAMED,
)
def send_event_for_fulfilment_choice(context: Context) -> list[SendEvent]:
    """Send to the choice that the fulfilment serves, or that ``fulfilmentChoiceRef`` names."""
    return [to_choice(context, choice_of(context))]


@rule(
    "order.SendEventForAllFulfilmentChoices",
    "Send {eventName} to every fulfilment choice of the order",
    EVENT_NAME,
    accepts=["ORDER"],
    sends=TO_CHOICE,
    reads=["Order", "FulfilmentChoice"],
)
def send_event_for_all_fulfilment_choices(context: Context) -> list[SendEvent]:
    """Send to each choice, in order of creation."""
    return [to_choice(context, choice) for choice in context.many(order_of(context), "fulfilmentChoices")]


@rule(
    "order.SendEventToFulfilmentOnVerifyingFulfilmentChoiceStatus",
    "If the fulfilment choice is in status {fulfilmentChoiceStatus}, send {eventName} to the fulfilment",
    EVENT_NAME,
    Prop("fulfilmentChoiceStatus", "statuses of the choice", multiple=True, status_of="FULFILMENT_CHOICE"),
    accepts=["FULFILMENT"],
    attributes=[_REF],
    sends=FORWARD_IF,
    reads=["Order", "FulfilmentChoice"],
    fails=UNNAMED,
)
def send_event_to_fulfilment_on_verifying_choice_status(context: Context) -> list[SendEvent]:
    """Forward to the fulfilment itself if its choice is in one of the statuses."""
    return forward_if(context, choice_of(context).status in context.prop("fulfilmentChoiceStatus"))


@rule(
    "order.ForwardEventByFulfilmentChoiceType",
    "If the fulfilment choice has type {type}, send {eventName}",
    EVENT_NAME,
    Prop("type", "type of the choice: HD, CC", default=None),
    Prop("typeName", "the same in older documents, where type is not given", default=None),
    accepts=["ORDER", "FULFILMENT", "ARTICLE", "FULFILMENT_CHOICE"],
    attributes=[_REF],
    sends=FORWARD_IF_TOLD,
    reads=["Order", "FulfilmentChoice", "Fulfilment"],
    fails={400: f"neither type nor typeName is given, or {UNNAMED[400]}", 404: UNNAMED[404]},
)
def forward_event_by_fulfilment_choice_type(context: Context) -> list[SendEvent]:
    """Forward to the same entity if its choice has the type; a choice is named to the rules behind."""
    wanted = context.prop("type") or context.prop("typeName")
    if not wanted:
        raise RuleError("ForwardEventByFulfilmentChoiceType needs the property type (or typeName)")
    choice = choice_of(context)
    told = {CHOICE_REF.name: choice.ref} if choice is context.entity else {}
    return forward_if(context, choice.type == wanted, **told)


@rule(
    "order.SendEventOnIdentifyingDeliveryType",
    "Send {standardDeliveryEvent} for delivery type {standardDeliveryValue}, "
    "{expressDeliveryEvent} for {expressDeliveryValue}",
    Prop("standardDeliveryEvent", "event to send for the first delivery type"),
    Prop("expressDeliveryEvent", "event to send for the second"),
    Prop("standardDeliveryValue", "the first delivery type: STANDARD; compared without case"),
    Prop("expressDeliveryValue", "the second: EXPRESS"),
    accepts=["ORDER"],
    attributes=[_REF],
    sends=[Sends("{standardDeliveryEvent}", gate=True), Sends("{expressDeliveryEvent}", gate=True)],
    reads=["Order", "FulfilmentChoice"],
    fails=UNNAMED,
)
def send_event_on_identifying_delivery_type(context: Context) -> list[SendEvent]:
    """Forward the event under the name that belongs to the choice's ``deliveryType``; nothing for any other type."""
    type_ = (choice_of(context).delivery_type or "").lower()
    ways = ((context.prop(f"{way}DeliveryValue"), f"{way}DeliveryEvent") for way in ("standard", "express"))
    return [SendEvent(context.prop(event)) for value, event in ways if value.lower() == type_][:1]
