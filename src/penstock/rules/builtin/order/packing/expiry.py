"""Until when a location has to start (spec 21 §10.2, 32 §3)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from penstock.model.rows import attribute
from penstock.rules import Action, Context, Log, Prop, RuleError, SendEvent, Sends, Update, rule
from penstock.rules.builtin.common import ask_all, hours, location_of
from penstock.rules.questions import ById, LocationOfAddress, Setting
from penstock.sourcing.opening_hours import OpeningHours, after_open_time, time_zone

Row = Any

_LIMIT = "PICK_N_PACK_TIME_LIMIT"  # hours
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
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
        422: "the setting is no number",
    },
)
async def schedule_fulfilment_expiry(context: Context) -> list[Action]:
    """Set ``expiryTime`` by opening hours since creation and schedule the event; nothing without a limit."""
    location = await location_of(context, context.entity)
    limit = await hours(context, _LIMIT, location.id)
    if limit is None:
        return []
    opening, logs = await _opening_hours(context, location)
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


async def _opening_hours(context: Context, location: Row) -> tuple[OpeningHours, list[Action]]:
    """Return when the location is open; in UTC, and logged, where its time zone is unknown."""
    schedule, address = await ask_all(
        context,
        ById("OpeningSchedule", location.opening_schedule_id),
        ById("StoreAddress", location.primary_address_id),
    )
    if schedule is None or address is None:
        raise RuleError(f"location {location.ref} has no opening schedule or no address", 404)
    zone = time_zone(address.time_zone)
    opening = OpeningHours(
        week=tuple((getattr(schedule, f"{day}_start"), getattr(schedule, f"{day}_end")) for day in _DAYS),
        zone=zone or UTC,
        all_hours=schedule.all_hours,
        closed=frozenset(date.fromisoformat(day) for day in attribute(location, "closedDates") or ()),
    )
    unknown = f"location {location.ref}: time zone {address.time_zone} is unknown, UTC is used"
    return opening, [] if zone else [Log("ScheduleFulfilmentExpiry", unknown)]
