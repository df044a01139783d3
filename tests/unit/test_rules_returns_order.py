"""Returns and exchange orders that are made from orders (spec 33 §3, §5, §6)."""

from __future__ import annotations

from typing import Any

import pytest
from returncases import CATALOGUE, Sale, back
from returnordercases import EX, aud, created, made

from penstock.model.rows import attribute
from penstock.rules import Create, RuleError, Update

# --- the return ---


def test_a_return_of_one_of_two_shirts() -> None:
    sale = Sale()
    actions = made(sale, lodgedLocation="SYD-02")
    assert actions == [a for a in actions if isinstance(a, Create)]
    (found,), (item,) = created(actions, "ReturnOrder"), created(actions, "ReturnOrderItem")
    assert (found.ref, found.type, found.status, found.customer_id) == ("WEB-51-R1", "CUSTOMER_RETURN", "CREATED", 7)
    assert found.order_link == {"ref": "WEB-51", "retailer": {"id": "1"}}
    assert (found.lodged_location_link, found.destination_location_link) == ({"ref": "SYD-02"}, None)
    assert found.default_tax_type == {"country": "AU", "group": "STANDARD", "tariff": "GST"}
    assert (found.sub_total_amount, found.total_tax, found.total_amount) == (aud(45.41), aud(4.54), aud(49.95))
    assert (found.currency_id, found.exchange_order_link) == (36, None)
    assert (item.ref, item.return_order_id, item.status) == ("WEB-51-R1-1", found.id, "CREATED")
    assert item.order_item_link == {"ref": "1", "order": found.order_link}
    assert (item.product_id, item.unit_quantity) == (1000, {"quantity": 1})
    assert (item.return_reason, item.return_condition) == ({"value": "WRONGSIZE"}, {"value": "GOOD"})
    assert item.return_payment_action == {"value": "REFUND", "label": "Refund"}
    assert (item.unit_amount, item.item_amount, item.item_tax_amount) == (aud(49.95), aud(49.95), aud(4.54))


def test_what_was_paid_goes_before_the_price_and_tax_may_be_on_top() -> None:
    sale = Sale(PRICES_INCLUDE_TAX="false", VAT=20)
    sale.items[0].paid_price, sale.items[0].tax_type = 40.0, "VAT"
    actions = made(sale, back(2))
    (found,), (item,) = created(actions, "ReturnOrder"), created(actions, "ReturnOrderItem")
    assert (item.item_amount, item.item_tax_amount) == (aud(80.0), aud(16.0))
    assert item.unit_tax_type == {"country": "AU", "group": "STANDARD", "tariff": "VAT"}
    assert (found.sub_total_amount, found.total_tax, found.total_amount) == (aud(80.0), aud(16.0), aud(96.0))


def test_money_may_be_given() -> None:
    given = {"country": "NZ", "group": "REDUCED", "tariff": None}
    sale = Sale(DEFAULT_TAX_TYPE=None, REDUCED="5")
    actions = made(
        sale, currency={"alphabeticCode": "AUD"}, taxType=given, totalAmount={"amount": 30}, totalTax=aud(1.43)
    )
    (found,) = created(actions, "ReturnOrder")
    assert found.default_tax_type == given
    assert (found.sub_total_amount, found.total_tax, found.total_amount) == (aud(47.57), aud(1.43), aud(30.0))


def test_what_is_arranged() -> None:
    actions = made(
        Sale(),
        pickupLocation={"street": "1 George St", "city": "Sydney", "note": "ring"},
        destinationLocation={"ref": "DC-01"},
        returnVerifications=[{"ref": "V1", "type": "RECEIPT", "verificationDetails": "4711"}],
        returnAuthorisationKey="RMA-1",
        returnAuthorisationKeyExpiry="2026-04-01T00:00:00Z",
        returnAuthorisationDisposition={"value": "RESELL", "label": "Resell"},
        ref="WEB-51",
    )
    (found,), (proof,) = created(actions, "ReturnOrder"), created(actions, "ReturnVerification")
    assert found.pickup_address == {"street": "1 George St", "city": "Sydney"}
    assert found.destination_location_link == {"ref": "DC-01"}
    assert (found.return_authorisation_key, found.return_authorisation_key_expiry.month) == ("RMA-1", 4)
    assert found.return_authorisation_disposition == {"value": "RESELL", "label": "Resell"}
    assert (proof.ref, proof.type, proof.verification_details) == ("V1", "RECEIPT", "4711")
    assert proof.return_order_id == found.id


