"""Gates of sourcing: which way an order goes on (spec 22 §3, 35 §2)."""

from __future__ import annotations

from penstock.rules import EVENT_NAME, Context, Prop, PropType, SendEvent, rule
from penstock.rules.builtin.common import FORWARD_IF, forward_if, order_of
from penstock.rules.builtin.order.attributes import PROPOSED
from penstock.rules.builtin.order.demand import NEEDED, UNUSED_STATUSES, unfulfilled_items
from penstock.sourcing.need import split_limit_reached

_EXCLUDED = Prop(
    "excludedFulfilmentStatuses", "statuses of fulfilments that do not count", multiple=True, status_of="FULFILMENT"
)
_LIMIT = Prop("maxSplitLimit", "how often the order may be split", PropType.INTEGER)


@rule(
    "order.ForwardIfProposedFulfilmentPresent",
    "If a location was found, send {eventName}",
    EVENT_NAME,
    accepts=["ORDER"],
    attributes=[PROPOSED.optional()],
    sends=FORWARD_IF,
)
def forward_if_proposed_fulfilment_present(context: Context) -> list[SendEvent]:
    """Forward if the event has ``proposedFulfilment``."""
    return forward_if(context, context.event.attributes.get("proposedFulfilment"))


@rule(
    "order.ForwardIfProposedFulfilmentNotPresent",
    "If no location was found, send {eventName}",
    EVENT_NAME,
    accepts=["ORDER"],
    attributes=[PROPOSED.optional()],
    sends=FORWARD_IF,
)
def forward_if_proposed_fulfilment_not_present(context: Context) -> list[SendEvent]:
    """Forward if the event has no ``proposedFulfilment``."""
    return forward_if(context, not context.event.attributes.get("proposedFulfilment"))


def _reached(context: Context) -> bool:
    statuses = (f.status for f in context.many(order_of(context), "fulfilments"))
    return split_limit_reached(statuses, context.prop("excludedFulfilmentStatuses"), context.prop("maxSplitLimit"))


@rule(
    "order.ForwardIfMaxSplitLimitReached",
    "If the order has more than {maxSplitLimit} fulfilments, send {eventName}",
    EVENT_NAME,
    _LIMIT,
    _EXCLUDED,
    accepts=["ORDER"],
    sends=FORWARD_IF,
    reads=["Order", "Fulfilment"],
)
def forward_if_max_split_limit_reached(context: Context) -> list[SendEvent]:
    """Forward if the order may not get another fulfilment."""
    return forward_if(context, _reached(context))


@rule(
    "order.ForwardIfMaxSplitLimitNotReached",
    "If the order has {maxSplitLimit} fulfilments or fewer, send {eventName}",
    EVENT_NAME,
    _LIMIT,
    _EXCLUDED,
    accepts=["ORDER"],
    sends=FORWARD_IF,
    reads=["Order", "Fulfilment"],
)
def forward_if_max_split_limit_not_reached(context: Context) -> list[SendEvent]:
    """Forward if the order may get another fulfilment."""
    return forward_if(context, not _reached(context))


@rule(
    "order.ForwardIfUnfulfilledItemsExist",
    "If items are unfulfilled, send {eventName}",
    EVENT_NAME,
    UNUSED_STATUSES,
    accepts=["ORDER"],
    sends=FORWARD_IF,
    reads=NEEDED,
)
def forward_if_unfulfilled_items_exist(context: Context) -> list[SendEvent]:
    """Forward if some units of the order are in no fulfilment."""
    return forward_if(context, unfulfilled_items(context))
