"""Rows, answers and contexts for tests of single rules of billing."""

from __future__ import annotations

from typing import Any

import pytest

from billingflow import TAX
from penstock.rules import Action, Create, RuleError
from penstock.rules.questions import Matching, Setting
from penstock.testing import FakeContext, Tree, row, run

ORDER = row("Order", id=1, ref="O1", type="HD", status="BOOKED", retailer_id=1, customer_id=7)
ANA = row("Customer", id=7, ref="ana", username="ana", retailer_id=1)
ACCOUNT = row("BillingAccount", id=70, ref="BA-1-ana", type="CUSTOMER", customer_id=7, retailer_id=1)
OTHER = row("BillingAccount", id=71, ref="BA-X", type="CUSTOMER", customer_id=7, retailer_id=1)
AUD = row("Currency", id=3, alphabetic_code="AUD", minor_units=2)
OF_ANA = Matching("BillingAccount", (("customer_id", (7,)), ("retailer_id", (1,))))
CURRENCY = Matching("Currency", (("alphabetic_code", ("AUD",)),))
ITEMS = Matching("OrderItem", (("order_id", (1,)),))
MEMOS = Matching("CreditMemo", (("billing_account_id", (70,)),))
INVOICES = Matching("Invoice", (("billing_account_id", (70,)),))
TAXED: dict[Any, Any] = {Setting("DEFAULT_TAX_TYPE"): TAX, Setting("GST"): 10, CURRENCY: [AUD]}
TO_ORDER = {"entityType": "ORDER", "entityRef": "O1", "entityId": "1"}
TO_ACCOUNT = {
    "entityType": "BILLING_ACCOUNT",
    "entityRef": "BA-1-ana",
    "entityId": "00000000-0000-8000-8000-000000000046",
}


def item(id_: int = 10, **values: Any) -> Any:
    usual = {"order_id": 1, "quantity": 2, "price": 49.95, "currency": "AUD", "tax_type": "GST", "product_ref": "a"}
    return row("OrderItem", id=id_, ref=str(id_), product_id=100, **{**usual, **values})


def at_order(attributes: dict[str, Any] | None = None, **given: Any) -> FakeContext:
    tree = Tree(**{"Order": [ORDER], "OrderItem": [item()], "FulfilmentChoice": [], **given.pop("rows", {})})
    entity = given.pop("entity", ORDER)
    return FakeContext("Order", entity, root=entity, tree=tree, attributes=attributes, answers=given.get("answers"))


def at_account(attributes: dict[str, Any], answers: dict[Any, Any]) -> FakeContext:
    return FakeContext("BillingAccount", ACCOUNT, root=ACCOUNT, attributes=attributes, answers=answers)


def created(actions: list[Action], entity: str) -> list[Any]:
    return [a.row for a in actions if isinstance(a, Create) and type(a.row).__name__ == f"{entity}Row"]


def failure(rule: str, context: FakeContext, **props: Any) -> tuple[int, str]:
    with pytest.raises(RuleError) as failed:
        run(f"order.{rule}", context, **props)
    return failed.value.code, failed.value.message
