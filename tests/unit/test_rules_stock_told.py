"""What the rule tells stock of a fulfilment's units: promised, given back, sold or corrected."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.rules import Action, RuleError, SendEvent
from penstock.rules.questions import ByRef, LocationOfAddress
from penstock.testing import run
from penstock.testing.orders import INVENTORY, REJECTED, STORE_A, HomeDelivery


def told(order: HomeDelivery, fulfilment: Any, operation: str) -> list[Action]:
    locations = {101: STORE_A, 109: REJECTED}
    context = order.context(
        fulfilment,
        answers={
            LocationOfAddress(fulfilment.from_address_id): locations[fulfilment.from_address_id],
            ByRef("InventoryCatalogue", "DEFAULT:1"): INVENTORY,
        },
        name="Fulfilment",
    )
    return run(
        "order.SendEventToUpdateInventoryQuantity",
        context,
        inventoryCatalogueRef="DEFAULT:1",
        operation=operation,
        eventName="UpdateInventoryQty",
        retailerId="1",
    )


@pytest.mark.parametrize(
    ("operation", "a"),
    [
        ("RESERVE", (-5, 0, 0)),
        ("REDUCE_RESERVE", (-5, 0, 0)),
        ("UNRESERVE", (0, 0, 0)),
        ("RESET_RESERVE", (0, -4, -1)),
        ("CORRECT", (0, -4, -1)),
    ],
)
def test_units_are_summed_by_position(operation: str, a: tuple[int, int, int]) -> None:
    order = HomeDelivery(("a", 3), ("a", 2), ("b", 1))
    fulfilment = order.fulfilment("ASSIGNED", (10, 3, 3, 0), (11, 2, 1, 1), (12, 1, 1, 0))
    (event,) = told(order, fulfilment, operation)
    assert isinstance(event, SendEvent)
    assert (event.name, event.to, event.root) == ("UpdateInventoryQty", INVENTORY, INVENTORY)
    first, second = (event.attributes or {})["items"]
    assert first == {
        "fulfilmentId": "20",
        "ref": "a:A:DEFAULT",
        "type": "DEFAULT",
        "productRef": "a",
        "locationRef": "A",
        "reservedQty": a[0],
        "saleQty": a[1],
        "correctionQty": a[2],
    }
    assert second["ref"] == "b:A:DEFAULT"


def test_the_system_rejected_location_has_no_stock() -> None:
    order = HomeDelivery(("a", 3))
    assert told(order, order.fulfilment("CREATED", (10, 3, 0, 0), address=109), "RESERVE") == []


def test_an_unknown_operation_is_named() -> None:
    order = HomeDelivery(("a", 3))
    with pytest.raises(RuleError, match="not STEAL"):
        told(order, order.fulfilment("CREATED", (10, 3, 0, 0)), "STEAL")
