"""Billing: what belongs to an account, and payments without one (spec 13 §3, 30 §3, 33)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from furniture import MONEY, Furnishing
from shop import Shop

if TYPE_CHECKING:
    from penstock.database.pools import Database

CREATE = """mutation ($i: CreatePaymentInput) { createPayment(input: $i) { id status workflowRef billingAccount { ref }
  paymentTransactions { edges { node { ref status workflowRef } } } } }"""
EVENTS = """SELECT entity_ref, root_type, root_ref, lane FROM pending_event
WHERE entity_type IN ('PAYMENT', 'PAYMENT_TRANSACTION') AND entity_ref LIKE $1 || '%' ORDER BY entity_ref"""


@pytest.fixture
async def furnished(database: Database) -> Furnishing:
    made = Furnishing(Shop(database))
    await made.furnish()
    return made


def paid(ref: str, **more: object) -> dict[str, object]:
    moved = {"type": "CARD", "amount": MONEY, "currency": {"alphabeticCode": "GBP"}, "paymentMethod": "CARD"}
    transaction = {"ref": f"{ref}-T", **moved, "paymentServiceProvider": {"ref": "PSP"}}
    return {"ref": ref, "type": "DEFAULT", "amount": MONEY, "paymentTransactions": [transaction], **more}


async def test_a_payment_of_an_account_runs_with_it(furnished: Furnishing) -> None:
    shop = furnished.shop
    made = await shop.run(CREATE, i=paid("X", billingAccount={"ref": "BA"}, **furnished.own))
    assert (made["status"], made["workflowRef"]) == ("CREATED", "BILLING_ACCOUNT::PLAIN")
    assert made["paymentTransactions"]["edges"][0]["node"]["workflowRef"] == "BILLING_ACCOUNT::PLAIN"
    (event,) = await shop.database.fetch(EVENTS, "X")
    assert (event["entity_ref"], event["root_type"], event["root_ref"]) == ("X", "BILLING_ACCOUNT", "BA")


async def test_a_payment_without_account_is_its_own_root(furnished: Furnishing) -> None:
    shop = furnished.shop
    made = await shop.run(CREATE, i=paid("Y", status="AUTHORISED", **furnished.own))
    assert (made["status"], made["workflowRef"], made["billingAccount"]) == ("AUTHORISED", "PAYMENT::DEFAULT", None)
    assert made["paymentTransactions"]["edges"][0]["node"] == {
        "ref": "Y-T",
        "status": "CREATED",
        "workflowRef": "PAYMENT_TRANSACTION::CARD",
    }
    (event,) = await shop.database.fetch(EVENTS, "Y")
    assert (event["entity_ref"], event["root_type"], event["root_ref"]) == ("Y", "PAYMENT", "Y")
    before = await shop.database.fetchval("SELECT revision FROM payment WHERE ref = 'Y'")
    update = "mutation ($i: UpdatePaymentInput) { updatePayment(input: $i) { status } }"
    assert await shop.run(update, i={"ref": "Y", "status": "CAPTURED"}) == {"status": "CAPTURED"}
    assert await shop.database.fetchval("SELECT revision FROM payment WHERE ref = 'Y'") == before + 2


async def test_a_bill_stays_in_its_account(furnished: Furnishing) -> None:
    shop = furnished.shop
    account = {"ref": "BB", "type": "PLAIN", "name": "another", **furnished.own}
    await shop.run("mutation ($i: CreateBillingAccountInput) { createBillingAccount(input: $i) { id } }", i=account)
    given = paid("Z", billingAccount={"ref": "BB"}, creditMemo={"ref": "CM"}, **furnished.own)
    assert await shop.code(CREATE, i=given) == "C0120E"  # the memo is of the first account
