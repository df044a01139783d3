"""When a location is open, asked for by rules (spec 21 §10.1)."""

from __future__ import annotations

from datetime import UTC, date
from typing import TYPE_CHECKING, Any

from penstock.model.rows import attribute
from penstock.rules import RuleError
from penstock.rules.builtin.common import ask_all
from penstock.rules.questions import ById
from penstock.sourcing.opening_hours import DAYS, OpeningHours, time_zone

if TYPE_CHECKING:
    from penstock.rules import Context

Row = Any


async def opening_hours(context: Context, location: Row) -> tuple[OpeningHours, str | None]:
    """Return when a location is open, in UTC where its time zone is unknown, and a sentence about that.

    ``RuleError`` 404 where it has no schedule or address, 422 where its ``closedDates`` are no dates.
    """
    schedule, address = await ask_all(
        context,
        ById("OpeningSchedule", location.opening_schedule_id),
        ById("StoreAddress", location.primary_address_id),
    )
    if schedule is None or address is None:
        raise RuleError(f"location {location.ref} has no opening schedule or no address", 404)
    zone = time_zone(address.time_zone)
    hours = OpeningHours(
        week=tuple((getattr(schedule, f"{day}_start"), getattr(schedule, f"{day}_end")) for day in DAYS),
        zone=zone or UTC,
        all_hours=schedule.all_hours,
        closed=_closed(location),
    )
    return hours, None if zone else f"location {location.ref}: time zone {address.time_zone} is unknown, UTC is used"


def _closed(location: Row) -> frozenset[date]:
    given, what = attribute(location, "closedDates") or (), f"location {location.ref}: closedDates"
    try:
        return frozenset(date.fromisoformat(day) for day in given)
    except (TypeError, ValueError):
        raise RuleError(f"{what} must be a list of ISO dates, not {given!r}", 422) from None
