"""The status of the event's entity."""

from __future__ import annotations

from penstock.rules import SAME, Context, Prop, Sends, Sets, Update, rule
from penstock.rules.builtin.common import order_of

STATE_CHANGE = "STATE_CHANGE"


@rule(
    "core.SetState",
    "Set the status to {status}",
    Prop("status", "the new status", status_of=SAME),
    sets="{status}",
    sends=Sends(STATE_CHANGE, heard=True),
)
def set_state(context: Context) -> list[Update]:
    """Set the status; following events of the same tree are matched against it (spec 13 §6).

    Workflows that listen to it are told by an event STATE_CHANGE (spec 35 §1).
    """
    return [Update(context.entity, {"status": context.prop("status")}, tells=STATE_CHANGE)]


@rule(
    "core.UpdateOrderStatus",
    "Set the status of the order to {status}",
    Prop("status", "the new status of the order", status_of="ORDER"),
    accepts=["ORDER", "FULFILMENT", "ARTICLE", "CONSIGNMENT", "FULFILMENT_CHOICE", "FINANCIAL_TRANSACTION"],
    sets=Sets("{status}", "ORDER"),
    reads=["Order"],
    fails={400: "the entity belongs to no order"},
)
def update_order_status(context: Context) -> list[Update]:
    """Set the status of the order that the entity belongs to."""
    return [Update(order_of(context), {"status": context.prop("status")})]
