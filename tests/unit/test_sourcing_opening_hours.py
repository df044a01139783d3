"""Spec 21 §10.1 and §10.2."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from penstock.sourcing.opening_hours import OpeningHours, after_open_time, open_at, time_zone

SYDNEY = ZoneInfo("Australia/Sydney")
WEEKDAYS = ((900, 1700),) * 5 + ((0, 0),) * 2
OFFICE = OpeningHours(WEEKDAYS, zone=SYDNEY)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of May 2026 in Sydney; the 1st is a Friday."""
    return datetime(2026, 5, day, hour, minute, tzinfo=SYDNEY).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        (local(1, 15, 30), 4, local(4, 11, 30)),
        (local(2, 10), 4, local(4, 13)),
        (local(4, 9), 10, local(5, 11)),
        (local(4, 7), 8, local(4, 17)),
        (local(4, 18), 1, local(5, 10)),
    ],
)
def test_only_open_hours_count(start: datetime, hours: float, expected: datetime) -> None:
    assert after_open_time(start, timedelta(hours=hours), OFFICE) == expected


def test_open_day_and_night() -> None:
    hours = OpeningHours(((0, 0),) * 7, all_hours=True)
    assert after_open_time(local(2, 10), timedelta(hours=4), hours) == local(2, 14)


def test_closed_for_good() -> None:
    assert after_open_time(local(2, 10), timedelta(hours=4), OpeningHours(((0, 0),) * 7)) is None


def test_days_off() -> None:
    hours = OpeningHours(WEEKDAYS, zone=SYDNEY, closed=frozenset({date(2026, 5, 4)}))
    assert after_open_time(local(1, 15, 30), timedelta(hours=4), hours) == local(5, 11, 30)


def test_days_off_of_who_is_open_day_and_night() -> None:
    hours = OpeningHours(((0, 0),) * 7, zone=SYDNEY, all_hours=True, closed=frozenset({date(2026, 5, 4)}))
    assert after_open_time(local(2, 10), timedelta(hours=30), hours) == local(3, 16)
    assert after_open_time(local(3, 22), timedelta(hours=4), hours) == local(5, 2)
    assert after_open_time(local(4, 12), timedelta(hours=4), hours) == local(5, 4)
    assert [open_at(local(day, 12), hours) for day in (3, 4, 5)] == [True, False, True]


def test_past_midnight() -> None:
    night = OpeningHours(((2000, 200),) * 7, zone=SYDNEY)
    assert after_open_time(local(5, 1), timedelta(hours=3), night) == local(5, 22)


def test_until_midnight() -> None:
    late = OpeningHours(((2200, 2400),) * 7, zone=SYDNEY)
    assert after_open_time(local(5, 23), timedelta(hours=2), late) == local(6, 23)


def test_a_day_when_the_clocks_change() -> None:
    london = ZoneInfo("Europe/London")
    hours = OpeningHours(((0, 600),) * 7, zone=london)
    start = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    assert after_open_time(start, timedelta(hours=5), hours) == datetime(2026, 3, 29, 5, 0, tzinfo=UTC)
    assert after_open_time(start, timedelta(hours=6), hours) == datetime(2026, 3, 30, 0, 0, tzinfo=UTC)


def test_time_zones() -> None:
    assert time_zone(None) is UTC
    assert time_zone("Europe/London") == ZoneInfo("Europe/London")
    assert time_zone("Atlantis/Poseidonis") is None
    assert time_zone("../etc/passwd") is None
