"""The report finds what does not add up, and names the reasons of what went another way."""

from __future__ import annotations

from collections import Counter

import pytest
from rich.console import Console

from penstock.demo.report.ledger import faults
from penstock.demo.report.reasons import reasons
from penstock.demo.report.shapes import Facts, Fulfilment, Item, Order, Part, Position, Quantity
from penstock.demo.report.tables import tables

_PLACE = "P:S1:DEFAULT"


@pytest.fixture
def facts() -> Facts:
    """Order 1 of 5 units: 3 sold and 1 missing at S1, the rest of 2 is nowhere and escalated."""
    shipped = Fulfilment("11", "F11", "PARTIALLY_FULFILLED", "HD_PFS", "S1", "1", [Part("i", "P", 4, 3, 1)])
    rest = Fulfilment("12", "F12", "ESCALATED", "HD_PFS", "RJT_1", "1", [Part("i", "P", 2, 0, 0)])
    ledger = [
        Quantity(f"{_PLACE}:LAST_ON_HAND", "LAST_ON_HAND", "ACTIVE", 10),
        Quantity(f"{_PLACE}:RESERVED:11", "RESERVED", "INACTIVE", -4),
        Quantity(f"{_PLACE}:SALE:11", "SALE", "ACTIVE", -3),
        Quantity(f"{_PLACE}:CORRECTION:11", "CORRECTION", "ACTIVE", -1),
    ]
    return Facts(
        orders={"1": Order("1", "UK-1", "COMPLETE")},
        items={"i": Item("i", "UK-1-1", 5, "1")},
        fulfilments={"11": shipped, "12": rest},
        positions={_PLACE: Position(_PLACE, "P", "S1", 6, ledger)},
        acts={name: frozenset() for name in ("OrderCancel", "CloseOrder", "RetrySourcing", "CancelFulfilment")},
    )


def test_a_right_ledger_has_no_faults(facts: Facts) -> None:
    assert faults(facts) == []


def test_a_counter_that_differs_from_its_ledger_is_found(facts: Facts) -> None:
    facts.positions[_PLACE].on_hand = 7
    assert faults(facts) == [f"position {_PLACE}: the ledger adds up to 6, onHand says 7"]


def test_units_promised_twice_are_found(facts: Facts) -> None:
    position = facts.positions[_PLACE]
    position.ledger.append(Quantity(f"{_PLACE}:RESERVED:13", "RESERVED", "ACTIVE", -8))
    position.on_hand = -2
    facts.fulfilments["13"] = Fulfilment("13", "F13", "ASSIGNED", "HD_PFS", "S1", "2", [Part("j", "P", 8, 0, 0)])
    facts.items["j"] = Item("j", "UK-2-1", 8, "2")
    assert faults(facts) == [f"position {_PLACE}: 12 units are promised, sold or missing of 10"]


def test_a_reservation_without_a_fulfilment_is_found(facts: Facts) -> None:
    position = facts.positions[_PLACE]
    position.ledger.append(Quantity(f"{_PLACE}:RESERVED:99", "RESERVED", "ACTIVE", -1))
    position.on_hand = 5
    (fault,) = faults(facts)
    assert "fulfilment 99: RESERVED is 1 in the ledger, the fulfilment says 0" in fault


def test_a_sale_that_was_not_booked_is_found(facts: Facts) -> None:
    facts.fulfilments["11"].parts[0] = Part("i", "P", 4, 4, 0)
    assert len(faults(facts)) == 3  # sale, correction, and more held of the line than was ordered


def test_a_cancelled_fulfilment_holds_nothing(facts: Facts) -> None:
    facts.fulfilments["14"] = Fulfilment("14", "F14", "CANCELLED", "HD_PFS", "S1", "1", [Part("i", "P", 4, 0, 4)])
    assert faults(facts) == []


def test_more_units_in_fulfilments_than_ordered_are_found(facts: Facts) -> None:
    facts.items["i"].quantity = 4
    assert faults(facts) == ["order item UK-1-1: 5 units in fulfilments, 4 ordered"]


def test_a_correction_at_packing_adds_to_the_first(facts: Facts) -> None:
    facts.fulfilments["11"].parts[0] = Part("i", "P", 4, 2, 2)
    position = facts.positions[_PLACE]
    position.ledger[2].units = -2
    position.ledger.append(Quantity(f"{_PLACE}:CORRECTION:11:2", "CORRECTION", "ACTIVE", -1))
    assert faults(facts) == []


def test_reasons_are_named(facts: Facts) -> None:
    facts.fulfilments["15"] = Fulfilment("15", "F15", "CANCELLED", "HD_PFS", "RJT_1", "1", [Part("i", "P", 1, 0, 1)])
    facts.acts["RetrySourcing"] = frozenset({"15"})
    assert reasons(facts) == {
        ("cancelled", "sourcing was tried once more"): Counter(fulfilments=1, units=1),
        ("escalated", "no other location has stock"): Counter(fulfilments=2, units=3),
        ("sourced again", "picked short"): Counter(fulfilments=1, units=1),
    }


def test_the_tables_can_be_printed(facts: Facts) -> None:
    console = Console(record=True, width=120)
    for table in tables(facts):
        console.print(table)
    text = console.export_text()
    for words in ("COMPLETE", "HD_PFS", "picked short", "LAST_ON_HAND", "1 positions"):
        assert words in text
