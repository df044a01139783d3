"""Until when parcels are ready, leave and arrive: opening hours, cut-off, pick time and transit (spec 21 §10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from penstock.sourcing.opening_hours import after_open_time, open_day

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from penstock.sourcing.opening_hours import OpeningHours

_LONGEST = 366  # days that anybody looks ahead for an open one


@dataclass(frozen=True, slots=True)
class Pace:
    """How a location works: when it is open, HHMM until when it ships the same day, time to pick, time on the way."""

    hours: OpeningHours
    cut_off: int | None = None
    pick: timedelta | None = None
    transit: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Dates:
    """The moment at which it is ready, and the days, of the location's calendar, of leaving and of arrival."""

    ready: datetime | None = None
    ship: date | None = None
    deliver: date | None = None


def dates(now: datetime, pace: Pace) -> Dates:
    """Return what a location can do with what is asked for now; None for what nothing tells.

    What comes before the cut-off of an open day leaves on that day, anything else on the next open day; never before
    it has been picked. Time on the way begins with the cut-off of that day, or else when the parcel is ready.
    """
    zone = pace.hours.zone
    ready = None if pace.pick is None else after_open_time(now, pace.pick, pace.hours)
    if pace.pick is not None and ready is None:
        return Dates()  # it never opens
    ship = None if pace.cut_off is None else _ship(now, pace.cut_off, pace.hours)
    if ship is not None and ready is not None:
        ship = max(ship, ready.astimezone(zone).date())
    if pace.transit is None or (pace.cut_off is not None and ship is None):
        return Dates(ready, ship)
    leaves = ready or now
    if ship is not None and pace.cut_off is not None:
        leaves = max(leaves, datetime.combine(ship, clock(pace.cut_off), zone))
    return Dates(ready, ship, (leaves + pace.transit).astimezone(zone).date())


def _ship(now: datetime, cut_off: int, hours: OpeningHours) -> date | None:
    local = now.astimezone(hours.zone)
    late = local.time() >= clock(cut_off)
    days = (local.date() + timedelta(days=n) for n in range(int(late), _LONGEST))
    return next((day for day in days if open_day(day, hours)), None)


def clock(hhmm: int) -> time:
    """Return the time of day that HHMM stands for; ``ValueError`` where it stands for none."""
    hour, minute = divmod(hhmm, 100)
    return time(hour, minute)


def last(each: Sequence[Dates]) -> Dates:
    """Return the dates of a plan: those of its slowest part, and none of what one of its parts does not know."""
    ready, ship, deliver = ([getattr(d, name) for d in each] for name in ("ready", "ship", "deliver"))
    return Dates(*(max(found) if found and None not in found else None for found in (ready, ship, deliver)))
