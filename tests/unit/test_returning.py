"""What may still come back, how it travels, what comes of it, and whose fault it is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from penstock.returning.outcomes import Outcome, at_fault, outcome
from penstock.returning.paths import Path, path
from penstock.returning.returnable import Known, all_back


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (Known(ordered=3), 3),  # the first return, of an order without fulfilments
        (Known(ordered=3, cancelled=1), 2),
        (Known(ordered=3, delivered=2), 2),
        (Known(ordered=3, delivered=2, back=1), 1),
        (Known(ordered=3, delivered=2, back=3), 0),
        (Known(ordered=3, delivered=2, noted=1), 1),  # somebody has set the attribute
        (Known(ordered=3, delivered=3, noted=1, noted_back=2, back=2), 1),
        (Known(ordered=3, delivered=3, noted=1, noted_back=2, back=0), 3),  # both were refused since
        (Known(ordered=3, delivered=3, noted=1, noted_back=2, back=3), 0),
        (Known(ordered=3, noted=0), 0),
    ],
)
def test_what_may_still_come_back(known: Known, found: int) -> None:
    assert known.returnable == found


@pytest.mark.parametrize(
    ("items", "found"),
    [
        ([Known(2, back=2), Known(1, back=1)], True),
        ([Known(2, back=2), Known(1, delivered=0)], True),
        ([Known(2, back=1)], False),
        ([Known(2, delivered=0)], False),
        ([], False),
    ],
)
def test_all_of_an_order_is_back(items: list[Known], *, found: bool) -> None:
    assert all_back(items) is found


@pytest.mark.parametrize(
    ("lodged", "destination", "pickup", "found"),
    [
        ("S1", "S1", False, Path.HANDED_IN),
        ("S1", None, False, Path.HANDED_IN),
        ("S1", "DC1", False, Path.SENT_ON),
        (None, "DC1", True, Path.PICKUP),
        (None, "DC1", False, Path.MAILED),
        ("S1", "DC1", True, Path.SENT_ON),
    ],
)
def test_paths(*, lodged: str | None, destination: str | None, pickup: bool, found: Path) -> None:
    assert path(lodged, destination, pickup=pickup) is found


@pytest.mark.parametrize(
    ("statuses", "total", "exchange", "found"),
    [
        (["ACCEPTED"], "49.95", "0", Outcome.REFUND),
        (["ACCEPTED", "REJECTED"], "49.95", "40", Outcome.REFUND),
        (["ACCEPTED"], "49.95", "49.95", Outcome.NOTHING),
        (["ACCEPTED"], "0", "0", Outcome.NOTHING),
        (["ACCEPTED"], "49.95", "60", Outcome.OWED),
        (["REJECTED", "REJECTED"], "0", "49.95", Outcome.REJECTED),
    ],
)
def test_outcomes(statuses: list[str], total: str, exchange: str, found: Outcome) -> None:
    assert outcome(statuses, Decimal(total), Decimal(exchange)) is found


@pytest.mark.parametrize(
    ("reasons", "found"),
    [(["BROKEN"], True), (["BROKEN", "WRONG_DESCRIPTION"], True), (["BROKEN", "CHANGE_MIND"], False), ([None], False)],
)
def test_whose_fault_it_is(reasons: list[str | None], *, found: bool) -> None:
    assert at_fault(reasons) is found
    assert at_fault(["WRONGSIZE"], {"WRONGSIZE"})