def test_a_return_gets_a_ref_that_is_free() -> None:
    sale = Sale()
    sale.returned("COMPLETE", (0, 1, "ACCEPTED"))
    sale.returned("COMPLETE", ref="WEB-51-R2", order_link=None)
    (found,) = created(made(sale), "ReturnOrder")
    assert found.ref == "WEB-51-R3"


@pytest.mark.parametrize(
    ("attributes", "code", "message"),
    [
        ({"lodgedLocation": "NOWHERE"}, 404, "attribute lodgedLocation: there is no location NOWHERE"),
        ({"destinationLocation": 7}, 400, "attribute destinationLocation must be the ref of a location, not 7"),
        ({"pickupLocation": {"note": "x"}}, 400, "attribute pickupLocation must be an address"),
        ({"lodgedLocation": "SYD-02", "pickupLocation": {"city": "X"}}, 422, "give the one or the other"),
        ({"returnVerifications": [{"ref": "V1"}]}, 400, "returnVerifications: type must be a text, not None"),
        ({"returnVerifications": "V1"}, 400, "attribute returnVerifications must be a list"),
        ({"returnAuthorisationKeyExpiry": "soon"}, 400, "KeyExpiry must be a date and time, not 'soon'"),
        ({"returnAuthorisationDisposition": "RESELL"}, 400, "Disposition must be {value, label}"),
        ({"currency": "AUD"}, 400, "attribute currency must be {alphabeticCode}, not 'AUD'"),
        ({"currency": {"alphabeticCode": "XXX"}}, 422, "there is no currency XXX"),
        ({"taxType": {"country": "AU"}}, 400, "attribute taxType must be {country, group, tariff}"),
        ({"taxType": {"country": "AU", "group": "NONE"}}, 422, "setting NONE must be a tax rate in percent, not None"),
        ({"totalTax": "much"}, 400, "attribute totalTax must be an amount of money, not 'much'"),
        ({"ref": "WEB-9"}, 422, "attribute ref is WEB-9, but the event went to order WEB-51"),
        ({"type": None}, 400, "type"),
    ],
)
def test_what_is_wrong_with_a_return(attributes: dict[str, Any], code: int, message: str) -> None:
    with pytest.raises(RuleError, match=message) as failure:
        made(Sale(), **attributes)
    assert failure.value.code == code


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"returnReason": "WRONGSIZE"}, "returnItems.returnReason must be {value, label}, not 'WRONGSIZE'"),
        ({"returnReason": {"value": "Other"}}, "returnReason is OTHER: returnReasonComment must say more"),
        ({"returnCondition": {"value": "OTHER"}}, "returnConditionComment must say more"),
        ({"returnConditionComment": 7}, "returnConditionComment must be a text, not 7"),
    ],
)
def test_reasons_and_conditions(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(RuleError, match=message) as failure:
        made(Sale(), back(1, **entry))
    assert failure.value.code == 400
    actions = made(Sale(), back(1, returnReason={"value": "OTHER"}, returnReasonComment="It hums"))
    assert created(actions, "ReturnOrderItem")[0].return_reason_comment == "It hums"


@pytest.mark.parametrize(
    ("settings", "item", "message"),
    [
        ({"DEFAULT_TAX_TYPE": None}, {}, "setting DEFAULT_TAX_TYPE must be {country, group, tariff}, not None"),
        ({"GST": None}, {}, "setting GST must be a tax rate in percent, not None"),
        ({"GST": -1}, {}, "setting GST must be a tax rate in percent, not -1"),
        ({"PRICES_INCLUDE_TAX": "maybe"}, {}, "setting PRICES_INCLUDE_TAX must be true or false"),
        ({}, {"price": None}, "order item 1 has neither paidPrice nor price"),
        ({}, {"currency": None}, "neither the event nor an item of the order names one"),
    ],
)
def test_what_cannot_be_counted(settings: dict[str, Any], item: dict[str, Any], message: str) -> None:
    sale = Sale(**settings)
    for name, value in item.items():
        setattr(sale.items[0], name, value)
    with pytest.raises(RuleError, match=message) as failure:
        made(sale)
    assert failure.value.code == 422


# --- the fee for delivery ---

MARKED = [{"value": "WRONGSIZE", "retailerFault": True}, {"value": "BROKEN"}]


@pytest.mark.parametrize(
    ("units", "reason", "setting", "refunded"),
    [
        (2, "BROKEN", None, True),
        (1, "BROKEN", None, False),
        (2, "CHANGE_MIND", None, False),
        (2, "BROKEN", MARKED, False),
        (2, "WRONGSIZE", MARKED, True),
        (2, "BROKEN", [{"value": "BROKEN"}], True),
    ],
)
def test_the_fee_goes_back_with_everything(*, units: int, reason: str, setting: Any, refunded: bool) -> None:
    sale = Sale(RETURN_REASON=setting)
    sale.delivery.choice.fulfilment_price = 11.0
    actions = made(sale, back(units, returnReason={"value": reason}))
    lines = [(i.type, i.item_amount) for i in created(actions, "ReturnOrderItem")]
    assert lines[1:] == ([("SHIPPING", aud(11.0))] if refunded else [])
    (found,) = created(actions, "ReturnOrder")
    assert found.total_amount == aud(round(49.95 * units + (11 if refunded else 0), 2))


def test_the_fee_goes_back_with_the_last_return_and_once() -> None:
    sale = Sale()
    sale.delivery.choice.fulfilment_price = 11.0
    sale.returned("COMPLETE", (0, 1, "ACCEPTED"))
    item = sale.rows[-1]
    item.return_reason = {"value": "BROKEN"}
    broken = back(1, returnReason={"value": "BROKEN"})
    assert [i.type for i in created(made(sale, broken), "ReturnOrderItem")] == ["RETURN_ORDER_ITEM", "SHIPPING"]
    item.type = "SHIPPING"
    assert [i.type for i in created(made(sale, broken), "ReturnOrderItem")] == ["RETURN_ORDER_ITEM"]


# --- exchange ---


def test_an_exchange_order_is_delivered_as_the_first_one_was() -> None:
    sale = Sale()
    sale.delivery.choice.delivery_instruction, sale.delivery.choice.fulfilment_price = "Ring", 11.0
    actions = made(sale, exchangeItems=[EX])
    (found,), (order,) = created(actions, "ReturnOrder"), created(actions, "Orders")
    assert (order.ref, order.type, order.status, order.customer_id) == ("WEB-51-R1-EX", "HD", "CREATED", 7)
    assert (order.total_price, order.total_tax_price) == (49.95, 4.54)
    assert attribute(order, "exchangeForReturn") == "WEB-51-R1"
    assert found.exchange_order_link == {"ref": "WEB-51-R1-EX", "retailer": {"id": "1"}}
    assert attribute(found, "exchangeTotalAmount") == aud(49.95)
    (item,), (choice,) = created(actions, "OrderItem"), created(actions, "FulfilmentChoice")
    (address,) = created(actions, "Address")
    assert (item.product_id, item.product_ref, item.product_catalogue_ref) == (1001, "TSHIRT-L", "PC:MASTER:1")
    assert (item.quantity, item.price, item.total_price, item.currency) == (1, 49.95, 49.95, "AUD")
    assert (choice.type, choice.delivery_type, choice.delivery_instruction) == ("HD", "EXPRESS", "Ring")
    assert (choice.fulfilment_price, choice.delivery_address_id) == (None, address.id)
    assert (address.city, address.country, address.order_id) == ("York", "UK", order.id)
    assert {item.order_id, choice.order_id} == {order.id}
    assert item.fulfilment_choice_id == choice.id
    assert created(actions, "ReturnOrderItem")[0].return_payment_action["value"] == "EXCHANGE"
    (told,) = [a for a in actions if isinstance(a, Update)]
    assert told.row is sale.order
    assert told.values["attributes"] == [{"name": "exchangeOrder", "type": "STRING", "value": "WEB-51-R1-EX"}]


def test_an_exchange_order_may_be_delivered_otherwise() -> None:
    choice = {"type": "CC", "pickupLocationRef": "SYD-01", "deliveryAddress": {"city": "Sydney", "timeZone": "X"}}
    actions = made(Sale(), exchangeItems=[EX], exchangeOrder={"type": "CC", "fulfilmentChoice": choice})
    (order,), (found,) = created(actions, "Orders"), created(actions, "FulfilmentChoice")
    (address,) = created(actions, "Address")
    assert (order.type, found.type, found.pickup_location_ref) == ("CC", "CC", "SYD-01")
    assert (address.city, address.time_zone, address.country) == ("Sydney", "X", None)


@pytest.mark.parametrize(("policy", "status"), [(None, "CREATED"), ("IMMEDIATE", "CREATED"), ("ON_RECEIPT", "ON_HOLD")])
def test_an_exchange_order_may_wait_for_the_goods(policy: str | None, status: str) -> None:
    (order,) = created(made(Sale(EXCHANGE_SHIP=policy), exchangeItems=[EX]), "Orders")
    assert order.status == status


def test_what_the_same_product_cost_tells_the_price() -> None:
    same = {"productRef": "TSHIRT", "catalogueRef": "PC:MASTER:1", "quantity": "2"}
    sale = Sale()
    sale.items[0].product_catalogue_ref = None
    (item,) = created(made(sale, exchangeItems=[same]), "OrderItem")
    assert (item.product_catalogue_ref, item.quantity, item.total_price) == ("PC:MASTER:1", 2, 99.9)
    del same["catalogueRef"]
    (item,) = created(made(sale, exchangeItems=[same]), "OrderItem")
    assert item.product_catalogue_ref == "PC:MASTER:1"


@pytest.mark.parametrize(
    ("items", "code", "message"),
    [
        ([], 400, "attribute exchangeItems must be a list of one object or more"),
        ([{**EX, "productRef": None}], 400, "exchangeItems.productRef must be a text, not None"),
        ([{**EX, "productRef": "HAT"}], 404, "there is no product HAT in catalogue PC:MASTER:1"),
        ([{**EX, "catalogueRef": "PC:9"}], 404, "there is no product catalogue PC:9"),
        ([{**EX, "quantity": 0}], 422, "quantity of TSHIRT-L must be at least 1, not 0"),
        ([{**EX, "quantity": None}], 400, "quantity of TSHIRT-L must be a whole number, not None"),
        ([{**EX, "price": None}], 400, "price of TSHIRT-L is missing"),
        ([{**EX, "price": "dear"}], 400, "price of TSHIRT-L must be an amount of money, not 'dear'"),
        ([{**EX, "price": -1}], 422, "price of TSHIRT-L must not be negative"),
    ],
)
def test_what_is_wrong_with_an_exchange(items: Any, code: int, message: str) -> None:
    with pytest.raises(RuleError, match=message) as failure:
        made(Sale(), exchangeItems=items)
    assert failure.value.code == code


def test_what_is_wrong_with_its_delivery() -> None:
    for given, message in (("CC", "exchangeOrder must be an object"), ({"fulfilmentChoice": 1}, "fulfilmentChoice")):
        with pytest.raises(RuleError, match=message):
            made(Sale(), exchangeItems=[EX], exchangeOrder=given)
    with pytest.raises(RuleError, match="setting EXCHANGE_SHIP must be IMMEDIATE or ON_RECEIPT, not 'LATER'"):
        made(Sale(EXCHANGE_SHIP="LATER"), exchangeItems=[EX])
    without = Sale()
    without.delivery.tree.rows["FulfilmentChoice"].clear()
    with pytest.raises(RuleError, match="order WEB-51 has no fulfilment choice"):
        made(without, exchangeItems=[EX])
    nowhere = Sale()
    nowhere.items[0].product_catalogue_ref = None
    nowhere.rows.remove(CATALOGUE)
    with pytest.raises(RuleError, match="retailer 1 has no active product catalogue"):
        made(nowhere, exchangeItems=[EX])
