"""Choices that are to be delivered later are sourced later (spec 31 §2, 35 §4)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from penstock.rules import EVENT_NAME, Context, RuleError, SendEvent, Sends, rule
from penstock.rules.builtin.common import hours
from penstock.rules.builtin.order.scope import CHOICE_REF, NAMED, named_scope
from penstock.rules.questions import Setting

if TYPE_CHECKING:
    from datetime import datetime

_LEAD = "fc.order.sourcing.reservation.time"  # hours


@rule(
    "order.ScheduleFulfilmentCreationForDeliverAfter",
    "Send {eventName} when it is time to reserve stock for the delivery that the customer wants later, or at once",
    EVENT_NAME,
    accepts=["FULFILMENT_CHOICE"],
    attributes=[CHOICE_REF],
    sends=[Sends("{eventName}", gate=True), Sends("{eventName}", gate=True, scheduled=True)],
    asks=Setting,
    reads=["Order"],
    fails={404: NAMED[404], 422: f"the setting {_LEAD} is no number of hours, or {NAMED[422]}"},
)
async def schedule_fulfilment_creation_for_deliver_after(context: Context) -> list[SendEvent]:
    """Schedule the event so many hours before ``deliverAfter`` as the setting says.

    It goes at once where that moment is over, or setting or ``deliverAfter`` are missing.
    """
    named_scope(context)  # the event must name its own choice
    deliver_after, lead = context.entity.deliver_after, await hours(context, _LEAD)
    at = None if deliver_after is None or lead is None else _moment(deliver_after, lead, context.now)
    return [SendEvent(context.prop("eventName"), at=at)]


def _moment(deliver_after: datetime, lead: timedelta, now: datetime) -> datetime | None:
    """Return when it is time, None where that is over."""
    if lead < timedelta(0):
        raise RuleError(f"setting {_LEAD} must not be negative, but is {lead / timedelta(hours=1):g}", 422)
    return deliver_after - lead if deliver_after - now > lead else None  # a huge lead is no date, but over too
