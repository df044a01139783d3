"""Amounts of money: how they are read, rounded and stored."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from penstock.money.amounts import LARGEST, exact, rounded, stored, unscaled, value_of
from penstock.money.tax import tax
from penstock.money.totals import Line, Totals, line, totals


@pytest.mark.parametrize(
    ("given", "value"),
    [(49.95, "49.95"), ("49.95", "49.95"), (10, "10"), (0.1, "0.1"), (Decimal("1.5"), "1.5"), (-3, "-3")],
)
def test_prices_are_taken_as_they_are_written(given: object, value: str) -> None:
    assert exact(given) == Decimal(value)


@pytest.mark.parametrize("given", [None, True, "ten", "", [], float("nan"), float("inf"), "Infinity"])
def test_what_is_no_number_is_no_price(given: object) -> None:
    with pytest.raises(ValueError, match=r"is no (finite )?number"):
        exact(given)


@pytest.mark.parametrize("given", ["1e999", 1e70, "-1e16", "1000000000000000.01", "1e99999999999"])
def test_nobody_counts_that_much_money(given: object) -> None:
    with pytest.raises(ValueError, match="is no number of money"):
        exact(given)
    assert rounded(exact(LARGEST), 3) == LARGEST


@pytest.mark.parametrize(
    ("value", "scale", "found"),
    [("49.95", 2, 4995), ("-21474836.48", 2, -(2**31)), ("30000000", 2, None), ("1e-300", 30, 0), ("5", 0, 5)],
)
def test_what_no_column_holds_is_not_told_unscaled(value: str, scale: int, found: int | None) -> None:
    assert unscaled(Decimal(value), scale) == found


@pytest.mark.parametrize(
    ("value", "places", "found"),
    [("4.545", 2, "4.55"), ("4.5449", 2, "4.54"), ("-4.545", 2, "-4.55"), ("4.5", 0, "5"), ("1.2345", 3, "1.235")],
)
def test_halves_are_rounded_up(value: str, places: int, found: str) -> None:
    assert rounded(Decimal(value), places) == Decimal(found)


@pytest.mark.parametrize(
    ("value", "places", "amount"),
    [
        ("49.95", 2, {"amount": 49.95, "scale": 2, "unscaledValue": 4995}),
        ("12.5", 2, {"amount": 12.5, "scale": 2, "unscaledValue": 1250}),
        ("1250.4", 0, {"amount": 1250.0, "scale": 0, "unscaledValue": 1250}),
        ("0", 3, {"amount": 0.0, "scale": 3, "unscaledValue": 0}),
    ],
)
def test_amounts_are_stored_in_the_smallest_unit(value: str, places: int, amount: dict[str, Any]) -> None:
    assert stored(Decimal(value), places) == amount
    assert value_of(amount) == Decimal(amount["unscaledValue"]).scaleb(-places)


@pytest.mark.parametrize(
    ("amount", "value"),
    [
        ({"amount": 49.95}, "49.95"),
        ({"unscaledValue": 1250, "scale": 2}, "12.5"),
        ({"unscaledValue": 7}, "7"),
        (49.95, "49.95"),
        ({"amount": None, "scale": 2, "unscaledValue": 1}, "0.01"),
    ],
)
def test_amounts_may_be_told_in_parts(amount: object, value: str) -> None:
    assert value_of(amount) == Decimal(value)


@pytest.mark.parametrize(
    "amount",
    [
        {},
        {"scale": 2},
        {"amount": "much"},
        {"unscaledValue": 1, "scale": 0.5},
        {"unscaledValue": 1, "scale": -1},
        {"unscaledValue": 1, "scale": 1e12},
        None,
    ],
)
def test_an_amount_that_tells_nothing_is_none(amount: object) -> None:
    with pytest.raises(ValueError, match=r"no (whole )?number"):
        value_of(amount)


@pytest.mark.parametrize(("included", "found"), [(True, "10"), (False, "11")])
def test_tax_is_in_the_price_or_on_top_of_it(*, included: bool, found: str) -> None:
    assert tax(Decimal(110), Decimal(10), included=included) == Decimal(found)


@pytest.mark.parametrize(
    ("price", "units", "rate", "places", "included", "found"),
    [
        ("49.95", 1, "10", 2, True, ("49.95", "49.95", "4.54")),  # the worked example of spec 33 §5
        ("49.95", 2, "10", 2, True, ("49.95", "99.90", "9.08")),
        ("49.95", 1, "10", 2, False, ("49.95", "49.95", "5.00")),
        ("0.333", 3, "0", 2, True, ("0.33", "0.99", "0")),
        ("1000", 1, "8", 0, True, ("1000", "1000", "74")),
    ],
)
def test_lines(*, price: str, units: int, rate: str, places: int, included: bool, found: tuple[str, str, str]) -> None:
    made = line(Decimal(price), units, Decimal(rate), places, included=included)
    assert made == Line(*map(Decimal, found))


def test_the_worked_example() -> None:
    made = line(exact(49.95), 1, exact(10), 2, included=True)
    found = totals([(made.amount, made.tax)], included=True)
    assert found == Totals(Decimal("45.41"), Decimal("4.54"), Decimal("49.95"))
    assert stored(found.total, 2) == {"amount": 49.95, "scale": 2, "unscaledValue": 4995}


@pytest.mark.parametrize(
    ("included", "found"), [(True, ("27.27", "2.73", "30")), (False, ("30", "2.73", "32.73")), (None, ("0", "0", "0"))]
)
def test_lines_add_up(*, included: bool | None, found: tuple[str, str, str]) -> None:
    lines = [] if included is None else [(Decimal(20), Decimal("1.82")), (Decimal(10), Decimal("0.91"))]
    assert totals(lines, included=bool(included)) == Totals(*map(Decimal, found))
