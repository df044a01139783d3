"""Payment transactions, refunds, and credit for what was cancelled, rule by rule (spec 31 §6, §9, 33 §8)."""

from __future__ import annotations

from typing import Any

import pytest
from billingcases import (
    ACCOUNT,
    AUD,
    CURRENCY,
    MEMOS,
    OF_ANA,
    ORDER,
    TAXED,
    at_order,
    created,
    failure,
    item,
)
from billingshop import money

from penstock.model.rows import attribute
from penstock.rules import Action, Create, Log, RuleError, Update, Webhook
from penstock.rules.questions import ById, ByRef, Matching, Setting
from penstock.testing import FakeContext, Tree, row, run

HOOK = Setting("webhook.payment.refund")
TARGET = {"url": "https://pay.example/refund"}
PAID = Matching("FinancialTransaction", (("order_id", (1,)),))
CURRENCIES = Matching("Currency", (("id", (3,)),))
LINK = {"ref": "O1", "retailer": {"id": "1"}}
ASK = {"setting": "webhook.payment.refund"}


def transaction(id_: int, total: float, type_: str = "PAYMENT", **values: Any) -> Any:
    usual = {"ref": f"T{id_}", "status": "SUCCESS", "order_id": 1, "currency": "AUD", "payment_method": "CREDITCARD"}
    return row("FinancialTransaction", id=id_, type=type_, total=total, **{**usual, **values})


def memo(balance: float, status: str = "PENDING_APPROVAL", **values: Any) -> Any:
    usual = {"id": 80, "ref": "CM-O1-80", "order_link": LINK, "billing_account_id": 70, "currency_id": 3}
    return row("CreditMemo", status=status, total_balance=money(balance), retailer_id=1, **{**usual, **values})


def paid(*transactions: Any, memos: tuple[Any, ...] = ()) -> dict[Any, Any]:
    return {HOOK: TARGET, OF_ANA: [ACCOUNT], PAID: list(transactions), MEMOS: list(memos), CURRENCIES: [AUD]}


# --- asking for a refund ---


@pytest.mark.parametrize(
    ("known", "amount"),
    [
        (paid(transaction(1, 99.90)), 99.90),
        (paid(transaction(1, 99.90), transaction(2, 40.0, "REFUND")), 59.90),
        (paid(transaction(1, 99.90), memos=(memo(10.0),)), 89.90),
        (paid(transaction(1, 99.90), memos=(memo(10.0, "REJECTED"), memo(5.0, order_link={"ref": "O2"}))), 99.90),
        (paid(transaction(1, 100.0), transaction(2, 39.90)), 139.90),
    ],
)
def test_what_is_left_is_asked_for(known: dict[Any, Any], amount: float) -> None:
    [post] = run("order.RequestRefund", at_order(answers=known), **ASK)
    assert isinstance(post, Webhook)
    assert (post.url, post.name) == ("https://pay.example/refund", "fc.connect.payment.refund")
    assert post.attributes is not None
    assert (post.attributes["amount"], post.attributes["currency"]) == (amount, "AUD")


@pytest.mark.parametrize(
    "known",
    [
        paid(),
        paid(transaction(1, 99.90, "AUTHORISATION")),
        paid(transaction(1, 99.90), transaction(2, 99.90, "REFUND")),
        paid(transaction(1, 99.90), memos=(memo(120.0),)),
    ],
)
def test_nothing_left_is_nothing_asked(known: dict[Any, Any]) -> None:
    assert run("order.RequestRefund", at_order(answers=known), **ASK) == []


def test_a_refund_names_what_it_is_split_over() -> None:
    known = paid(transaction(1, 100.0, external_transaction_id="pi_1"), transaction(2, 39.90, payment_method="PAYPAL"))
    known[PAID].append(transaction(3, 9.90, "REFUND"))
    [post] = run("order.RequestRefund", at_order(answers=known), **ASK)
    assert isinstance(post, Webhook)
    newest = {"transactionRef": "T2", "paymentMethod": "PAYPAL", "amount": 30.0}
    oldest = {"transactionRef": "T1", "externalTransactionId": "pi_1", "paymentMethod": "CREDITCARD", "amount": 100.0}
    told = {"refundRef": "REF-1-O1-2", "amount": 130.0, "currency": "AUD"}
    assert post.attributes == {**told, "capture": newest, "captures": [newest, oldest]}


def test_without_the_setting_it_is_only_logged() -> None:
    [log] = run("order.RequestRefund", at_order(answers={**paid(transaction(1, 1.0)), HOOK: None}), **ASK)
    assert isinstance(log, Log)
    assert log.name == "RequestRefund"
    assert failure("RequestRefund", at_order(answers=paid(transaction(1, 1.0))))[0] == 400


