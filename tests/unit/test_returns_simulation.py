"""Returns from the order to their end (spec 34 §13, 36 G), after an order was delivered.

The credit memo is stood in for by the events that its workflow sends to the return.
"""

from __future__ import annotations

from typing import Any

import pytest

from penstock.model.rows import attribute
from penstock.testing.simulation import Simulation
from penstock.testing.simulation.shop import YORK, Shop
from penstock.workflows.documents import reference
from returnflow import ORDER, RETURN

SETTINGS = {"DEFAULT_TAX_TYPE": {"country": "AU", "group": "STANDARD", "tariff": "GST"}, "GST": 10}
STOCK = [d for d in reference("ACME", 1) if d["entityType"] in {"INVENTORY_CATALOGUE", "VIRTUAL_CATALOGUE"}]


class Delivered:
    """Two shirts at 49.95, ordered by WEB-51 and delivered from SYD-01."""

    def __init__(self, **settings: Any) -> None:
        self.simulation = Simulation([ORDER, RETURN, *STOCK], settings=SETTINGS | settings)
        shop, add = Shop(self.simulation), self.simulation.add
        for place in ("SYD-01", "SYD-02", "DC-01"):
            shop.place(place, "STORE", YORK, {"TSHIRT": 5})
        add("Currency", id=36, alphabetic_code="AUD", minor_units=2)
        self.order = shop.order("WEB-51", {"TSHIRT": 2})
        self.order.status, self.order.workflow_ref, self.order.workflow_version = "COMPLETE", "ORDER::HD", 1
        (item,) = self.simulation.rows("OrderItem")
        item.price, item.currency, item.product_catalogue_ref = 49.95, "AUD", shop.products.ref
        fulfilment = add("Fulfilment", order_id=self.order.id, status="COMPLETE")
        about = {"fulfilment_id": fulfilment.id, "order_id": self.order.id, "order_item_id": item.id}
        add("FulfilmentItem", requested_quantity=2, filled_quantity=2, rejected_quantity=0, **about)

    def submit(self, units: int = 1, condition: str = "GOOD", **attributes: Any) -> list[str]:
        """Submit a return; return the failures of all that follows."""
        said = {"returnReason": {"value": "WRONGSIZE"}, "returnCondition": {"value": condition}}
        item = {"orderItem": {"ref": "1"}, "unitQuantity": {"quantity": units}, **said}
        given = {"type": "CUSTOMER_RETURN", "returnItems": [item], **attributes}
        return self.simulation.send("ReturnOrder", self.order, given).failures

    def send(self, name: str, to: str = "ReturnOrder", **attributes: Any) -> list[str]:
        """Send an event to the latest return or its fulfilment; return the failures."""
        return self.simulation.send(name, self.simulation.rows(to)[-1], attributes).failures

    def statuses(self) -> tuple[str, str, str]:
        """Return the statuses of the order, and of the latest return and its fulfilment."""
        rows = [self.simulation.one("Order", ref="WEB-51")]
        rows += [self.simulation.rows(entity)[-1] for entity in ("ReturnOrder", "ReturnFulfilment")]
        found = [str(r.status) for r in rows]
        return found[0], found[1], found[2]

    def returnable(self) -> int | None:
        """Return what the order's item says."""
        found: int | None = attribute(self.simulation.one("OrderItem", order_id=self.order.id), "returnableQty")
        return found

    def stock(self, place: str) -> int:
        """Return the shirts that a place has."""
        found: int = self.simulation.one("InventoryPosition", ref=f"TSHIRT:{place}:DEFAULT").on_hand
        return found


def test_a_shirt_is_handed_in_and_refunded() -> None:  # scenarios 51 and 53
    sold = Delivered()
    assert sold.submit(lodgedLocation="SYD-02") == []
    assert sold.statuses() == ("RETURN_CREATED", "AWAITING_REFUND", "COMPLETE")
    back = sold.simulation.one("ReturnOrder")
    assert (back.ref, back.workflow_ref, back.workflow_version) == ("WEB-51-R1", "RETURN_ORDER::DEFAULT", 1)
    assert back.total_amount == {"amount": 49.95, "scale": 2, "unscaledValue": 4995}
    assert sold.simulation.one("ReturnOrderItem").item_tax_amount["amount"] == 4.54
    assert (sold.returnable(), sold.stock("SYD-02"), sold.stock("SYD-01")) == (1, 6, 5)
    assert sold.send("CreditMemoApproved") == []
    assert sold.statuses() == ("RETURN_COMPLETE", "COMPLETE", "COMPLETE")
    assert sold.submit(lodgedLocation="SYD-01") == []
    assert sold.statuses() == ("RETURN_CREATED", "AWAITING_REFUND", "COMPLETE")
    assert (sold.returnable(), sold.stock("SYD-01")) == (0, 6)
    (failure,) = sold.submit(lodgedLocation="SYD-01")
    assert "only 0 can be returned" in failure


