"""Billing from end to end in memory: given an order, when events come, then an account shows what is owed."""

from __future__ import annotations

from typing import Any

import pytest
from billingshop import Retailer, money

from penstock.model.rows import attribute

APPEASED = {"appeasementInfo": {"amount": 10.0, "reason": {"value": "LATE", "label": "Late"}, "comment": "Sorry"}}


def amounts(row: Any) -> tuple[float, float, float, float]:
    columns = ("sub_total_amount", "total_tax", "total_amount", "total_balance")
    sub_total, tax, total, balance = (getattr(row, column)["amount"] for column in columns)
    return sub_total, tax, total, balance


@pytest.mark.parametrize("status", ["BOOKED", "CANCELLED", "COMPLETE"])
def test_an_appeasement_makes_account_and_memo(status: str) -> None:
    shop = Retailer()
    order = shop.order("WEB-49", ("TSHIRT", 2, 49.95), status=status)
    played = shop.simulation.send("Appeasement", order, APPEASED)
    assert played.failures == []
    account = shop.simulation.one("BillingAccount")
    assert (account.ref, account.name, account.status) == ("BA-1-ana", "Ana Lee", "ACTIVE")
    assert (account.customer_id, account.workflow_ref) == (shop.customer.id, "BILLING_ACCOUNT::CUSTOMER")
    memo = shop.simulation.one("CreditMemo")
    assert (memo.status, memo.type, memo.billing_account_id) == ("PENDING_APPROVAL", "CREDIT", account.id)
    assert memo.order_link == {"ref": "WEB-49", "retailer": {"id": "1"}}
    assert amounts(memo) == (9.09, 0.91, 10.0, 10.0)
    item = shop.simulation.one("CreditMemoItem")
    assert (item.amount, item.tax_amount, item.type) == (money(10.0), money(0.91), "CREDIT_MEMO_ITEM")
    assert (item.description, item.credit_reason_code) == ("Sorry", {"value": "LATE", "label": "Late"})


def test_a_second_appeasement_uses_the_same_account() -> None:
    shop = Retailer()
    order = shop.order("WEB-49", ("TSHIRT", 2, 49.95))
    for attributes in (APPEASED, {"amount": "5", "reason": "LATE", "comment": "Again"}):
        assert shop.simulation.send("Appeasement", order, attributes).failures == []
    shop.simulation.one("BillingAccount")
    assert [amounts(memo)[2] for memo in shop.simulation.rows("CreditMemo")] == [10.0, 5.0]


def test_small_appeasements_need_nobody_who_approves() -> None:
    shop = Retailer(APPEASEMENT_AUTO_APPROVE_LIMIT=10)
    order = shop.order("WEB-49", ("TSHIRT", 2, 49.95))
    shop.paid(order, 99.90)
    played = shop.simulation.send("Appeasement", order, APPEASED)
    assert shop.simulation.one("CreditMemo").status == "REFUND_REQUESTED"
    assert [w["attributes"]["amount"] for w in played.webhooks] == [10.0]
    more = {"amount": 10.01}
    shop.simulation.send("Appeasement", order, more)
    assert [m.status for m in shop.simulation.rows("CreditMemo")] == ["REFUND_REQUESTED", "PENDING_APPROVAL"]


def test_a_return_is_credited_approved_and_refunded() -> None:
    shop = Retailer()
    order = shop.order("WEB-51", ("TSHIRT", 2, 49.95), status="RETURN_CREATED")
    captured = shop.paid(order, 99.90, payment_method="CREDITCARD", external_transaction_id="pi_1")
    back = shop.returned(order, 1, 49.95, 4.54)
    assert shop.simulation.send("ProcessRefund", back).failures == []
    memo = shop.simulation.one("CreditMemo")
    assert amounts(memo) == (45.41, 4.54, 49.95, 49.95)
    stored = shop.simulation.one("ReturnOrder")
    assert (stored.status, stored.credit_memo_id, memo.return_order_id) == ("AWAITING_REFUND", memo.id, back.id)
    approved = shop.simulation.send("ApproveCreditMemo", memo)
    (webhook,) = approved.webhooks
    assert (webhook["name"], webhook["entityRef"]) == ("fc.connect.payment.refund", memo.ref)
    capture = {"transactionRef": "T1", "externalTransactionId": "pi_1", "paymentMethod": "CREDITCARD", "amount": 49.95}
    owed = {"refundRef": f"REF-{memo.ref}", "creditMemoRef": memo.ref, "amount": 49.95, "currency": "AUD"}
    assert webhook["attributes"] == {**owed, "capture": capture, "captures": [capture]}
    assert shop.simulation.one("ReturnOrder").status == "COMPLETE"
    assert shop.simulation.send("RefundSuccess", memo, {"externalTransactionId": "re_1"}).failures == []
    memo = shop.simulation.one("CreditMemo")
    assert (memo.status, memo.total_balance) == ("REFUNDED", money(0.0))
    refund = shop.simulation.one("FinancialTransaction", type="REFUND")
    assert (refund.total, refund.currency, refund.order_id, refund.status) == (49.95, "AUD", order.id, "SUCCESS")
    assert (refund.payment_method, refund.external_transaction_id) == (captured.payment_method, "re_1")
    payment = shop.simulation.one("Payment")
    assert (payment.amount, payment.status, payment.credit_memo_id) == (money(49.95), "REFUNDED", memo.id)
    assert (payment.financial_transaction_id, payment.billing_account_id) == (refund.id, memo.billing_account_id)


