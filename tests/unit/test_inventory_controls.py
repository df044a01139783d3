"""Which control wins, and what is shown then: arithmetic alone (spec 21 §3, §4)."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import InvalidValueError
from penstock.inventory.control_values import checked
from penstock.inventory.controls import ADD, SUBTRACT, Subject, by_ref, excluded, master_buffer, refs, terms
from penstock.inventory.selling import LARGEST, Terms, promisable, sellable, sold, total
from penstock.testing import row

GROUP = "CG"
Row = Any


def control(type_: str, scope: str, value: object = None, order: int | None = None, status: str = "ACTIVE") -> Row:
    """Return a control with this end of its ref."""
    values = [{"name": "CONTROL_VALUE", "type": "INTEGER", "value": value}]
    ref = f"{GROUP}:{type_}:{scope}"
    return row("Control", ref=ref, type=type_, status=status, values=values, execution_order=order)


def buffer(scope: str, value: object, order: int | None = None, status: str = "ACTIVE") -> Row:
    return control("QUANTITY_BUFFER", scope, value, order, status)


def position(on_hand: int | None, status: str = "ACTIVE") -> Row:
    return row("InventoryPosition", on_hand=on_hand, status=status)


STOCK = {"S1": position(10), "S2": position(3), "W1": position(-2), "S3": position(50, "INACTIVE")}
PRODUCT = Subject("SKU1", ("SHIRTS", "CLOTHES"))


@pytest.mark.parametrize(
    ("controls", "shown", "sum_"),
    [
        pytest.param([], [10, 3, 0, 0], 13, id="no control"),
        pytest.param([buffer("SKU1", -5)], [5, 0, 0, 0], 5, id="product"),
        pytest.param([buffer("SKU1", -5), buffer("SKU1:S1", -1)], [9, 0, 0, 0], 9, id="product and location"),
        pytest.param([buffer("SKU1", -5), control("MASTER_BUFFER", "SKU1", -2)], [5, 0, 0, 0], 3, id="master -2"),
        pytest.param([buffer("SKU1", -5), control("MASTER_BUFFER", "SKU1", -10)], [5, 0, 0, 0], 0, id="master -10"),
        pytest.param([buffer("SKU1", -5), control("MASTER_BUFFER", "SKU1", 4)], [5, 0, 0, 0], 9, id="master +4"),
        pytest.param([control("EXCLUSION", "SKU1")], [0, 0, 0, 0], 0, id="exclusion"),
        pytest.param([buffer("S2", -1)], [10, 2, 0, 0], 12, id="location"),
        pytest.param([buffer("W1", 5)], [10, 3, 3, 0], 16, id="headroom"),
    ],
)
def test_the_table_of_the_spec(controls: list[Row], shown: list[int], sum_: int) -> None:
    known = by_ref(controls)
    found = [sold(p, terms(GROUP, known, PRODUCT.at(place)), ["ACTIVE"]) for place, p in STOCK.items()]
    assert found == shown
    whole = 0 if excluded(GROUP, known, PRODUCT) else total(found, master_buffer(GROUP, known, "SKU1"))
    assert whole == sum_


@pytest.mark.parametrize(
    ("controls", "wins"),
    [
        pytest.param([buffer("SHIRTS", -3, 5), buffer("S1", -1, 6)], -3, id="category before location"),
        pytest.param([buffer("SHIRTS", -3, 5), buffer("S1", -1, 2)], -1, id="the stored order decides"),
        pytest.param([buffer("SHIRTS", -3), buffer("S1", -1)], -3, id="the usual order where none is stored"),
        pytest.param([buffer("SKU1", -4, 3), buffer("SKU1:S1", -1, 3)], -1, id="equal: product and location first"),
        pytest.param([buffer("SHIRTS", -3, 1), buffer("SKU1", -4, 1)], -4, id="equal: product before category"),
        pytest.param([buffer("S1", -1, 1), buffer("CLOTHES", -3, 1)], -3, id="equal: category before location"),
        pytest.param([buffer("CLOTHES", -3, 5), buffer("SHIRTS", -4, 5)], -4, id="the nearest category"),
        pytest.param([buffer("SKU1", -4, status="INACTIVE"), buffer("S1", -1)], -1, id="INACTIVE"),
        pytest.param([buffer("SKU1", -4, status="CREATED")], 0, id="CREATED"),
        pytest.param([buffer("SKU2", -4), buffer("SKU1:S2", -1), buffer("S2", -1)], 0, id="others"),
        pytest.param([control("THRESHOLD", "SKU1", -4)], 0, id="a type without behaviour"),
        pytest.param([control("MASTER_BUFFER", "SKU1", -4)], 0, id="a master buffer is for sums"),
    ],
)
def test_one_buffer_wins(controls: list[Row], wins: int) -> None:
    assert terms(GROUP, by_ref(controls), PRODUCT.at("S1")) == Terms(buffer=wins)
    assert terms(GROUP, by_ref(reversed(controls)), PRODUCT.at("S1")) == Terms(buffer=wins)


def test_equal_buffers_are_taken_by_ref() -> None:
    percent, units = control("PERCENTAGE_BUFFER", "SKU1", 20, 4), buffer("SKU1", -4, 4)
    assert terms(GROUP, by_ref([units, percent]), PRODUCT.at("S1")) == Terms(share=80)


@pytest.mark.parametrize("scope", ["SKU1", "SHIRTS", "CLOTHES"])
def test_an_exclusion_wins_whatever_its_order(scope: str) -> None:
    known = by_ref([control("EXCLUSION", scope, order=99), buffer("SKU1:S1", 5, 1)])
    assert terms(GROUP, known, PRODUCT.at("S1")).quantity(10) == 0
    assert excluded(GROUP, known, PRODUCT)


def test_a_location_cannot_be_excluded() -> None:
    assert not excluded(GROUP, by_ref([control("EXCLUSION", "S1")]), PRODUCT.at("S1"))


def test_a_ref_of_another_type_means_nothing() -> None:
    wrong = buffer("SKU1", -4)
    wrong.type = "EXPIRY"
    assert terms(GROUP, by_ref([wrong]), PRODUCT.at("S1")) == Terms()


@pytest.mark.parametrize(("mode", "value", "units"), [(ADD, -5, 5), (ADD, 5, 15), (SUBTRACT, 5, 5), (SUBTRACT, -5, 15)])
def test_modes_of_a_buffer(mode: str, value: int, units: int) -> None:
    assert terms(GROUP, by_ref([buffer("SKU1", value)]), PRODUCT.at("S1"), mode).quantity(10) == units


@pytest.mark.parametrize(("on_hand", "percent", "units"), [(7, 20, 5), (7, 0, 7), (7, 100, 0), (-7, 20, 0), (1, 1, 0)])
@pytest.mark.parametrize("mode", [ADD, SUBTRACT])
def test_percentages(on_hand: int, percent: int, units: int, mode: str) -> None:
    known = by_ref([control("PERCENTAGE_BUFFER", "SKU1", percent)])
    assert terms(GROUP, known, PRODUCT.at("S1"), mode).quantity(on_hand) == units


@pytest.mark.parametrize("value", [None, "few", 1.5, True, [1], 1_000_000_001])
def test_a_value_that_is_no_number_is_named(value: object) -> None:
    with pytest.raises(
        InvalidValueError, match="control CG:QUANTITY_BUFFER:SKU1: CONTROL_VALUE must be a whole number"
    ):
        terms(GROUP, by_ref([buffer("SKU1", value)]), PRODUCT.at("S1"))


@pytest.mark.parametrize(("type_", "value"), [("PERCENTAGE_BUFFER", 101), ("PERCENTAGE_BUFFER", -1)])
def test_percentages_have_bounds(type_: str, value: int) -> None:
    with pytest.raises(InvalidValueError, match=f"controlValue must be a whole number from 0 to 100, not {value}"):
        checked(value, type_, "controlValue")


def test_numbers_may_be_text() -> None:
    assert checked("-5", "QUANTITY_BUFFER", "controlValue") == -5


def test_a_control_without_values_is_named() -> None:
    broken = buffer("SKU1", -1)
    broken.values = None
    with pytest.raises(InvalidValueError, match="CG:QUANTITY_BUFFER:SKU1"):
        terms(GROUP, by_ref([broken]), PRODUCT.at("S1"))


def test_refs_of_all_that_can_matter() -> None:
    assert refs(GROUP, Subject("SKU1", ("SHIRTS",)), ["S1"]) == [
        "CG:MASTER_BUFFER:SKU1",
        "CG:EXCLUSION:SKU1",
        "CG:EXCLUSION:SHIRTS",
        "CG:QUANTITY_BUFFER:SKU1",
        "CG:QUANTITY_BUFFER:SHIRTS",
        "CG:PERCENTAGE_BUFFER:SKU1",
        "CG:PERCENTAGE_BUFFER:SHIRTS",
        "CG:QUANTITY_BUFFER:SKU1:S1",
        "CG:QUANTITY_BUFFER:S1",
        "CG:PERCENTAGE_BUFFER:SKU1:S1",
        "CG:PERCENTAGE_BUFFER:S1",
    ]


# --- what a virtual position shows ---


def shown(**values: Any) -> Row:
    return row("VirtualPosition", **values)


@pytest.mark.parametrize(
    ("stock", "kept", "units"),
    [
        (position(10), {}, 10),
        (position(10), {"buffer": -3}, 7),
        (position(10), {"share": 0}, 0),
        (position(7), {"share": 80}, 5),
        (position(None), {"buffer": 2}, 2),
        (position(10, "AT_RISK"), {}, 10),
        (position(10, "AT_RISK"), {"statuses": ["ACTIVE"]}, 0),
        (position(10, "OUT_OF_STOCK"), {"statuses": ["ACTIVE", "OUT_OF_STOCK"]}, 10),
        (position(10, "CREATED"), {"buffer": 5}, 0),
        (position(LARGEST), {"buffer": 5}, LARGEST),
        (None, {"buffer": 5}, 0),
    ],
)
def test_a_virtual_position_keeps_what_its_quantity_follows_from(stock: Row, kept: dict[str, Any], units: int) -> None:
    assert sellable(stock, shown(**kept)) == units


@pytest.mark.parametrize("known", [Terms(), Terms(buffer=-3), Terms(share=0), Terms(share=80)])
def test_terms_are_kept_in_columns(known: Terms) -> None:
    assert Terms.of(shown(**known.columns())) == known


@pytest.mark.parametrize(
    ("stock", "kept", "units"),
    [
        (10, {"quantity": 15, "buffer": 5}, 10),
        (10, {"quantity": 7, "buffer": -3}, 7),
        (-2, {"quantity": 3, "buffer": 5}, -2),
    ],
)
def test_headroom_is_shown_and_not_promised(stock: int, kept: dict[str, Any], units: int) -> None:
    assert promisable(position(stock), shown(**kept)) == units


def test_what_no_stock_stands_behind_is_not_promised() -> None:
    assert promisable(None, shown(quantity=4)) == 0