def test_what_was_paid_for_a_replaced_order_stands_for_its_successor() -> None:
    replaced = row("Order", id=1, ref="O1", retailer_id=1, customer_id=7)
    replaced.attributes = [{"name": "RevisedByOrderLink", "type": "STRING", "value": "O1-R1"}]
    assert run("order.RequestRefund", at_order(entity=replaced, answers={}), **ASK) == []
    new = row("Order", id=2, ref="O1-R1", retailer_id=1, customer_id=7)
    new.attributes = [{"name": "RevisedOrderLink", "type": "STRING", "value": "O1"}]
    both = Matching("FinancialTransaction", (("order_id", (2, 1)),))
    known = {**paid(), ByRef("Order", "O1", within=1): replaced, both: [transaction(1, 120.0)]}
    [post] = run("order.RequestRefund", at_order(entity=new, answers=known), **ASK)
    assert isinstance(post, Webhook)
    assert post.attributes is not None
    assert post.attributes["amount"] == 120.0
    lost = at_order(entity=new, answers={**known, ByRef("Order", "O1", within=1): None})
    assert failure("RequestRefund", lost, **ASK)[0] == 404


def at_memo(made: Any, answers: dict[Any, Any], attributes: dict[str, Any] | None = None) -> FakeContext:
    known = {ById("Currency", 3): AUD, ByRef("Order", "O1", within=1): ORDER, **answers}
    return FakeContext("CreditMemo", made, root=ACCOUNT, attributes=attributes, answers=known)


@pytest.mark.parametrize(("balance", "asked"), [(10.0, [10.0]), (120.0, [99.90]), (0.0, [])])
def test_a_memo_asks_for_its_balance(*, balance: float, asked: list[float]) -> None:
    actions = run("order.RequestRefund", at_memo(memo(balance), paid(transaction(1, 99.90))), **ASK)
    posts = [a.attributes for a in actions if isinstance(a, Webhook)]
    assert [p["amount"] for p in posts if p is not None] == asked
    assert [p["creditMemoRef"] for p in posts if p is not None] == ["CM-O1-80" for _ in asked]


def test_what_was_not_captured_cannot_be_asked_for() -> None:
    [log] = run("order.RequestRefund", at_memo(memo(10.0), paid(transaction(1, 99.90, "AUTHORISATION"))), **ASK)
    assert isinstance(log, Log)


@pytest.mark.parametrize(
    ("status", "asked"),
    [("REFUND_REQUESTED", [("T1", 5.0)]), ("REFUND_FAILED", [("T2", 20.0)]), ("PENDING_APPROVAL", [("T2", 20.0)])],
)
def test_what_is_asked_for_another_memo_is_not_asked_for_again(status: str, asked: list[tuple[str, float]]) -> None:
    other = memo(35.0, status, id=81, ref="CM-O1-81")
    known = paid(transaction(1, 10.0), transaction(2, 30.0), memos=(memo(20.0), other))
    [post] = run("order.RequestRefund", at_memo(memo(20.0), known), **ASK)
    assert isinstance(post, Webhook)
    assert post.attributes is not None
    assert [(c["transactionRef"], c["amount"]) for c in post.attributes["captures"]] == asked
    assert post.attributes["amount"] == sum(part for _, part in asked)


# --- noting a refund ---


def recorded(made: Any, *transactions: Any, **attributes: Any) -> list[Action]:
    return run("order.RecordRefund", at_memo(made, paid(*transactions), attributes))


def test_a_refund_is_noted_part_by_part() -> None:
    made = memo(120.0)
    second = transaction(2, 39.90, payment_method="PAYPAL", payment_provider_name="PAYPAL", card_type=None)
    actions = recorded(made, transaction(1, 100.0), second, externalTransactionId="re_1")
    refunds, payments = created(actions, "FinancialTransaction"), created(actions, "Payment")
    assert [(r.total, r.unscaled_value, r.scale, r.payment_method) for r in refunds] == [
        (39.90, 3990, 2, "PAYPAL"),
        (80.10, 8010, 2, "CREDITCARD"),
    ]
    assert {(r.type, r.status, r.order_id, r.external_transaction_id) for r in refunds} == {
        ("REFUND", "SUCCESS", 1, "re_1")
    }
    assert [p.financial_transaction_id for p in payments] == [r.id for r in refunds]
    assert [p.amount for p in payments] == [money(39.90), money(80.10)]
    assert actions[-1] == Update(made, {"total_balance": money(0.0)})


@pytest.mark.parametrize(("told", "total", "left"), [({}, 100.0, 20.0), ({"amount": 120}, 120.0, 0.0)])
def test_what_was_captured_is_enough_for_is_noted(told: dict[str, Any], total: float, left: float) -> None:
    actions = recorded(memo(120.0), transaction(1, 100.0), **told)
    assert [r.total for r in created(actions, "FinancialTransaction")] == [total]
    assert isinstance(actions[-1], Update)
    assert actions[-1].values == {"total_balance": money(left)}