def test_a_rejected_memo_tells_the_return_and_refunds_nothing() -> None:
    shop = Retailer()
    back = shop.returned(shop.order("WEB-56", ("TSHIRT", 2, 49.95)), 1, 49.95, 4.54)
    shop.simulation.send("ProcessRefund", back)
    played = shop.simulation.send("RejectCreditMemo", shop.simulation.one("CreditMemo"))
    assert (played.failures, played.webhooks) == ([], [])
    assert (shop.simulation.one("CreditMemo").status, shop.simulation.one("ReturnOrder").status) == (
        "REJECTED",
        "REJECTED",
    )


def test_a_failed_refund_is_asked_for_again() -> None:
    shop = Retailer(APPEASEMENT_AUTO_APPROVE_LIMIT=10)
    order = shop.order("WEB-49", ("TSHIRT", 2, 49.95))
    shop.paid(order, 99.90)
    shop.simulation.send("Appeasement", order, APPEASED)
    memo = shop.simulation.one("CreditMemo")
    shop.simulation.send("RefundFailed", memo)
    again = shop.simulation.send("RetryRefund", memo)
    assert [w["attributes"]["amount"] for w in again.webhooks] == [10.0]
    assert shop.simulation.one("CreditMemo").status == "REFUND_REQUESTED"


def revised(
    items: list[dict[str, Any]], lines: tuple[tuple[str, int, float], ...] = (("JEANS", 1, 120.0),)
) -> Retailer:
    """Return a retailer whose order WEB-47, paid, was revised to these items."""
    shop = Retailer()
    order = shop.order("WEB-47", *lines)
    shop.paid(order, sum(units * price for _, units, price in lines))
    played = shop.simulation.send("OrderRevision", order, {"revisedItems": items})
    assert played.failures == []
    assert played.webhooks == []  # what was paid stands for the order that replaces it
    return shop


def test_a_cheaper_revision_makes_a_memo() -> None:
    shop = revised([{"productRef": "CAP", "catalogueRef": "PC:1", "quantity": 1, "price": 25.0}])
    original, new = shop.simulation.rows("Order")
    assert (original.status, attribute(original, "RevisedByOrderLink")) == ("CANCELLED", "WEB-47-R1")
    assert (new.ref, new.status, attribute(new, "RevisedOrderLink")) == ("WEB-47-R1", "BOOKED", "WEB-47")
    assert (new.customer_id, new.total_price, new.total_tax_price) == (shop.customer.id, 25.0, 2.27)
    memo = shop.simulation.one("CreditMemo")
    assert amounts(memo) == (86.36, 8.64, 95.0, 95.0)
    assert (memo.order_link["ref"], memo.status) == ("WEB-47-R1", "PENDING_APPROVAL")
    assert shop.simulation.rows("Invoice") == []


def test_a_dearer_revision_makes_an_invoice() -> None:
    shop = revised([{"productRef": "JEANS", "quantity": 2}])
    assert shop.simulation.rows("CreditMemo") == []
    invoice = shop.simulation.one("Invoice")
    assert (amounts(invoice), invoice.status, invoice.type) == ((109.09, 10.91, 120.0, 120.0), "ISSUED", "INVOICE")
    assert shop.simulation.one("InvoiceItem").type == "INVOICE_ITEM"


