"""Until when parcels are ready, leave and arrive (spec 21 §10)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from penstock.sourcing.dates import Dates, Pace, dates, last
from penstock.sourcing.opening_hours import OpeningHours, open_at, open_day

SYDNEY = ZoneInfo("Australia/Sydney")
WEEK = OpeningHours(((900, 1700),) * 5 + ((0, 0),) * 2, SYDNEY, closed=frozenset([date(2026, 2, 9)]))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+11:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "ship"),
    [
        ("2026-02-05T13:59", "2026-02-05"),  # a Thursday, in time
        ("2026-02-05T14:00", "2026-02-06"),  # the cut-off is too late
        ("2026-02-05T03:00", "2026-02-05"),  # before it opens
        ("2026-02-06T15:00", "2026-02-10"),  # over the weekend, and the Monday is a day off
        ("2026-02-07T10:00", "2026-02-10"),
    ],
)
def test_what_comes_before_the_cut_off_of_an_open_day_leaves_on_it(now: str, ship: str) -> None:
    assert dates(at(now), Pace(WEEK, 1400)).ship == date.fromisoformat(ship)


def test_nothing_leaves_before_it_is_picked() -> None:
    """Given four hours to pick on a Friday at 13:00, which is in time, then it is ready only at the end of the day."""
    assert dates(at("2026-02-06T13:00"), Pace(WEEK, 1400, timedelta(hours=4))) == Dates(
        at("2026-02-06T17:00"), date(2026, 2, 6)
    )
    assert dates(at("2026-02-06T13:30"), Pace(WEEK, 1400, timedelta(hours=4))) == Dates(
        at("2026-02-10T09:30"), date(2026, 2, 10)
    )


def test_nothing_is_ready_on_a_day_off_not_even_where_it_is_open_day_and_night() -> None:
    always = OpeningHours(((0, 0),) * 7, SYDNEY, all_hours=True, closed=WEEK.closed)
    ready, shipped = at("2026-02-10T02:00"), date(2026, 2, 10)
    assert dates(at("2026-02-08T22:00"), Pace(always, 2330, timedelta(hours=4))) == Dates(ready, shipped)


def test_it_arrives_after_the_time_on_the_way() -> None:
    pace = Pace(WEEK, 1400, transit=timedelta(hours=24))
    assert dates(at("2026-02-05T13:00"), pace) == Dates(None, date(2026, 2, 5), date(2026, 2, 6))
    assert dates(at("2026-02-06T13:00"), pace).deliver == date(2026, 2, 7)  # carriers go on Saturdays
    uncut = Pace(WEEK, None, timedelta(hours=2), timedelta(hours=48))
    assert dates(at("2026-02-05T10:00"), uncut) == Dates(at("2026-02-05T12:00"), None, date(2026, 2, 7))


def test_who_never_opens_sends_nothing() -> None:
    closed = OpeningHours(((0, 0),) * 7)
    assert dates(at("2026-02-05T10:00"), Pace(closed, 1400, None, timedelta(hours=1))) == Dates()
    assert dates(at("2026-02-05T10:00"), Pace(closed, 1400, timedelta(hours=1))) == Dates()


def test_the_slowest_part_counts_and_what_one_does_not_know_the_plan_does_not() -> None:
    early, late = Dates(at("2026-02-05T10:00"), date(2026, 2, 5), date(2026, 2, 6)), Dates(None, date(2026, 2, 7))
    assert last([early, late]) == Dates(None, date(2026, 2, 7), None)
    assert last([early]) == early
    assert last([]) == Dates()


def test_open_now() -> None:
    night = OpeningHours(((2200, 200),) * 7, SYDNEY)
    assert [open_at(at(f"2026-02-05T{t}"), night) for t in ("21:59", "22:00", "01:59", "02:00")] == [
        False,
        True,
        True,
        False,
    ]
    assert [open_at(at(f"2026-02-0{d}T12:00"), WEEK) for d in (5, 7, 9)] == [True, False, False]
    assert open_at(at("2026-02-05T12:00"), OpeningHours(((0, 0),) * 7, all_hours=True))
    assert open_day(date(2026, 2, 7), OpeningHours(((0, 0),) * 7, all_hours=True))
