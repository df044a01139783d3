"""The status of a position by its quantity (spec 21 §5)."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import InvalidValueError
from penstock.inventory.thresholds import status_at
from penstock.testing import row

CATALOGUE = "ATS_HD:1"
Row = Any


def threshold(order: int | None, units: object, sets: object, about: object = CATALOGUE, **values: Any) -> Row:
    """Return a threshold control of a catalogue."""
    context = [{"type": "CATALOGUE", "property": "ref", "value": about}]
    given = [
        {"name": "context", "type": "CONTEXT", "value": context},
        {"name": "threshold", "type": "NUMBER", "value": units},
        {"name": "status", "type": "STRING", "value": sets},
    ]
    about_it = {"type": "BULK_THRESHOLD", "status": "ACTIVE", "values": given} | values
    return row("Control", ref=f"T{order}", execution_order=order, **about_it)


T0, T1 = threshold(1, 0, "OUT_OF_STOCK"), threshold(2, 3, "AT_RISK")


@pytest.mark.parametrize(
    ("quantity", "status"), [(7, "ACTIVE"), (3, "AT_RISK"), (1, "AT_RISK"), (0, "OUT_OF_STOCK"), (4, "ACTIVE")]
)
def test_the_first_control_that_matches_decides(quantity: int, status: str) -> None:
    assert status_at(quantity, [T1, T0], CATALOGUE) == status
    assert status_at(quantity, [], CATALOGUE) == "ACTIVE"


def test_the_order_of_execution_decides() -> None:
    assert status_at(0, [threshold(3, 0, "OUT_OF_STOCK"), T1], CATALOGUE) == "AT_RISK"
    assert status_at(0, [threshold(None, 0, "OUT_OF_STOCK"), T1], CATALOGUE) == "AT_RISK"


@pytest.mark.parametrize(
    "control",
    [
        threshold(1, 3, "AT_RISK", about="BASE:1"),
        threshold(1, 3, "AT_RISK", status="INACTIVE"),
        threshold(1, 3, "AT_RISK", type="THRESHOLD"),
        threshold(1, 3, "AT_RISK", values=[{"name": "context", "value": "everything"}]),
        threshold(1, 3, "AT_RISK", values=None),
    ],
)
def test_controls_of_others_do_not_count(control: Row) -> None:
    assert status_at(1, [control], CATALOGUE) == "ACTIVE"


@pytest.mark.parametrize(
    ("control", "message"),
    [
        (threshold(1, "few", "AT_RISK"), "control T1: threshold must be a whole number, not 'few'"),
        (threshold(1, 3, None), "control T1: status must be a status of the position, not None"),
    ],
)
def test_what_is_wrong_is_named(control: Row, message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        status_at(1, [control], CATALOGUE)
