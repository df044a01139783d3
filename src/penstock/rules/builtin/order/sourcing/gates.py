"""Gates of sourcing: which way an order, or a choice of it, goes on (spec 22 §3, 35 §2)."""

from __future__ import annotations

from penstock.rules import EVENT_NAME, Context, Prop, PropType, SendEvent, rule
from penstock.rules.builtin.common import FORWARD_IF, forward_if
from penstock.rules.builtin.order.attributes import PROPOSED
from penstock.rules.builtin.order.scope import CHOICE_REF, NAMED, Scope, named_scope, scope_of
from penstock.rules.builtin.order.sourcing.demand import NEEDED, UNUSED_STATUSES, unfulfilled_items
from penstock.sourcing.need import split_limit_reached

_EXCLUDED = Prop(
    "excludedFulfilmentStatuses", "statuses of fulfilments that do not count", multiple=True, status_of="FULFILMENT"
)
_SOURCED = ["ORDER", "FULFILMENT_CHOICE"]
_LIMIT = Prop("maxSplitLimit", "how often it may be split", PropType.INTEGER)


@rule(
    "order.ForwardIfProposedFulfilmentPresent",
    "If a location was found, send {eventName}",
    EVENT_NAME,
    accepts=_SOURCED,
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
    accepts=_SOURCED,
    attributes=[PROPOSED.optional()],
    sends=FORWARD_IF,
)
def forward_if_proposed_fulfilment_not_present(context: Context) -> list[SendEvent]:
    """Forward if the event has no ``proposedFulfilment``."""
    return forward_if(context, not context.event.attributes.get("proposedFulfilment"))


def _reached(context: Context) -> bool:
    """Return whether there may be no more fulfilments; for a choice its own count."""
    statuses = (f.status for f in scope_of(context).fulfilments)
    return split_limit_reached(statuses, context.prop("excludedFulfilmentStatuses"), context.prop("maxSplitLimit"))


@rule(
    "order.ForwardIfMaxSplitLimitReached",
    "If there are more than {maxSplitLimit} fulfilments, send {eventName}",
    EVENT_NAME,
    _LIMIT,
    _EXCLUDED,
    accepts=_SOURCED,
    sends=FORWARD_IF,
    reads=["Order", "Fulfilment"],
)
def forward_if_max_split_limit_reached(context: Context) -> list[SendEvent]:
    """Forward if order or choice may not get another fulfilment."""
    return forward_if(context, _reached(context))


@rule(
    "order.ForwardIfMaxSplitLimitNotReached",
    "If there are {maxSplitLimit} fulfilments or fewer, send {eventName}",
    EVENT_NAME,
    _LIMIT,
    _EXCLUDED,
    accepts=_SOURCED,
    sends=FORWARD_IF,
    reads=["Order", "Fulfilment"],
)
def forward_if_max_split_limit_not_reached(context: Context) -> list[SendEvent]:
    """Forward if order or choice may get another fulfilment."""
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
    return _forward_if_unfulfilled(context, scope_of(context))


@rule(
    "order.ForwardIfUnfulfilledItemsExistInFulfilmentChoice",
    "If items of the fulfilment choice are unfulfilled, send {eventName}",
    EVENT_NAME,
    UNUSED_STATUSES,
    accepts=["FULFILMENT_CHOICE"],
    attributes=[CHOICE_REF],
    sends=FORWARD_IF,
    reads=NEEDED,
    fails=NAMED,
)
def forward_if_unfulfilled_items_exist_in_fulfilment_choice(context: Context) -> list[SendEvent]:
    """Forward if some units of the choice's items are in no fulfilment."""
    return _forward_if_unfulfilled(context, named_scope(context))


def _forward_if_unfulfilled(context: Context, scope: Scope) -> list[SendEvent]:
    return forward_if(context, unfulfilled_items(scope))
