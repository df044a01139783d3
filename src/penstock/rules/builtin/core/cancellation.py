"""Cancelling a fulfilment."""

from __future__ import annotations

from penstock.rules import Context, Update, rule


@rule(
    "core.CancelFulfilment",
    "Cancel the fulfilment and reject all its items",
    accepts=["FULFILMENT"],
    sets="CANCELLED",
    reads=["FulfilmentItem"],
)
def cancel_fulfilment(context: Context) -> list[Update]:
    """Set status CANCELLED; every item counts as rejected (spec 31 §6.1)."""
    items = context.many(context.entity, "items")
    return [
        Update(context.entity, {"status": "CANCELLED"}),
        *(Update(i, {"filled_quantity": 0, "rejected_quantity": i.requested_quantity}) for i in items),
    ]
