"""Time that passes only while a location is open (spec 21 §10.1, §10.2)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = timedelta(days=3660)  # nobody waits longer: a location that is closed for good
_DAY = timedelta(days=1)
_ALWAYS = (0, 2400)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # as the fields of a schedule begin


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Hours of a week in local time.

    ``week`` holds (opens, closes) for Monday to Sunday as HHMM; equal: closed; closes before it opens: past
    midnight. ``closed`` are days off.
    """

    week: tuple[tuple[int, int], ...]
    zone: tzinfo = UTC
    all_hours: bool = False
    closed: frozenset[date] = field(default_factory=frozenset)

    def of(self, day: date) -> tuple[int, int]:
        """Return when it opens and closes on a day of its own calendar, the same where it does not open."""
        if day in self.closed:
            return 0, 0
        return _ALWAYS if self.all_hours else self.week[day.weekday()]


def time_zone(name: str | None) -> tzinfo | None:
    """Return the zone of this name, UTC for no name, None where no such zone is known."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # what the time zone data raises for a bad name
        return None


def after_open_time(start: datetime, duration: timedelta, hours: OpeningHours) -> datetime | None:
    """Return when ``duration`` of opening time has passed since ``start``; None if it never does."""
    reached = start
    for opens, closes in _openings(start, hours):
        begin = max(opens, reached)
        if closes <= begin:
            continue
        if closes - begin >= duration:
            return begin + duration
        duration -= closes - begin
        reached = closes
    return None


def open_at(moment: datetime, hours: OpeningHours) -> bool:
    """Return whether it is open at a moment; the minute of closing is none."""
    near = itertools.takewhile(lambda opening: opening[0] <= moment, _openings(moment, hours))
    return any(moment < closes for _, closes in near)


def open_day(day: date, hours: OpeningHours) -> bool:
    """Return whether it opens on a day of its own calendar."""
    opens, closes = hours.of(day)
    return opens != closes


def _openings(start: datetime, hours: OpeningHours) -> Iterator[tuple[datetime, datetime]]:
    """Yield opening and closing in UTC, from the day before: it may reach past midnight."""
    first = start.astimezone(hours.zone).date() - _DAY
    ever = hours.all_hours or any(opens != closes for opens, closes in hours.week)
    for number in range(_LONGEST.days if ever else 0):
        day = first + timedelta(days=number)
        opens, closes = hours.of(day)
        if opens != closes:
            yield _moment(day, opens, hours.zone), _moment(day + _DAY * (closes < opens), closes, hours.zone)


def _moment(day: date, hhmm: int, zone: tzinfo) -> datetime:
    hour, minute = divmod(hhmm, 100)
    local = datetime.combine(day + _DAY * (hour // 24), time(hour % 24, minute), zone)
    return local.astimezone(UTC)
