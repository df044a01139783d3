"""Rules of billing accounts one by one: what they do, what they refuse (spec 33 §7 to §10)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from billingcases import (
    ACCOUNT,
    ANA,
    AUD,
    CURRENCY,
    INVOICES,
    ITEMS,
    MEMOS,
    OF_ANA,
    ORDER,
    OTHER,
    TAXED,
    TO_ACCOUNT,
    TO_ORDER,
    at_account,
    at_order,
    created,
    failure,
    item,
)
from billingshop import money

from billingflow import TAX
from penstock.rules import Action, Create, Log, RuleError, SendEvent, Update
from penstock.rules.builtin.prices import fee_of
from penstock.rules.questions import ById, ByRef, Matching, Setting
from penstock.testing import FakeContext, row, run

# --- accounts ---

VERIFY = {"BillingAccountExistsEventName": "Exists", "NoBillingAccountExistsEventName": "None"}


@pytest.mark.parametrize("entity", ["Order", "ReturnOrder"])
def test_an_account_is_found_or_not(entity: str) -> None:
    source = row(entity, id=1, ref="O1", retailer_id=1, customer_id=7)
    told = {"amount": 5}

    def verified(*accounts: Any) -> list[Action]:
        context = FakeContext(entity, source, root=source, attributes=told, answers={OF_ANA: list(accounts)})
        return run("order.VerifyBillingAccount", context, **VERIFY)

    assert verified() == [SendEvent("None")]
    assert verified(ACCOUNT) == [SendEvent("Exists", attributes={**told, "entityReference": TO_ACCOUNT})]


def test_several_accounts_and_no_customer_are_refused() -> None:
    several = at_order(answers={OF_ANA: [ACCOUNT, OTHER]})
    assert failure("VerifyBillingAccount", several, **VERIFY) == (
        422,
        "customer 7 has 2 billing accounts: BA-1-ana, BA-X; leave one",
    )
    nobody = at_order(entity=row("Order", id=1, ref="O1", retailer_id=1))
    assert failure("VerifyBillingAccount", nobody, **VERIFY)[0] == 422
    assert failure("VerifyBillingAccount", at_order(answers={OF_ANA: []}), BillingAccountExistsEventName="X")[0] == 400


def test_an_account_is_created_and_named() -> None:
    answers = {OF_ANA: [], ById("Customer", 7): ANA, ByRef("BillingAccount", "BA-1-ana"): None}
    actions = run("order.CreateBillingAccount", at_order({"a": 1}, answers=answers), eventName="Go")
    [account] = created(actions, "BillingAccount")
    assert (account.ref, account.type, account.name, account.customer_id) == ("BA-1-ana", "CUSTOMER", "ana", 7)
    sent = actions[-1]
    assert isinstance(sent, SendEvent)
    assert (sent.name, sent.to) == ("Go", None)
    assert sent.attributes is not None
    assert sent.attributes["a"] == 1
    assert sent.attributes["entityReference"]["entityRef"] == "BA-1-ana"


def test_an_account_that_is_there_is_used() -> None:
    actions = run("order.CreateBillingAccount", at_order(answers={OF_ANA: [ACCOUNT]}), eventName="Go")
    assert actions == [SendEvent("Go", attributes={"entityReference": TO_ACCOUNT})]


def test_no_account_is_created_in_another_name() -> None:
    answers: dict[Any, Any] = {OF_ANA: [], ById("Customer", 7): ANA, ByRef("BillingAccount", "BA-1-ana"): OTHER}
    assert failure("CreateBillingAccount", at_order(answers=answers), eventName="Go")[0] == 422
    answers[ById("Customer", 7)] = None
    assert failure("CreateBillingAccount", at_order(answers=answers), eventName="Go")[0] == 422


# --- events to accounts ---


@pytest.mark.parametrize("rule", ["SendEventToBillingAccount", "SendEventForRevisedOrderToBillingAccount"])
@pytest.mark.parametrize("named", ["BA-1-ana", TO_ACCOUNT])
def test_events_go_to_the_account_that_is_named(rule: str, named: Any) -> None:
    context = at_order({"entityReference": named}, answers={ByRef("BillingAccount", "BA-1-ana"): ACCOUNT})
    expected = SendEvent("Go", to=ACCOUNT, attributes={"entityReference": TO_ORDER})
    assert run(f"order.{rule}", context, eventName="Go") == [expected]


@pytest.mark.parametrize("attributes", [{}, {"entityReference": TO_ORDER}])
def test_events_go_to_the_account_of_the_customer(attributes: dict[str, Any]) -> None:
    context = at_order(attributes, answers={OF_ANA: [ACCOUNT]})
    [sent] = run("order.SendEventToBillingAccount", context, eventName="Go")
    assert isinstance(sent, SendEvent)
    assert sent.to is ACCOUNT
    assert failure("SendEventToBillingAccount", at_order(attributes, answers={OF_ANA: []}), eventName="Go")[0] == 422


def test_events_of_revised_orders_need_the_account_named() -> None:
    rule = "SendEventForRevisedOrderToBillingAccount"
    assert failure(rule, at_order(), eventName="Go")[0] == 400
    assert failure(rule, at_order({"entityReference": TO_ORDER}), eventName="Go")[0] == 422
    assert failure(rule, at_order({"entityReference": {"entityType": "ORDER"}}), eventName="Go")[0] == 400
    lost = at_order({"entityReference": "BA"}, answers={ByRef("BillingAccount", "BA"): None})
    assert failure(rule, lost, eventName="Go")[0] == 404


# --- appeasement ---

APPEASED = {"entityReference": TO_ORDER, "appeasementInfo": {"amount": 10, "reason": "LATE"}}
AT_ACCOUNT: dict[Any, Any] = {**TAXED, ByRef("Order", "O1", within=1): ORDER, ITEMS: [item()]}
APPEASE = "CreateCreditMemoFromAppeasement"


def test_an_appeasement_may_be_credited_from_the_order() -> None:
    context = at_order({"amount": "10"}, answers={**TAXED, ITEMS: [item()], OF_ANA: [ACCOUNT]})
    actions = run(f"order.{APPEASE}", context, creditMemoType="CREDIT", creditMemoItemType="LINE")
    [memo], [line] = created(actions, "CreditMemo"), created(actions, "CreditMemoItem")
    assert (memo.type, memo.billing_account_id, memo.currency_id) == ("CREDIT", 70, 3)
    assert (line.type, line.ref, line.credit_reason_code) == ("LINE", f"{memo.ref}-1", None)
    assert memo.ref == f"CM-O1-{memo.id}"


def test_the_amount_of_an_appeasement_includes_tax_where_prices_do_not() -> None:
    answers = {**AT_ACCOUNT, Setting("PRICES_INCLUDE_TAX"): False}
    [memo] = created(run(f"order.{APPEASE}", at_account(APPEASED, answers)), "CreditMemo")
    assert (memo.sub_total_amount, memo.total_tax, memo.total_amount) == (money(9.09), money(0.91), money(10))


@pytest.mark.parametrize(
    ("info", "says"),
    [
        ({}, "must have an amount"),
        ({"amount": "ten"}, "appeasementInfo.amount"),
        ({"amount": 1e70}, "appeasementInfo.amount must be an amount of money"),
        ({"amount": {"unscaledValue": 1, "scale": -20}}, "appeasementInfo.amount must be an amount of money"),
        ({"amount": 0}, "must be above 0, but is 0"),
        ({"amount": -3}, "must be above 0, but is -3"),
        ("10", "must have an amount"),
    ],
)
def test_a_wrong_amount_is_refused(info: Any, says: str) -> None:
    code, message = failure(APPEASE, at_account({**APPEASED, "appeasementInfo": info}, AT_ACCOUNT))
    assert code == 422
    assert says in message


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({ITEMS: [item(currency=None)]}, "no item of order O1 has a currency"),
        ({Setting("DEFAULT_TAX_TYPE"): None}, "DEFAULT_TAX_TYPE"),
        ({Setting("GST"): None}, "GST"),
        ({CURRENCY: []}, "no currency AUD"),
        ({Setting("APPEASEMENT_AUTO_APPROVE_LIMIT"): "much"}, "APPEASEMENT_AUTO_APPROVE_LIMIT"),
    ],
)
def test_what_an_appeasement_needs(answers: dict[Any, Any], says: str) -> None:
    code, message = failure(APPEASE, at_account(APPEASED, {**AT_ACCOUNT, **answers}))
    assert code == 422
    assert says in message


def test_an_appeasement_needs_its_order() -> None:
    lost = at_account(APPEASED, {ByRef("Order", "O1", within=1): None})
    assert failure(APPEASE, lost)[0] == 404
    assert failure(APPEASE, at_account({"appeasementInfo": {"amount": 1}}, {}))[0] == 400
    assert failure(APPEASE, at_account({**APPEASED, "entityReference": TO_ACCOUNT}, {}))[0] == 422


# --- invoices ---


def invoiced(answers: dict[Any, Any], **rows: Any) -> list[Action]:
    known = {**TAXED, ByRef("BillingAccount", "BA-1-ana"): ACCOUNT, MEMOS: [], INVOICES: [], **answers}
    context = at_order({"entityReference": "BA-1-ana"}, answers=known, rows=rows)
    return run("order.CreateInvoiceForOrder", context, invoiceType="BILL", invoiceItemType="LINE")


def test_an_invoice_has_a_line_for_each_item_and_fee() -> None:
    gone = [{"name": "cancelledQuantity", "type": "INTEGER", "value": 1}]
    choice = row("FulfilmentChoice", id=2, order_id=1, delivery_type="EXPRESS", fulfilment_price=9.95)
    items = [item(10), item(11, attributes=gone, paid_price=10.0), item(12, quantity=1, attributes=gone)]
    actions = invoiced({}, OrderItem=items, FulfilmentChoice=[choice])
    [invoice], lines = created(actions, "Invoice"), created(actions, "InvoiceItem")
    assert [(li.unit_quantity["quantity"], li.amount["amount"], li.type) for li in lines] == [
        (2, 99.9, "LINE"),
        (1, 10.0, "LINE"),
        (1, 9.95, "LINE"),
    ]
    assert (invoice.type, invoice.total_amount, invoice.total_balance) == ("BILL", money(119.85), money(119.85))
    assert (invoice.due_date, invoice.issue_date is None, invoice.billing_account_id) == (None, False, 70)


@pytest.mark.parametrize(("status", "made"), [("ISSUED", 0), ("VOID", 1)])
def test_an_order_is_billed_once_unless_that_is_void(*, status: str, made: int) -> None:
    [first] = created(invoiced({}), "Invoice")
    first.status = status
    again = invoiced({INVOICES: [first]})
    assert len(created(again, "Invoice")) == made
    assert isinstance(again[0], Create if made else Log)


def test_an_invoice_needs_account_and_prices() -> None:
    assert failure("CreateInvoiceForOrder", at_order())[0] == 400
    with pytest.raises(RuleError, match="neither paidPrice nor price") as failed:
        invoiced({}, OrderItem=[item(price=None)])
    assert failed.value.code == 422
    with pytest.raises(RuleError, match="there is no billing account"):
        invoiced({ByRef("BillingAccount", "BA-1-ana"): None})


# --- returns ---

BACK = row("ReturnOrder", id=5, ref="O1-R1", retailer_id=1, customer_id=7, currency_id=3, default_tax_type=TAX)
BACK.sub_total_amount, BACK.total_tax, BACK.total_amount = money(45.41), money(4.54), money(49.95)
BACK_ITEM = row(
    "ReturnOrderItem",
    id=50,
    ref="O1-R1-1",
    return_order_id=5,
    status="ACCEPTED",
    unit_quantity={"quantity": 1},
    unit_amount=money(49.95),
    item_amount=money(49.95),
    item_tax_amount=money(4.54),
    unit_tax_type=TAX,
)
RETURNED: dict[Any, Any] = {
    **TAXED,
    MEMOS: [],
    INVOICES: [],
    OF_ANA: [ACCOUNT],
    ById("Currency", 3): AUD,
    Matching("ReturnOrderItem", (("return_order_id", (5,)),)): [BACK_ITEM],
}


def credited(entity: Any = BACK, answers: dict[Any, Any] | None = None, **props: Any) -> list[Action]:
    context = FakeContext("ReturnOrder", entity, root=entity, answers={**RETURNED, **(answers or {})})
    return run("order.CreateCreditMemoFromReturnOrder", context, **props)


def test_a_return_may_be_credited_from_itself_once() -> None:
    actions = credited()
    [memo], [line] = created(actions, "CreditMemo"), created(actions, "CreditMemoItem")
    assert (memo.return_order_id, memo.total_amount, line.return_order_item_id) == (5, money(49.95), 50)
    assert actions[-1] == Update(BACK, {"credit_memo_id": memo.id})
    [log] = credited(answers={MEMOS: [memo]})
    assert isinstance(log, Log)


def test_a_return_of_which_nothing_is_accepted_gets_no_memo() -> None:
    refused = row("ReturnOrderItem", id=50, ref="O1-R1-1", return_order_id=5, status="REJECTED")
    none = {Matching("ReturnOrderItem", (("return_order_id", (5,)),)): [refused]}
    assert credited(answers=none) == []
    assert credited(answers=none, nothingToRefundEventName="Done") == [SendEvent("Done", to=BACK)]


@pytest.mark.parametrize(
    ("cost", "entity", "total"), [(30, "CreditMemo", 19.95), (60, "Invoice", 10.05), (49.95, "", 0)]
)
@pytest.mark.parametrize("noted", [True, False])
def test_an_exchange_settles_the_difference(*, cost: float, entity: str, total: float, noted: bool) -> None:
    back = row("ReturnOrder", **{f: getattr(BACK, f) for f in BACK.__struct_fields__})
    back.exchange_order_link = {"ref": "O1-R1-EX", "retailer": {"id": "1"}}
    new = row("Order", id=9, ref="O1-R1-EX", retailer_id=1, total_price=cost)
    answers: dict[Any, Any] = {ByRef("Order", "O1-R1-EX", within=1): new}
    answers |= {Matching(e, (("order_id", (9,)),)): [] for e in ("OrderItem", "FulfilmentChoice")}
    if noted:
        back.attributes, answers = [{"name": "exchangeTotalAmount", "type": "JSON", "value": money(cost)}], {}
    actions = credited(back, answers, nothingToRefundEventName="Done")
    made = [a.row for a in actions if isinstance(a, Create)]
    assert [type(r).__name__ for r in made] == ([f"{entity}Row", f"{entity}ItemRow"] if entity else [])
    assert [r.total_amount for r in made[:1]] == ([money(total)] if entity else [])
    assert any(isinstance(a, SendEvent) for a in actions) == (entity != "CreditMemo")


def test_a_return_needs_currency_amounts_and_the_order_in_exchange() -> None:
    poor = row("ReturnOrder", id=5, ref="O1-R1", retailer_id=1, customer_id=7)
    lost = row("ReturnOrder", **{f: getattr(BACK, f) for f in BACK.__struct_fields__})
    lost.exchange_order_link = {"ref": "GONE", "retailer": {"id": "1"}}
    bare = row("ReturnOrderItem", id=50, ref="O1-R1-1", return_order_id=5, status="ACCEPTED")
    of_return = Matching("ReturnOrderItem", (("return_order_id", (5,)),))
    for entity, answers, code, says in (
        (poor, {}, 422, "no currency"),
        (lost, {ByRef("Order", "GONE", within=1): None}, 404, "exchange order"),
        (BACK, {of_return: [bare]}, 422, "has no unit_amount"),
        (BACK, {OF_ANA: []}, 422, "has no billing account"),
    ):
        with pytest.raises(RuleError, match=says) as failed:
            credited(entity, answers)
        assert failed.value.code == code


@pytest.mark.parametrize(("price", "fee"), [(None, 0), (9.95, Decimal("9.95"))])
def test_a_fee_is_what_the_choice_costs(price: float | None, fee: Decimal) -> None:
    assert fee_of(row("FulfilmentChoice", ref="C1", fulfilment_price=price)) == fee


def test_a_fee_that_no_money_is_is_named() -> None:
    with pytest.raises(RuleError, match=r"the price of fulfilment choice C1 must be an amount of money, not 1e\+70"):
        fee_of(row("FulfilmentChoice", ref="C1", fulfilment_price=1e70))