@pytest.mark.parametrize(("amount", "code"), [("all", 400), (0, 422), (120.01, 422)])
def test_a_wrong_amount_is_refused(amount: object, code: int) -> None:
    with pytest.raises(RuleError, match="attribute amount") as failed:
        recorded(memo(120.0), amount=amount)
    assert failed.value.code == code


def test_what_nobody_captured_is_noted_in_one() -> None:
    [refund] = created(recorded(memo(5.0)), "FinancialTransaction")
    assert (refund.total, refund.payment_method, refund.order_id) == (5.0, None, 1)


def test_a_memo_about_no_order_is_paid_by_a_payment_alone() -> None:
    actions = recorded(memo(5.0, order_link=None))
    [payment] = created(actions, "Payment")
    assert created(actions, "FinancialTransaction") == []
    assert (payment.financial_transaction_id, payment.credit_memo_id, payment.status) == (None, 80, "REFUNDED")


def test_a_refund_is_noted_once() -> None:
    assert recorded(memo(0.0)) == []


# --- payment transactions ---

TOLD = {"ref": "P1", "type": "PAYMENT", "amount": "139.90", "currency": "AUD"}


def told(attributes: dict[str, Any], *known: Any, currencies: tuple[Any, ...] = (AUD,), **rows: Any) -> list[Action]:
    context = at_order(attributes, rows={"FinancialTransaction": list(known), **rows}, answers={})
    code = attributes.get("currency") or "AUD"
    context.answers[Matching("Currency", (("alphabetic_code", (code,)),))] = list(currencies)
    return run("order.CreateFinancialTransaction", context)


def test_a_transaction_is_kept_as_it_was_told() -> None:
    more = {"paymentMethod": "CREDITCARD", "paymentProvider": "stripe", "cardType": "VISA", "status": "SUCCESS"}
    more |= {"externalTransactionId": "pi_1", "externalTransactionCode": "913322"}
    [made] = created(told({**TOLD, **more}), "FinancialTransaction")
    assert (made.ref, made.type, made.status, made.order_id) == ("P1", "PAYMENT", "SUCCESS", 1)
    assert (made.total, made.scale, made.unscaled_value, made.currency) == (139.90, 2, 13990, "AUD")
    assert (made.payment_method, made.payment_provider_name, made.card_type) == ("CREDITCARD", "stripe", "VISA")
    assert (made.external_transaction_id, made.external_transaction_code) == ("pi_1", "913322")


@pytest.mark.parametrize(
    ("attributes", "currencies", "scaled"),
    [
        ({**TOLD, "amount": {"unscaledValue": 5000, "scale": 2}}, (AUD,), (50.0, 2, 5000)),
        ({**TOLD, "amount": 1.239}, (AUD,), (1.239, 3, 1239)),
        ({**TOLD, "amount": 500, "currency": "JPY"}, (row("Currency", id=9, minor_units=0),), (500.0, 0, 500)),
        ({**TOLD, "amount": 5, "currency": "POINTS"}, (), (5.0, 2, 500)),
        ({"ref": "V1", "type": "VOID"}, (AUD,), (0.0, 2, 0)),
        ({**TOLD, "amount": 30_000_000}, (AUD,), (30_000_000.0, 2, None)),
        ({**TOLD, "amount": "1e-300"}, (AUD,), (1e-300, 30, 0)),
    ],
)
def test_amounts_are_scaled(
    attributes: dict[str, Any], currencies: tuple[Any, ...], scaled: tuple[float, int, int | None]
) -> None:
    [made] = created(told(attributes, currencies=currencies), "FinancialTransaction")
    assert (made.total, made.scale, made.unscaled_value) == scaled


@pytest.mark.parametrize(
    ("known", "kept"),
    [(("P1", "PAYMENT"), 0), (("P1", "AUTHORISATION"), 1), (("P2", "PAYMENT"), 1)],
)
def test_what_is_told_again_is_not_kept_again(*, known: tuple[str, str], kept: int) -> None:
    actions = told(TOLD, transaction(1, 139.90, known[1], ref=known[0]))
    assert len(created(actions, "FinancialTransaction")) == kept
    assert isinstance(actions[0], Create if kept else Log)


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"type": "PAYMENT"}, "ref"),
        ({"ref": "P1"}, "type"),
        ({"ref": "P1", "type": "PAYMENT"}, "amount"),
        ({**TOLD, "amount": "much"}, "attribute amount"),
        ({**TOLD, "amount": "1e999"}, "attribute amount"),
        ({**TOLD, "amount": -1}, "must not be negative"),
        ({**TOLD, "status": "DONE"}, "attribute status"),
    ],
)
def test_a_malformed_transaction_is_refused(attributes: dict[str, Any], says: str) -> None:
    with pytest.raises(RuleError, match=says) as failed:
        told(attributes)
    assert failed.value.code == 400