def test_too_many() -> None:  # scenario 52
    sold = Delivered()
    (failure,) = sold.submit(3, lodgedLocation="SYD-02")
    assert "only 2 can be returned" in failure
    assert sold.simulation.rows("ReturnOrder") == []
    assert (sold.simulation.one("Order").status, sold.returnable()) == ("COMPLETE", None)


def test_a_return_that_cannot_be_made_leaves_the_order_alone() -> None:
    sold = Delivered()
    assert "there is no location MARS" in sold.submit(lodgedLocation="MARS")[0]
    assert (sold.simulation.one("Order").status, sold.returnable()) == ("COMPLETE", None)


def test_a_broken_shirt_is_refunded_and_not_sold_again() -> None:  # scenario 54
    sold = Delivered()
    assert sold.submit(condition="BROKEN", lodgedLocation="SYD-02") == []
    assert sold.statuses() == ("RETURN_CREATED", "AWAITING_REFUND", "COMPLETE")
    assert sold.stock("SYD-02") == 5


def test_a_courier_picks_it_up() -> None:  # scenario 55
    sold = Delivered()
    assert sold.submit(pickupLocation={"city": "Sydney"}, destinationLocation="DC-01") == []
    assert sold.statuses() == ("RETURN_CREATED", "AWAITING_ARRIVAL", "AWAITING_PICKUP")
    assert sold.send("ReturnPickedUp", "ReturnFulfilment") == []
    assert sold.statuses()[2] == "IN_TRANSIT"
    assert sold.send("ReturnFulfilmentArrived", "ReturnFulfilment") == []
    assert sold.statuses() == ("RETURN_CREATED", "RECEIVED", "COMPLETE")
    assert sold.stock("DC-01") == 5
    assert sold.send("InspectReturn") == []
    assert sold.statuses()[1] == "AWAITING_REFUND"
    assert sold.stock("DC-01") == 6


def test_it_is_handed_in_at_a_store_that_sends_it_on() -> None:
    sold = Delivered(DEFAULT_RETURN_DESTINATION_LOCATION="DC-01")
    assert sold.submit(lodgedLocation="SYD-02") == []
    assert sold.statuses() == ("RETURN_CREATED", "AWAITING_REFUND", "LODGED")
    assert (sold.stock("SYD-02"), sold.stock("DC-01")) == (5, 5)
    assert sold.send("ReturnFulfilmentArrived", "ReturnFulfilment") == []
    assert sold.statuses() == ("RETURN_CREATED", "AWAITING_REFUND", "COMPLETE")
    assert (sold.stock("SYD-02"), sold.stock("DC-01")) == (5, 6)


def test_it_is_mailed_with_a_key() -> None:
    sold = Delivered()
    key: dict[str, Any] = {"returnAuthorisationKey": "RMA-1", "returnAuthorisationDisposition": {"value": "RESELL"}}
    assert sold.submit(destinationLocation="DC-01", **key) == []
    assert sold.statuses() == ("RETURN_CREATED", "AWAITING_ARRIVAL", "IN_TRANSIT")
    assert "is not the key of return WEB-51-R1" in sold.send("ReturnReceived", returnAuthorisationKey="RMA-2")[0]
    assert sold.statuses()[1] == "AWAITING_ARRIVAL"
    assert sold.send("ReturnFulfilmentArrived", "ReturnFulfilment", returnAuthorisationKey="RMA-1") == []
    assert sold.send("InspectReturn") == []
    assert sold.simulation.one("ReturnOrderItem").return_disposition_action == {"value": "RESELL"}


@pytest.mark.parametrize("name", ["CreditMemoRejected", "RejectReturn"])
def test_a_memo_is_rejected(name: str) -> None:  # scenario 56
    sold = Delivered()
    sold.submit(lodgedLocation="SYD-02")
    assert sold.returnable() == 1
    assert sold.send(name) == []
    assert sold.statuses() == ("RETURN_COMPLETE", "REJECTED", "COMPLETE")
    assert sold.returnable() == 2
    assert sold.submit(2, lodgedLocation="SYD-02") == []
    assert sold.returnable() == 0


def test_an_inspection_accepts_nothing() -> None:
    sold = Delivered()
    sold.submit(2, destinationLocation="DC-01")
    sold.send("ReturnFulfilmentArrived", "ReturnFulfilment")
    assert sold.send("InspectReturn", returnItems=[{"ref": "WEB-51-R1-1", "acceptedQuantity": 0}]) == []
    assert sold.statuses() == ("RETURN_COMPLETE", "REJECTED", "COMPLETE")
    assert (sold.returnable(), sold.stock("DC-01")) == (2, 5)


