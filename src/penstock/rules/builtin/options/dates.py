"""Until when a plan is ready, leaves and arrives (spec 21 §10.3, beside the hours of §9.4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from penstock.model.numbers import whole
from penstock.model.rows import attribute
from penstock.rules import EVENT_NAME, Action, Context, Log, Prop, RuleError, Sends, rule
from penstock.rules.builtin.common import forward, hours
from penstock.rules.builtin.opening import opening_hours
from penstock.rules.builtin.options.asked import ACCEPTS, PICKUP
from penstock.rules.builtin.options.drafts import MALFORMED, PLANS, carried, drafts
from penstock.rules.builtin.order.attributes import LOCATIONS
from penstock.rules.questions import ById, Setting
from penstock.sourcing.dates import Dates, Pace, clock, dates, last

Row = Any

CUT_OFF = "cutOffTime"  # attribute of a location: HHMM, local
_RULE = "globalinventory.CalculateDatesFO"


@rule(
    _RULE,
    "Send {eventName} with the days on which each plan leaves and arrives, where locations have a cut-off or a transit",
    EVENT_NAME,
    Prop("pickNPackTimeLimitSetting", "name of the setting with a location's hours to pick and pack"),
    Prop(
        "transitSetting",
        "name of the setting with the hours on the way: a number, or a list of {upToKm, hours}",
        default="oms.promise.transitHours",
    ),
    accepts=ACCEPTS,
    attributes=[PLANS, LOCATIONS.optional(), PICKUP.optional()],
    sends=Sends("{eventName}", adds=(PLANS,)),
    asks=[ById, Setting],
    fails={
        400: MALFORMED,
        404: "a location has no opening schedule or address",
        422: "a setting is no number, or cutOffTime or closedDates of a location make no sense",
    },
)
async def calculate_dates(context: Context) -> list[Action]:
    """Add ``readyAt``, ``shipBy`` and ``deliverBy`` to the attributes of ``fulfilmentPlans``.

    Nothing is added where a location of a plan has neither a cut-off nor a time on the way, or is not known.
    """
    plans, logs = drafts(context), dict[str, None]()
    for plan in plans:
        plan.attributes += _told(last([await _dates(context, f.location_ref, logs) for f in plan.fulfilments]))
    return [forward(context, **carried(plans)), *(Log("CalculateDatesFO", sentence) for sentence in logs)]


async def _dates(context: Context, ref: str, logs: dict[str, None]) -> Dates:
    """Return the dates of what comes from a location."""
    place = next((p for p in context.event.attributes.get("locations") or () if p["ref"] == ref), None)
    location = None if place is None else await context.ask(ById("Location", int(place["id"])))
    if location is None or place is None:
        return Dates()
    cut_off = _cut_off(location)
    transit = None if _is_pickup(context, ref) else await _transit(context, location, place.get("distance"))
    if cut_off is None and transit is None:
        return Dates()
    opening, unknown = await opening_hours(context, location)
    if unknown is not None:
        logs[unknown] = None
    pick = await hours(context, context.prop("pickNPackTimeLimitSetting"), location.id)
    return dates(context.now, Pace(opening, cut_off, pick, transit))


def _is_pickup(context: Context, ref: str) -> bool:
    return context.event.attributes.get(PICKUP.name) == ref


def _cut_off(location: Row) -> int | None:
    given = attribute(location, CUT_OFF)
    if given is None:
        return None
    number = whole(given)
    try:
        clock(-1 if number is None else number)
    except ValueError:
        what = f"location {location.ref}: attribute {CUT_OFF}"
        raise RuleError(f"{what} must be a time of day as HHMM, such as 1430, not {given!r}", 422) from None
    return number


async def _transit(context: Context, location: Row, metres: float | None) -> timedelta | None:
    """Return the time on the way from a location: that of the first band that reaches so far."""
    name = context.prop("transitSetting")
    given = await context.ask(Setting(name, location.id))
    bands = given if isinstance(given, list) else [] if given is None else [{"hours": given}]
    try:
        fitting = (band for band in bands if _reaches(band.get("upToKm"), metres))
        return next((timedelta(hours=float(band["hours"])) for band in fitting), None)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        what = "a number of hours, or a list of {upToKm, hours}"
        raise RuleError(f"setting {name} must be {what}, not {given!r}", 422) from None


def _reaches(kilometres: Any, metres: float | None) -> bool:
    return kilometres is None or (metres is not None and metres <= float(kilometres) * 1000)


def _told(found: Dates) -> list[dict[str, Any]]:
    known = {"readyAt": found.ready, "shipBy": found.ship, "deliverBy": found.deliver}
    return [
        {"name": name, "type": "STRING", "value": moment.isoformat().replace("+00:00", "Z")}
        for name, moment in known.items()
        if moment is not None
    ]
