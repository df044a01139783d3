"""Until when a location has to start (spec 21 §10.2, 32 §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.rules import Action, Context, Log, Prop, SendEvent, Sends, Update, rule
from penstock.rules.builtin.common import hours, location_of
from penstock.rules.builtin.opening import opening_hours
from penstock.rules.questions import ById, LocationOfAddress, Setting
from penstock.sourcing.opening_hours import after_open_time

if TYPE_CHECKING:
    from datetime import datetime

_LIMIT = "PICK_N_PACK_TIME_LIMIT"  # hours
_EVENT = Prop("eventName", "name of the event to schedule", default="FulfilmentExpiry")


@rule(
    "order.ScheduleFulfilmentExpiry",
    "Schedule {eventName} for when the location's time to pick and pack is over",
    _EVENT,
    accepts=["FULFILMENT"],
    sends=Sends("{eventName}", gate=True, scheduled=True, forwards=False),
    asks=[LocationOfAddress, Setting, ById],
    fails={
        404: "the fulfilment has no location, or that has no opening schedule or address",
        422: "the setting is no number, or closedDates of the location are no dates",
    },
)
async def schedule_fulfilment_expiry(context: Context) -> list[Action]:
    """Set ``expiryTime`` by opening hours since creation and schedule the event; nothing without a limit."""
    location = await location_of(context, context.entity)
    limit = await hours(context, _LIMIT, location.id)
    if limit is None:
        return []
    opening, unknown = await opening_hours(context, location)
    logs: list[Action] = [] if unknown is None else [Log("ScheduleFulfilmentExpiry", unknown)]
    expiry = after_open_time(context.entity.created_on, limit, opening)
    return [*logs, *(_expire(context, expiry) if expiry is not None else [])]


@rule(
    "order.ScheduleFulfilmentExpiryNow",
    "Schedule {eventName} for when the location's time to pick and pack, from now, is over",
    _EVENT,
    accepts=["FULFILMENT"],
    sends=Sends("{eventName}", gate=True, scheduled=True, forwards=False),
    asks=[LocationOfAddress, Setting],
    fails={404: "the fulfilment has no location", 422: "the setting is no number"},
)
async def schedule_fulfilment_expiry_now(context: Context) -> list[Action]:
    """The same from now, without opening hours."""
    location = await location_of(context, context.entity)
    limit = await hours(context, _LIMIT, location.id)
    return _expire(context, context.now + limit) if limit is not None else []


def _expire(context: Context, expiry: datetime) -> list[Action]:
    return [
        Update(context.entity, {"expiry_time": expiry}),
        SendEvent(context.prop("eventName"), attributes={}, at=expiry),
    ]