def test_an_equal_revision_makes_neither() -> None:
    shop = revised([{"productRef": "CAP", "quantity": 1, "price": 120}])
    shop.simulation.one("BillingAccount")
    assert shop.simulation.rows("CreditMemo") + shop.simulation.rows("Invoice") == []


def test_an_unchanged_revision_changes_nothing() -> None:
    shop = Retailer()
    order = shop.order("WEB-48", ("JEANS", 1, 120.0))
    played = shop.simulation.send("OrderRevision", order, {"revisedItems": [{"productRef": "JEANS", "quantity": 1}]})
    assert "products and quantities that order WEB-48 has already" in played.failures[0]
    assert shop.simulation.one("Order").status == "BOOKED"


def test_a_revision_of_a_revision_and_its_cancellation_give_back_what_is_left() -> None:
    shop = revised([{"productRef": "CAP", "quantity": 1, "price": 25.0}])
    first = shop.simulation.one("Order", ref="WEB-47-R1")
    shop.simulation.send("OrderRevision", first, {"revisedItems": [{"productRef": "CAP", "quantity": 2}]})
    second = shop.simulation.one("Order", ref="WEB-47-R2")
    assert attribute(second, "RevisedOrderLink") == "WEB-47-R1"
    played = shop.simulation.send("OrderCancel", second)
    assert [w["attributes"]["amount"] for w in played.webhooks] == [25.0]  # 120 paid, 95 promised by a memo


def test_a_cancelled_order_asks_for_what_was_captured() -> None:
    shop = Retailer()
    order = shop.order("WEB-46", ("TSHIRT", 2, 49.95))
    shop.paid(order, 99.90, "A1", "AUTHORISATION")
    told = {"ref": "P1", "type": "PAYMENT", "amount": 99.90, "currency": "AUD", "paymentMethod": "CREDITCARD"}
    for _ in range(2):  # told twice, kept once
        assert shop.simulation.send("PAYMENT_TRANSACTION", order, told).failures == []
    (webhook,) = shop.simulation.send("OrderCancel", order).webhooks
    assert (webhook["name"], webhook["entityRef"]) == ("fc.connect.payment.refund", "WEB-46")
    assert webhook["attributes"]["amount"] == 99.90
    assert shop.simulation.send("OrderCancel", order).webhooks == []


def test_a_late_payment_is_given_back_at_once() -> None:
    shop = Retailer()
    order = shop.order("WEB-60", ("TSHIRT", 1, 139.90))
    assert shop.simulation.send("OrderCancel", order).webhooks == []
    told = {"ref": "T1", "type": "PAYMENT", "amount": 139.90, "currency": "AUD", "paymentMethod": "CREDITCARD"}
    (webhook,) = shop.simulation.send("LatePayment", order, told).webhooks
    assert webhook["attributes"]["amount"] == 139.90
    assert shop.simulation.one("FinancialTransaction").total == 139.90


def test_a_cancelled_article_is_credited_and_the_rest_refunded() -> None:
    shop = Retailer()
    order = shop.order("CC-35", ("CAP", 2, 25.0))
    shop.paid(order, 50.0)
    (item,) = shop.simulation.rows("OrderItem")
    article = shop.simulation.add("Article", ref="A1", type="DEFAULT", status="CANCELLED", order_id=order.id)
    shop.simulation.add("ArticleItem", article_id=article.id, order_item_id=item.id, order_id=order.id, quantity=1)
    for _ in range(2):
        assert shop.simulation.send("RefundCancelledArticle", order).failures == []
    memo = shop.simulation.one("CreditMemo")
    assert amounts(memo) == (22.73, 2.27, 25.0, 25.0)
    (webhook,) = shop.simulation.send("OrderCancel", order).webhooks
    assert webhook["attributes"]["amount"] == 25.0


def test_an_invoice_for_the_order_is_made_once() -> None:
    shop = Retailer()
    order = shop.order("WEB-1", ("CAP", 2, 25.0), ("JEANS", 1, 120.0))
    shop.simulation.add("BillingAccount", ref="BA", type="CUSTOMER", status="ACTIVE", customer_id=shop.customer.id)
    for reference in ("BA", {"entityType": "BILLING_ACCOUNT", "entityRef": "BA"}):
        assert shop.simulation.send("ProcessInvoice", order, {"entityReference": reference}).failures == []
    invoice = shop.simulation.one("Invoice")
    assert amounts(invoice) == (154.54, 15.46, 170.0, 170.0)
    assert len(shop.simulation.rows("InvoiceItem")) == 2
