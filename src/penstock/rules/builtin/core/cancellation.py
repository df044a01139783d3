"""Cancelling a fulfilment."""

from __future__ import annotations

from penstock.rules import Context, Update, rule
from penstock.rules.builtin.common import all_rejected


def cancel(context: Context) -> list[Update]:
    """Return what cancels the event's fulfilment, so that it covers nothing any more (spec 31 §6.1)."""
    return [Update(context.entity, {"status": "CANCELLED"}), *all_rejected(context)]


@rule(
    "core.CancelFulfilment",
    "Cancel the fulfilment and reject all its items",
    accepts=["FULFILMENT"],
    sets="CANCELLED",
    reads=["FulfilmentItem"],
)
def cancel_fulfilment(context: Context) -> list[Update]:
    """Set status CANCELLED; every item counts as rejected."""
    return cancel(context)
