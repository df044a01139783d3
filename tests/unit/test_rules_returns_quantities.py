"""How much may come back (spec 33 §3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from returncases import Sale, back
from returnordercases import CREATE, UPDATE, VALIDATE

from penstock.model.rows import attribute
from penstock.rules import RuleError, Update
from penstock.testing import NOW, run

# --- quantities ---


@pytest.mark.parametrize("units", [1, 2])
def test_what_was_delivered_may_come_back(units: int) -> None:
    assert run(VALIDATE, Sale().context(returnItems=[back(units)])) == []


def test_an_item_may_be_named_by_its_id_and_its_quantity_be_a_number() -> None:
    entry = {"orderItem": {"id": "10"}, "unitQuantity": 2}
    assert run("order.ValidateOrderQty", Sale().context(returnItems=[entry])) == []


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([back(3)], "3 of item 1 are to come back, but only 2 can be returned"),
        ([back(1), back(2)], "3 of item 1 are to come back, but only 2"),
        ([back(0)], r"unitQuantity of item 1 must be at least 1, not 0"),
        ([back(1, {"ref": "9"})], "the order has no item with ref 9"),
        ([back(1, {"id": "9"})], "the order has no item with id 9"),
    ],
)
def test_what_may_not_come_back(entries: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(RuleError, match=message) as failure:
        run(VALIDATE, Sale().context(returnItems=entries))
    assert failure.value.code == 422


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "must be a list of one object or more"),
        ({}, "must be a list of one object or more"),
        (["1"], "must be a list of one object or more"),
        ([{"unitQuantity": {"quantity": 1}}], "returnItems.orderItem must be an object with ref or id, not None"),
        ([back(1, unitQuantity={})], "unitQuantity of item 1 must be a whole number, not None"),
        ([back(1, unitQuantity={"quantity": 1.5})], "must be a whole number, not 1.5"),
        (None, "returnItems"),
    ],
)
def test_malformed_items(value: Any, message: str) -> None:
    for rule in (VALIDATE, CREATE):
        with pytest.raises(RuleError, match=message) as failure:
            run(rule, Sale().context(returnItems=value, type="X"))
        assert failure.value.code == 400


def test_what_was_not_delivered_does_not_come_back() -> None:
    with pytest.raises(RuleError, match="only 1 can be returned"):
        run(VALIDATE, Sale(filled=1).context(returnItems=[back(2)]))
    imported = Sale()
    imported.delivery.tree.rows["Fulfilment"].clear()
    assert run(VALIDATE, imported.context(returnItems=[back(2)])) == []


@pytest.mark.parametrize(
    ("status", "item", "free"),
    [("CREATED", "CREATED", False), ("COMPLETE", "ACCEPTED", False), ("RECEIVED", "REJECTED", True)]
    + [(status, "CREATED", True) for status in ("REJECTED", "CANCELLED")],
)
def test_earlier_returns_count_unless_they_were_refused(*, status: str, item: str, free: bool) -> None:
    sale = Sale()
    sale.returned(status, (0, 1, item))
    sale.returned("CREATED", (0, 1, "CREATED"), ref="OTHER", order_link={"ref": "WEB-9", "retailer": {"id": "1"}})
    context = sale.context(returnItems=[back(2)])
    if free:
        assert run(VALIDATE, context) == []
    else:
        with pytest.raises(RuleError, match="only 1 can be returned"):
            run(VALIDATE, context)


def test_the_attribute_goes_first_whatever_its_case() -> None:
    sale = Sale()
    sale.items[0].attributes = [{"name": "returnableQTY", "type": "INTEGER", "value": 0}]
    with pytest.raises(RuleError, match="only 0 can be returned"):
        run(VALIDATE, sale.context(returnItems=[back()]))
    sale.items[0].attributes = [{"name": "returnableQty", "type": "STRING", "value": "few"}]
    with pytest.raises(RuleError, match="attribute returnableQty of order item 1 must be a whole number"):
        run(VALIDATE, sale.context(returnItems=[back()]))


@pytest.mark.parametrize(("days", "late"), [(29, True), (30, False), (None, False), ("soon", True)])
def test_the_return_window(*, days: Any, late: bool) -> None:
    sale = Sale(RETURN_WINDOW_DAYS=days)
    sale.fulfilment.updated_on = NOW - timedelta(days=30)
    context = sale.context(returnItems=[back()])
    if not late:
        assert run(VALIDATE, context) == []
        return
    with pytest.raises(RuleError, match=r"returns end 29 days later|RETURN_WINDOW_DAYS must be a number of days"):
        run(VALIDATE, context)


def noted_of(sale: Sale) -> dict[str, tuple[int, int]]:
    """Update the attributes as the rule says; return them by item."""
    for action in run(UPDATE, sale.context()):
        assert isinstance(action, Update)
        action.row.attributes = action.values["attributes"]
    found = {i.ref: (attribute(i, "returnableQty"), attribute(i, "returnedQty")) for i in sale.items}
    return {ref: pair for ref, pair in found.items() if pair[0] is not None}


def test_what_may_still_come_back_is_noted_and_restored() -> None:
    sale = Sale(("TSHIRT", 2), ("TSHIRT-L", 1))
    assert noted_of(sale) == {}
    first = sale.returned("CREATED", (0, 1, "CREATED"))
    assert noted_of(sale) == {"1": (1, 1)}
    sale.returned("CREATED", (0, 1, "CREATED"), (1, 1, "CREATED"))
    assert noted_of(sale) == {"1": (0, 2), "2": (0, 1)}
    assert noted_of(sale) == {"1": (0, 2), "2": (0, 1)}
    first.status = "REJECTED"
    assert noted_of(sale) == {"1": (1, 1), "2": (0, 1)}


def test_more_than_may_come_back_does_not_raise_what_may() -> None:
    sale = Sale()
    too_many = sale.returned("CREATED", (0, 3, "CREATED"))
    assert noted_of(sale) == {"1": (0, 2)}
    too_many.status = "CANCELLED"
    assert noted_of(sale) == {"1": (2, 0)}
