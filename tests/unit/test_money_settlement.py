"""What is left to capture and to refund, and the tax inside a total."""

from __future__ import annotations

from decimal import Decimal

import pytest

from penstock.money.settlement import Movement, held, split
from penstock.money.totals import line_of_total


def moved(*movements: tuple[str, str] | tuple[str, str, str] | tuple[str, str, str, str]) -> list[Movement[int]]:
    """Return movements of (type, amount), then perhaps status and currency; their keys count from 1."""
    filled = ((*m, *("SUCCESS", "AUD")[len(m) - 2 :]) for m in movements)
    return [Movement(n, m[0], m[2], Decimal(m[1]), m[3]) for n, m in enumerate(filled, 1)]


@pytest.mark.parametrize(
    ("movements", "left"),
    [
        ([], {}),
        ([("AUTHORISATION", "99.90")], {}),
        ([("REFUND", "5")], {}),
        ([("AUTHORISATION", "99.90"), ("PAYMENT", "99.90")], {"AUD": Decimal("99.90")}),
        ([("PAYMENT", "100"), ("PAYMENT", "39.90"), ("REFUND", "20")], {"AUD": Decimal("119.90")}),
        ([("PAYMENT", "100"), ("REFUND", "20", "FAILED"), ("CHARGEBACK", "30")], {"AUD": Decimal(70)}),
        ([("PAYMENT", "100", "FAILED"), ("VOID", "100")], {}),
        (
            [("PAYMENT", "7", "SUCCESS", "NZD"), ("PAYMENT", "5"), ("REFUND", "5")],
            {"NZD": Decimal(7), "AUD": Decimal(0)},
        ),
    ],
)
def test_what_is_left_of_what_was_captured(movements: list[tuple[str, str]], left: dict[str, Decimal]) -> None:
    assert held(moved(*movements)) == left


@pytest.mark.parametrize(
    ("amount", "movements", "parts"),
    [
        ("50", [("PAYMENT", "100")], [(1, "50")]),
        ("120", [("PAYMENT", "100"), ("PAYMENT", "39.90")], [(2, "39.90"), (1, "80.10")]),
        ("200", [("PAYMENT", "100")], [(1, "100")]),
        ("10", [("PAYMENT", "100"), ("PAYMENT", "30"), ("REFUND", "25")], [(2, "5"), (1, "5")]),
        ("10", [("PAYMENT", "100"), ("PAYMENT", "30"), ("REFUND", "40")], [(1, "10")]),
        ("10", [("AUTHORISATION", "100"), ("PAYMENT", "30", "FAILED")], []),
    ],
)
def test_a_refund_takes_from_the_newest_first(
    amount: str, movements: list[tuple[str, str]], parts: list[tuple[int, str]]
) -> None:
    found = [(m.key, part) for m, part in split(Decimal(amount), moved(*movements))]
    assert found == [(key, Decimal(part)) for key, part in parts]


@pytest.mark.parametrize(("included", "amount"), [(True, "10.00"), (False, "9.09")])
def test_a_line_of_a_total_contains_its_tax(*, included: bool, amount: str) -> None:
    found = line_of_total(Decimal(10), Decimal(10), 2, included=included)
    assert (found.unit, found.amount, found.tax) == (Decimal(amount), Decimal(amount), Decimal("0.91"))