def test_a_transaction_needs_a_currency() -> None:
    with pytest.raises(RuleError, match="attribute currency is missing"):
        told({"ref": "P1", "type": "PAYMENT", "amount": 1}, OrderItem=[item(currency=None)])


# --- credit for what was cancelled ---


def at_cancelled(
    answers: dict[Any, Any], *, status: str = "BOOKED", cancelled: int = 0, article: str = "COLLECTED", **given: Any
) -> FakeContext:
    """Return an order of 2 for 49.95 each and a fee of 9.95, with one of them in an article."""
    order = row("Order", id=1, ref="O1", status=status, retailer_id=1, customer_id=7)
    noted = [{"name": "cancelledQuantity", "type": "INTEGER", "value": cancelled}]
    tree = Tree(
        Order=[order],
        OrderItem=[item(attributes=noted)],
        Article=[row("Article", id=40, ref="A1", status=article, order_id=1)],
        ArticleItem=[row("ArticleItem", id=60, article_id=40, order_item_id=10, quantity=1, order_id=1)],
        FulfilmentChoice=[row("FulfilmentChoice", id=2, order_id=1, delivery_type="EXPRESS", fulfilment_price=9.95)],
    )
    return FakeContext("Order", order, root=order, tree=tree, answers={**TAXED, **answers}, **given)


FULL = paid(transaction(1, 109.85))
CREDIT = "order.CreateCreditMemoForOrder"


@pytest.mark.parametrize(
    ("context", "total"),
    [
        (at_cancelled(FULL, attributes={"articleId": "40"}), 49.95),
        (at_cancelled(FULL, article="CANCELLED"), 49.95),
        (at_cancelled(FULL, cancelled=1), 49.95),
        (at_cancelled(FULL, cancelled=1, article="CANCELLED"), 99.90),
        (at_cancelled(FULL, status="CANCELLED"), 109.85),
        (at_cancelled(paid(transaction(1, 60.0)), cancelled=2), 60.0),
        (at_cancelled(paid(transaction(1, 60.0)), status="CANCELLED"), 60.0),
        (at_cancelled(FULL), None),
        (at_cancelled(paid(), cancelled=2), None),
        (at_cancelled(paid(transaction(1, 99.9, "AUTHORISATION")), cancelled=2), None),
    ],
)
def test_what_was_cancelled_is_credited(*, context: FakeContext, total: float | None) -> None:
    memos = created(run(CREDIT, context), "CreditMemo")
    assert [m.total_amount for m in memos] == ([] if total is None else [money(total)])


def test_what_was_credited_is_not_credited_again() -> None:
    first = run(CREDIT, at_cancelled(FULL, status="CANCELLED"))
    [made] = created(first, "CreditMemo")
    assert (attribute(made, "fees"), attribute(made, "origin")) == (True, "CANCELLATION")
    lines = Matching("CreditMemoItem", (("credit_memo_id", (made.id,)),))
    known = {**paid(transaction(1, 500.0), memos=(made,)), lines: created(first, "CreditMemoItem")}
    assert created(run(CREDIT, at_cancelled(known, status="CANCELLED")), "CreditMemo") == []
    [one] = created(run(CREDIT, at_cancelled(FULL, attributes={"articleId": 40})), "CreditMemo")
    known = paid(transaction(1, 500.0), memos=(one,))
    [log] = run(CREDIT, at_cancelled(known, attributes={"articleId": 40}))
    assert isinstance(log, Log)


def test_what_an_order_was_paid_that_is_replaced_is_not_credited() -> None:
    context = at_cancelled(FULL, status="CANCELLED")
    context.entity.attributes = [{"name": "RevisedByOrderLink", "type": "STRING", "value": "O1-R1"}]
    assert run(CREDIT, context) == []


def test_a_customer_without_account_gets_one() -> None:
    answers: dict[Any, Any] = {**FULL, OF_ANA: [], ByRef("BillingAccount", "BA-1-ana"): None}
    answers[ById("Customer", 7)] = row("Customer", id=7, ref="ana", last_name="Lee")
    actions = run(CREDIT, at_cancelled(answers, cancelled=1))
    [account], [made] = created(actions, "BillingAccount"), created(actions, "CreditMemo")
    assert (account.name, made.billing_account_id) == ("Lee", account.id)


def test_what_credit_for_an_order_needs() -> None:
    code, says = failure("CreateCreditMemoForOrder", at_cancelled(FULL, attributes={"articleId": 41}))
    assert (code, says) == (404, "attribute articleId: order O1 has no article 41")
    assert failure("CreateCreditMemoForOrder", at_cancelled({**FULL, CURRENCY: []}, cancelled=1))[0] == 422
