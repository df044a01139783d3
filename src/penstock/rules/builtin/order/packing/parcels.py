"""What packing came to: whether parcels are left, and whether nothing was rejected (spec 32 §6.2, 35 §3)."""

from __future__ import annotations

from dataclasses import replace

from penstock.rules import EVENT_NAME, Context, SendEvent, Sends, rule
from penstock.rules.builtin.common import FORWARD_IF, forward_if, order_of, send_to
from penstock.rules.builtin.order.attributes import PACKED
from penstock.rules.builtin.order.packing.packing import packed, rejected_at_packing
from penstock.rules.builtin.order.scope import CHOICE_REF, TO_CHOICE, UNNAMED, choice_of, to_choice


@rule(
    "order.SendEventOnVerifyingNoParcels",
    "If nothing was packed and something rejected, send {eventName}",
    EVENT_NAME,
    accepts=["FULFILMENT"],
    attributes=[PACKED],
    sends=FORWARD_IF,
    fails={400: "packedItems is malformed"},
)
def send_event_on_verifying_no_parcels(context: Context) -> list[SendEvent]:
    """Forward if ``packedItems`` has rejections and no articles."""
    return forward_if(context, packed(context, "rejections") and not packed(context, "articles"))


@rule(
    "order.SendEventOnVerifyingParcelsPartiallyComplete",
    "If something was packed and something rejected, send {eventName}",
    EVENT_NAME,
    accepts=["FULFILMENT"],
    attributes=[PACKED],
    sends=FORWARD_IF,
    fails={400: "packedItems is malformed"},
)
def send_event_on_verifying_parcels_partially_complete(context: Context) -> list[SendEvent]:
    """Forward if ``packedItems`` has articles and rejections."""
    return forward_if(context, packed(context, "articles") and packed(context, "rejections"))


@rule(
    "order.SendEventOnVerifyingParcelsComplete",
    "If everything was packed, send {eventName}",
    EVENT_NAME,
    accepts=["FULFILMENT"],
    attributes=[PACKED],
    sends=FORWARD_IF,
    fails={400: "packedItems is malformed"},
)
def send_event_on_verifying_parcels_complete(context: Context) -> list[SendEvent]:
    """Forward if ``packedItems`` has articles and no rejections."""
    return forward_if(context, packed(context, "articles") and not packed(context, "rejections"))


@rule(
    "order.SendEventForOrderOnVerifyingRejections",
    "If packing rejected nothing, send {eventName} to the order",
    EVENT_NAME,
    accepts=["FULFILMENT"],
    sends=Sends("{eventName}", to="ORDER", gate=True),
    reads=["Order", "FulfilmentItem"],
    fails={400: "the entity belongs to no order"},
)
def send_event_for_order_on_verifying_rejections(context: Context) -> list[SendEvent]:
    """Send to the order unless an item has a rejection with another reason than that of picking."""
    return [] if rejected_at_packing(context) else send_to(context, [order_of(context)])


@rule(
    "order.SendEventForFulfilmentChoiceOnVerifyingRejections",
    "If packing rejected nothing, send {eventName} to the fulfilment choice",
    EVENT_NAME,
    accepts=["FULFILMENT"],
    attributes=[CHOICE_REF.optional()],
    sends=replace(TO_CHOICE, gate=True),
    reads=["Order", "FulfilmentChoice", "FulfilmentItem"],
    fails=UNNAMED,
)
def send_event_for_choice_on_verifying_rejections(context: Context) -> list[SendEvent]:
    """Send to the choice that the fulfilment serves, on the same condition."""
    return [] if rejected_at_packing(context) else [to_choice(context, choice_of(context))]