def test_an_inspection_accepts_one_of_two() -> None:
    sold = Delivered()
    sold.submit(2, destinationLocation="DC-01")
    sold.send("ReturnFulfilmentArrived", "ReturnFulfilment")
    assert sold.send("InspectReturn", returnItems=[{"ref": "WEB-51-R1-1", "acceptedQuantity": 1}]) == []
    assert sold.simulation.one("ReturnOrder").total_amount["amount"] == 49.95
    sold.send("CreditMemoApproved")
    assert sold.statuses() == ("RETURN_COMPLETE", "COMPLETE", "COMPLETE")
    assert (sold.returnable(), sold.stock("DC-01")) == (1, 6)


def test_a_return_is_cancelled_on_its_way() -> None:
    sold = Delivered()
    sold.submit(destinationLocation="DC-01")
    assert sold.send("CancelReturn") == []
    assert sold.statuses() == ("RETURN_COMPLETE", "CANCELLED", "CANCELLED")
    assert sold.returnable() == 2


def test_an_order_waits_for_its_last_return() -> None:
    sold = Delivered()
    sold.submit(lodgedLocation="SYD-02")
    sold.send("CreditMemoApproved")
    sold.submit(destinationLocation="DC-01")
    first, second = sold.simulation.rows("ReturnOrder")
    assert [first.status, second.status] == ["COMPLETE", "AWAITING_ARRIVAL"]
    sold.simulation.send("ReturnCompleted", sold.order)
    assert sold.statuses()[0] == "RETURN_CREATED"
    sold.send("CancelReturn")
    assert sold.statuses()[0] == "RETURN_COMPLETE"


def test_an_order_that_is_not_final_takes_nothing_back() -> None:  # scenario 57
    sold = Delivered()
    sold.simulation.one("Order").status = "PICK_PACK"
    played = sold.simulation.send("ReturnOrder", sold.order, {"returnItems": [], "type": "CUSTOMER_RETURN"})
    assert [(e.name, e.result) for e in played.happened] == [("ReturnOrder", "NO_MATCH")]


def test_a_shirt_is_exchanged_at_no_cost() -> None:  # scenario 58
    sold = Delivered()
    wanted = [{"productRef": "TSHIRT", "quantity": 1}]
    assert sold.submit(lodgedLocation="SYD-02", exchangeItems=wanted) == []
    assert sold.statuses() == ("RETURN_COMPLETE", "COMPLETE", "COMPLETE")
    order = sold.simulation.one("Order", ref="WEB-51-R1-EX")
    assert (order.status, order.workflow_ref, order.total_price) == ("CREATED", "ORDER::HD", 49.95)
    assert sold.simulation.one("ReturnOrder").exchange_order_link["ref"] == order.ref
    (item,) = sold.simulation.rows("OrderItem", order_id=order.id)
    (choice,) = sold.simulation.rows("FulfilmentChoice", order_id=order.id)
    (address,) = sold.simulation.rows("CustomerAddress", order_id=order.id)
    assert (item.fulfilment_choice_id, choice.delivery_address_id, address.city) == (choice.id, address.id, "York")
    assert attribute(sold.simulation.one("Order", ref="WEB-51"), "exchangeOrder") == order.ref


def test_an_exchange_waits_for_the_goods() -> None:
    sold = Delivered(EXCHANGE_SHIP="ON_RECEIPT")
    wanted = [{"productRef": "TSHIRT", "quantity": 1, "price": 60}]
    assert sold.submit(destinationLocation="DC-01", exchangeItems=wanted) == []
    assert sold.simulation.one("Order", ref="WEB-51-R1-EX").status == "ON_HOLD"
    assert sold.send("ReturnFulfilmentArrived", "ReturnFulfilment") == []
    assert sold.simulation.one("Order", ref="WEB-51-R1-EX").status == "RECEIVED"
    assert sold.send("InspectReturn") == []
    assert sold.statuses()[1] == "AWAITING_REFUND"


def test_a_return_without_an_order() -> None:  # scenario 59
    sold = Delivered()
    about = {"workflow_ref": "RETURN_ORDER::DEFAULT", "workflow_version": 1, "lodged_location_link": {"ref": "SYD-02"}}
    back = sold.simulation.add("ReturnOrder", ref="R-1", type="CUSTOMER_RETURN", customer_id=1, **about)
    shirt = sold.simulation.one("StandardProduct")
    item = {"product_id": shirt.id, "unit_quantity": {"quantity": 3}, "return_condition": {"value": "GOOD"}}
    money = {"amount": 10, "scale": 2, "unscaledValue": 1000}
    sold.simulation.add("ReturnOrderItem", ref="1", return_order_id=back.id, type="X", item_amount=money, **item)
    back.total_amount = money
    assert sold.simulation.send("CREATE", back).failures == []
    assert sold.simulation.one("ReturnOrder").status == "AWAITING_REFUND"
    assert sold.send("CreditMemoApproved") == []
    assert sold.simulation.one("ReturnOrder").status == "COMPLETE"
    assert sold.stock("SYD-02") == 8
