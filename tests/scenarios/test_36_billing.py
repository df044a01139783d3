"""Billing against a real database: accounts, memos and refunds, and what a replay makes of them (spec 36 E to G)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import queries
from histories import histories
from stage import Stage

from billingflow import ACCOUNT, ORDER, RETURN, TAX
from receiver import receiving
from running import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from receiver import Receiver
    from running import Node, Stored

pytest_plugins = ["worlds"]

SYDNEY = (-33.868, 151.209)
_ACCOUNTS = """query { billingAccounts { edges { node { ref name status type customer { ref }
  creditMemos { edges { node { ref status type workflowRef order { ref retailer { id } } returnOrder { ref }
    totalAmount { amount } totalTax { amount } totalBalance { amount } currency { alphabeticCode }
    items { edges { node { type amount { amount } taxAmount { amount } creditReasonCode { value }
      returnOrderItem { ref } } } } payments { edges { node { status amount { amount } } } } } } }
  invoices { edges { node { ref status totalAmount { amount } items { edges { node { type description } } } } } }
} } } }"""
_ORDERS = """query ($ref: [String]) { orders(ref: $ref) { edges { node { ref status type totalPrice
  attributes { name value } fulfilmentChoice { ref deliveryAddress { city } }
  items { edges { node { ref quantity totalPrice } } }
  financialTransactions { edges { node { ref type status total } } } } } } }"""
_BACK = """mutation ($input: CreateReturnOrderInput) { createReturnOrder(input: $input) { ref } }"""
_STATUS = """query { returnOrders { edges { node { ref status creditMemo { ref } } } } }"""


@pytest.fixture
async def shop(order_world: Stored) -> AsyncIterator[Stage]:
    """Return a stage with the workflows of billing, whose workers deliver webhooks."""
    stored = await order_world.copy()
    secret = "a secret of the tests, of 32 and more"
    async with running(stored, secret=secret, webhook_allow_loopback=True, webhook_key_bits=1_024) as penstock:
        made = Stage(penstock, SYDNEY)
        for document in (ORDER, ACCOUNT, RETURN):
            await penstock.install({**document, "version": "1.9"})
        await made.set("DEFAULT_TAX_TYPE", TAX)
        await made.set("GST", 10)
        yield made
    await stored.drop()


@pytest.fixture
async def receiver(shop: Stage) -> AsyncIterator[Receiver]:
    """Return the payment service."""
    async with receiving() as made:
        await shop.set("webhook.payment.refund", {"name": "fc.connect.payment.refund", "url": f"{made.url}/refund"})
        yield made


async def sell(shop: Stage, ref: str, product: str, price: float, *, paid: bool = True) -> None:
    """Sell one of a product, and capture its price."""
    given = await shop.order_input(ref, (product, 1))
    given["items"][0] |= {"price": price, "currency": "AUD", "taxType": "GST"}
    await shop.graphql(queries.CREATE_ORDER, **given, totalPrice=price)
    await shop.penstock.settle()
    told = {"ref": "P1", "type": "PAYMENT", "amount": price, "currency": "AUD", "paymentMethod": "CREDITCARD"}
    if paid:
        assert await shop.penstock.send("PAYMENT_TRANSACTION", "ORDER", ref, told) == "SUCCESS"


async def account(shop: Stage) -> Node:
    """Return the only billing account, with what is on it."""
    (edge,) = (await shop.penstock.client.graphql(_ACCOUNTS))["billingAccounts"]["edges"]
    node: Node = edge["node"]
    for name in ("creditMemos", "invoices"):
        node[name] = sorted((e["node"] for e in node[name]["edges"]), key=lambda made: made["totalAmount"]["amount"])
    return node


async def order(shop: Stage, ref: str) -> Node:
    """Return an order, its attributes as a mapping."""
    (edge,) = (await shop.penstock.client.graphql(_ORDERS, ref=[ref]))["orders"]["edges"]
    node: Node = edge["node"]
    return {**node, "attributes": {a["name"]: a["value"] for a in node["attributes"] or ()}}


async def unchanged(shop: Stage, type_: str, ref: str) -> None:
    """Check that a replay finds what was."""
    async with histories(shop.penstock.stored) as house:
        done = await house.replay(await house.subject(type_, ref))
    assert done.ending is not None
    assert [s.difference.sentence() for s in done.steps if s.difference] == []
    assert done.ending.verdict == "EQUAL"


async def test_36_46_refund_on_cancel(shop: Stage, receiver: Receiver) -> None:
    await sell(shop, "WEB-46", "TSHIRT", 99.90)
    assert await shop.penstock.send("OrderCancel", "ORDER", "WEB-46") == "SUCCESS"
    await receiver.until(1)
    (request,) = receiver.requests
    body = json.loads(request.body)
    assert (body["name"], body["entityRef"]) == ("fc.connect.payment.refund", "WEB-46")
    capture = {"transactionRef": "P1", "paymentMethod": "CREDITCARD", "amount": 99.9}
    owed = {"refundRef": f"REF-{shop.retailer}-WEB-46-1", "amount": 99.9, "currency": "AUD"}
    assert body["attributes"] == {**owed, "capture": capture, "captures": [capture]}
    await unchanged(shop, "ORDER", "WEB-46")


async def test_36_47_cheaper_revision(shop: Stage) -> None:
    await sell(shop, "WEB-47", "JEANS", 120.0)
    wanted = {"revisedItems": [{"productRef": "CAP", "quantity": 1, "price": 25.0}]}
    assert await shop.penstock.send("OrderRevision", "ORDER", "WEB-47", wanted) == "SUCCESS"
    original, new = await order(shop, "WEB-47"), await order(shop, "WEB-47-R1")
    assert (original["status"], original["attributes"]) == ("CANCELLED", {"RevisedByOrderLink": "WEB-47-R1"})
    assert (new["status"], new["totalPrice"], new["attributes"]) == ("BOOKED", 25.0, {"RevisedOrderLink": "WEB-47"})
    assert new["fulfilmentChoice"]["deliveryAddress"] == {"city": "Sydney"}
    assert [e["node"]["totalPrice"] for e in new["items"]["edges"]] == [25.0]
    found = await account(shop)
    assert (found["ref"], found["name"], found["status"]) == (f"BA-{shop.retailer}-ana", "Ana", "ACTIVE")
    (memo,) = found["creditMemos"]
    assert (memo["totalAmount"], memo["status"]) == ({"amount": 95.0}, "PENDING_APPROVAL")
    assert memo["order"] == {"ref": "WEB-47-R1", "retailer": {"id": shop.retailer}}
    for type_, ref in (("ORDER", "WEB-47"), ("ORDER", "WEB-47-R1"), ("BILLING_ACCOUNT", found["ref"])):
        await unchanged(shop, type_, ref)


async def test_a_dearer_revision_is_billed(shop: Stage) -> None:
    await sell(shop, "WEB-47", "JEANS", 120.0)
    wanted = {"revisedItems": [{"productRef": "JEANS", "quantity": 2}]}
    assert await shop.penstock.send("OrderRevision", "ORDER", "WEB-47", wanted) == "SUCCESS"
    (invoice,) = (await account(shop))["invoices"]
    assert (invoice["status"], invoice["totalAmount"]) == ("ISSUED", {"amount": 120.0})


async def test_36_49_and_50_appeasements(shop: Stage) -> None:
    await sell(shop, "WEB-49", "TSHIRT", 49.95)
    for amount in (10.0, 5):
        info = {"appeasementInfo": {"amount": amount, "reason": "LATE", "comment": "Sorry"}}
        assert await shop.penstock.send("Appeasement", "ORDER", "WEB-49", info) == "SUCCESS"
    found = await account(shop)
    _, memo = found["creditMemos"]
    (line,) = [e["node"] for e in memo["items"]["edges"]]
    assert (line["amount"], line["taxAmount"]) == ({"amount": 10.0}, {"amount": 0.91})
    assert line["creditReasonCode"] == {"value": "LATE"}
    assert (memo["order"]["ref"], memo["workflowRef"]) == ("WEB-49", "BILLING_ACCOUNT::CUSTOMER")
    await unchanged(shop, "ORDER", "WEB-49")


async def test_36_51_a_return_is_refunded(shop: Stage, receiver: Receiver) -> None:
    await sell(shop, "WEB-51", "TSHIRT", 49.95)
    await give_back(shop, "WEB-51")
    assert await shop.penstock.send("ProcessRefund", "RETURN_ORDER", "WEB-51-R1") == "SUCCESS"
    (memo,) = (await account(shop))["creditMemos"]
    assert (memo["status"], memo["totalAmount"], memo["totalTax"]) == (
        "PENDING_APPROVAL",
        {"amount": 49.95},
        {"amount": 4.54},
    )
    assert await shop.penstock.send("ApproveCreditMemo", "CREDIT_MEMO", memo["ref"]) == "SUCCESS"
    await receiver.until(1)
    (request,) = receiver.requests
    assert json.loads(request.body)["attributes"]["amount"] == 49.95
    assert await shop.penstock.send("RefundSuccess", "CREDIT_MEMO", memo["ref"]) == "SUCCESS"
    (back,) = (await shop.penstock.client.graphql(_STATUS))["returnOrders"]["edges"]
    assert back["node"] == {"ref": "WEB-51-R1", "status": "COMPLETE", "creditMemo": {"ref": memo["ref"]}}
    (memo,) = (await account(shop))["creditMemos"]
    assert (memo["status"], memo["totalBalance"], memo["returnOrder"]) == (
        "REFUNDED",
        {"amount": 0},
        {"ref": "WEB-51-R1"},
    )
    assert [e["node"] for e in memo["payments"]["edges"]] == [{"status": "REFUNDED", "amount": {"amount": 49.95}}]
    moved = [e["node"] for e in (await order(shop, "WEB-51"))["financialTransactions"]["edges"]]
    assert [m["total"] for m in moved if m["type"] == "REFUND"] == [49.95]
    await unchanged(shop, "BILLING_ACCOUNT", (await account(shop))["ref"])


async def give_back(shop: Stage, ref: str) -> None:
    """Create a return of one shirt at 49.95, inspected already."""
    retailer: dict[str, Any] = {"id": shop.retailer}
    product = {"ref": "TSHIRT", "catalogue": {"ref": f"PC:MASTER:{shop.retailer}"}}
    price, tax, rest = ({"amount": value, "scale": 2} for value in (49.95, 4.54, 45.41))
    await shop.graphql(
        _BACK,
        ref=f"{ref}-R1",
        retailer=retailer,
        type="CUSTOMER_RETURN",
        customer={"ref": "ana"},
        order={"ref": ref, "retailer": retailer},
        currency={"alphabeticCode": "AUD"},
        defaultTaxType=TAX,
        subTotalAmount=rest,
        totalTax=tax,
        totalAmount=price,
        returnOrderItems=[
            {
                "ref": f"{ref}-R1-1",
                "type": "RETURN_ORDER_ITEM",
                "product": product,
                "unitQuantity": {"quantity": 1},
                "unitAmount": price,
                "itemAmount": price,
                "itemTaxAmount": tax,
            }
        ],
    )
    await shop.penstock.settle()
