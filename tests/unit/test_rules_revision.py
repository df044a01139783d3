"""Rules of revised orders, and what their difference in price makes, rule by rule (spec 31 §7)."""

from __future__ import annotations

from typing import Any

import pytest
from billingcases import (
    INVOICES,
    MEMOS,
    OF_ANA,
    ORDER,
    TAXED,
    TO_ACCOUNT,
    at_account,
    at_order,
    created,
    failure,
    item,
)
from billingshop import money

from penstock.model.rows import attribute
from penstock.rules import Action, Log, RuleError, Update
from penstock.rules.questions import ById, ByRef, Matching
from penstock.testing import FakeContext, Tree, row, run

PC = row("ProductCatalogue", id=30, ref="PC:1")
KNOWN: dict[Any, Any] = {
    **TAXED,
    ByRef("ProductCatalogue", "PC:1"): PC,
    ByRef("ProductCatalogue", "GONE"): None,
    ByRef("VariantProduct", "a", within=30): row("VariantProduct", id=100, ref="a"),
    ByRef("VariantProduct", "b", within=30): row("VariantProduct", id=101, ref="b"),
    ByRef("VariantProduct", "c", within=30): None,
    ByRef("Order", "O1-R1", within=1): None,
}


def line(product: str = "a", quantity: Any = 1, **values: Any) -> dict[str, Any]:
    return {"productRef": product, "quantity": quantity, **values}


def at_revision(
    items: Any, *, answers: dict[Any, Any] | None = None, order: Any = ORDER, choices: int = 1
) -> FakeContext:
    address = row("CustomerAddress", id=4, order_id=1, kind="CUSTOMER", ref="home", city="York")
    many = [
        row("FulfilmentChoice", id=n, ref=f"FC{n}", order_id=1, delivery_type="EXPRESS", delivery_address_id=4)
        for n in range(2, 2 + choices)
    ]
    old = [{"name": n, "type": "JSON", "value": 1} for n in ("allowSubstitution", "returnableQty")]
    tree = Tree(
        Order=[order],
        OrderItem=[item(product_catalogue_ref="PC:1", fulfilment_choice_id=2, attributes=old)],
        FulfilmentChoice=many,
        CustomerAddress=[address],
    )
    known = {**KNOWN, **(answers or {})}
    return FakeContext("Order", order, root=order, tree=tree, attributes={"revisedItems": items}, answers=known)


# --- validation ---


@pytest.mark.parametrize(
    ("items", "changed"),
    [
        ([line("a", 2)], False),
        ([line("a", "2", price=1)], False),
        ([line("a"), line("a")], False),
        ([line("a", 1)], True),
        ([line("b", 2)], True),
        ([line("a", 2), line("b")], True),
    ],
)
def test_a_revision_changes_products_or_quantities(*, items: list[Any], changed: bool) -> None:
    if changed:
        assert run("order.ValidateRevisedOrder", at_revision(items)) == []
    else:
        code, says = failure("ValidateRevisedOrder", at_revision(items))
        assert (code, "order O1 has already" in says) == (422, True)


def test_what_was_cancelled_is_no_part_of_the_order() -> None:
    gone = [{"name": "cancelledQuantity", "type": "INTEGER", "value": 1}]
    context = at_order({"revisedItems": [line("a", 1)]}, rows={"OrderItem": [item(attributes=gone)]})
    assert failure("ValidateRevisedOrder", context)[0] == 422


@pytest.mark.parametrize("rule", ["ValidateRevisedOrder", "CreateRevisedOrder"])
@pytest.mark.parametrize(
    ("items", "says"),
    [
        (None, "revisedItems"),
        ([], "at least one line"),
        ("a", "at least one line"),
        (["a"], r"revisedItems[1] must be an object"),
        ([{"quantity": 1}], "revisedItems[1].productRef"),
        ([line("a"), line("b", 0)], "revisedItems[2].quantity must be at least 1"),
        ([line("b", "two")], "revisedItems[1].quantity"),
    ],
)
def test_malformed_items_are_refused(rule: str, items: Any, says: str) -> None:
    code, message = failure(rule, at_revision(items))
    assert code == 400
    assert says in message


# --- creation ---


def test_the_new_order_is_like_the_old_one() -> None:
    order = row("Order", id=1, ref="O1", type="HD", retailer_id=1, customer_id=7, billing_address_id=6, payment_id=5)
    order.attributes = [{"name": "pin", "type": "STRING", "value": "4711"}]
    bill = row("OrderBillingAddress", id=6, name="Ana Lee")
    context = at_revision([line("b", 2, price=25.0)], answers={ById("OrderBillingAddress", 6): bill}, order=order)
    actions = run("order.CreateRevisedOrder", context)
    [new], [choice] = created(actions, "Orders"), created(actions, "FulfilmentChoice")
    [address], [billed] = created(actions, "Address"), created(actions, "OrderBillingAddress")
    assert (new.ref, new.type, new.status, new.customer_id, new.payment_id) == ("O1-R1", "HD", "CREATED", 7, 5)
    assert (new.total_price, new.total_tax_price, new.billing_address_id) == (50.0, 4.55, billed.id)
    assert (attribute(new, "pin"), attribute(new, "RevisedOrderLink")) == ("4711", "O1")
    assert (choice.ref, choice.delivery_type, choice.order_id) == ("O1-R1-FC1", "EXPRESS", new.id)
    assert (choice.delivery_address_id, address.city, address.order_id, billed.name) == (
        address.id,
        "York",
        new.id,
        "Ana Lee",
    )
    [made] = created(actions, "OrderItem")
    assert (made.product_id, made.product_ref, made.product_catalogue_ref, made.quantity) == (101, "b", "PC:1", 2)
    assert (made.price, made.total_price, made.tax_price, made.total_tax_price) == (25.0, 50.0, 2.27, 4.55)
    assert (made.currency, made.tax_type, made.fulfilment_choice_id, made.order_id) == ("AUD", "GST", choice.id, new.id)
    noted = {"name": "RevisedByOrderLink", "type": "STRING", "value": "O1-R1"}
    assert actions[-1] == Update(order, {"attributes": [noted]})


def test_what_a_line_leaves_out_is_as_before() -> None:
    [made] = created(run("order.CreateRevisedOrder", at_revision([line("a", 1, ref="X")])), "OrderItem")
    assert (made.ref, made.price, made.paid_price, made.total_price) == ("X", 49.95, None, 49.95)
    assert [a["name"] for a in made.attributes] == ["allowSubstitution"]


def test_revisions_are_counted() -> None:
    taken = {ByRef("Order", "O1-R1", within=1): ORDER, ByRef("Order", "O1-R2", within=1): None}
    [new] = created(run("order.CreateRevisedOrder", at_revision([line()], answers=taken)), "Orders")
    assert new.ref == "O1-R2"
    revised = row("Order", id=1, ref="O1-R1", type="HD", retailer_id=1, customer_id=7)
    revised.attributes = [{"name": "RevisedOrderLink", "type": "STRING", "value": "O1"}]
    [new] = created(run("order.CreateRevisedOrder", at_revision([line()], answers=taken, order=revised)), "Orders")
    assert (new.ref, attribute(new, "RevisedOrderLink")) == ("O1-R2", "O1-R1")


def test_lines_go_to_the_choice_that_they_name() -> None:
    context = at_revision([line("b", price=1, fulfilmentChoiceRef="FC3"), line("a")], choices=2)
    actions = run("order.CreateRevisedOrder", context)
    first, second = created(actions, "FulfilmentChoice")
    assert [i.fulfilment_choice_id for i in created(actions, "OrderItem")] == [second.id, first.id]
    assert failure("CreateRevisedOrder", at_revision([line("b", price=1)], choices=2))[0] == 422
    assert failure("CreateRevisedOrder", at_revision([line("a", fulfilmentChoiceRef="FC9")]))[0] == 422


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (line("a", catalogueRef="GONE"), "there is no product catalogue GONE"),
        (line("c", price=1), "catalogue PC:1 has no product c"),
        (line("b"), "price is missing"),
        (line("b", price="dear"), "price must be an amount"),
        (line("b", price=-1), "price must not be negative"),
        (line("a", currency="USD"), "currency 'USD' is not AUD"),
        (line("a", currency={"alphabeticCode": "USD"}), "currency 'USD' is not AUD"),
        (line("a", taxType=["GST"]), "taxType of a must name a tariff"),
        (line("a", taxType="LUXURY"), "setting LUXURY"),
        (line("a", attributes="gift"), "revisedItems[1].attributes must be objects with name, type and value"),
        (line("a", attributes=["gift"]), "revisedItems[1].attributes"),
        (line("a", attributes=[{"name": "gift", "value": 1}]), "revisedItems[1].attributes"),
        (line("b", price="1e999"), "price must be an amount"),
    ],
)
def test_what_a_line_needs(entry: dict[str, Any], says: str) -> None:
    code, message = failure("CreateRevisedOrder", at_revision([entry]))
    assert code == 422
    assert says in message


def test_lines_have_refs_of_their_own() -> None:
    with pytest.raises(RuleError, match="same ref: 2, 2") as failed:
        run("order.CreateRevisedOrder", at_revision([line("a", ref="2"), line("b", price=1)]))
    assert failed.value.code == 400


# --- links and differences ---


def revised_order(**values: Any) -> Any:
    made = row("Order", id=2, ref="O1-R1", type="HD", retailer_id=1, customer_id=7, **values)
    made.attributes = [{"name": "RevisedOrderLink", "type": "STRING", "value": "O1"}]
    return made


def test_the_original_is_told_of_its_successor() -> None:
    context = at_order(entity=revised_order(), answers={ByRef("Order", "O1", within=1): ORDER})
    noted = {"name": "RevisedByOrderLink", "type": "STRING", "value": "O1-R1"}
    assert run("order.UpdateRevisedOrderAttribute", context) == [Update(ORDER, {"attributes": [noted]})]
    assert failure("UpdateRevisedOrderAttribute", at_order())[0] == 422
    lost = at_order(entity=revised_order(), answers={ByRef("Order", "O1", within=1): None})
    assert failure("UpdateRevisedOrderAttribute", lost)[0] == 404


def settled(new: float | None, old: float | None, items: tuple[Any, ...] = (), **more: Any) -> list[Action]:
    """Return what a revision makes, of an order with these total prices; ``items`` are the original's."""
    original = row("Order", id=1, ref="O1", retailer_id=1, total_price=old)
    revision = revised_order(total_price=new)
    fee = row("FulfilmentChoice", id=2, fulfilment_price=9.95)
    answers: dict[Any, Any] = {
        **TAXED,
        MEMOS: [],
        INVOICES: [],
        ByRef("Order", "O1", within=1): original,
        ByRef("Order", "O1-R1", within=1): revision,
        Matching("OrderItem", (("order_id", (1,)),)): list(items),
        Matching("OrderItem", (("order_id", (2,)),)): [item(20, order_id=2, price=10.0)],
        Matching("FulfilmentChoice", (("order_id", (1,)),)): [fee],
        Matching("FulfilmentChoice", (("order_id", (2,)),)): [fee],
        **more.pop("answers", {}),
    }
    about = {"entityReference": {"entityType": "ORDER", "entityRef": "O1-R1"}}
    return run("order.CreateCreditMemoForRevisedOrder", at_account(about, answers), **more)


@pytest.mark.parametrize(
    ("new", "old", "items", "entity", "total"),
    [
        (25.0, 120.0, (), "CreditMemo", 95.0),
        (120.0, 25.0, (), "Invoice", 95.0),
        (25.0, 25.0, (), "", 0),
        (None, None, (item(price=25.0),), "CreditMemo", 30.0),  # 2 for 25.00 before, 2 for 10.00 now
        (10.0, 50.0, (item(price=25.0, attributes=[{"name": "cancelledQuantity", "value": 1}]),), "CreditMemo", 15.0),
    ],
)
def test_the_difference_is_settled(
    *, new: float | None, old: float | None, items: tuple[Any, ...], entity: str, total: float
) -> None:
    actions = settled(new, old, items, creditMemoType="CREDIT", creditMemoItemType="LINE")
    made = created(actions, "CreditMemo") + created(actions, "Invoice")
    assert [(type(m).__name__, m.total_amount) for m in made] == ([(f"{entity}Row", money(total))] if entity else [])
    assert [m.type for m in created(actions, "CreditMemo")] == (["CREDIT"] if entity == "CreditMemo" else [])
    assert [li.type for li in created(actions, "InvoiceItem")] == (["INVOICE_ITEM"] if entity == "Invoice" else [])


def test_a_revision_is_settled_once() -> None:
    [memo] = created(settled(25.0, 120.0), "CreditMemo")
    [log] = settled(25.0, 120.0, answers={MEMOS: [memo]})
    assert isinstance(log, Log)


def test_a_revision_may_be_settled_from_the_order() -> None:
    answers: dict[Any, Any] = {
        **TAXED,
        OF_ANA: [],
        ByRef("BillingAccount", "BA-1-ana"): None,
    }
    context = at_order({"entityReference": TO_ACCOUNT}, entity=revised_order(total_price=25.0), answers=answers)
    assert failure("CreateCreditMemoForRevisedOrder", context)[0] == 404
    nobody = at_order(entity=revised_order(), answers=answers)
    assert failure("CreateCreditMemoForRevisedOrder", nobody)[0] == 422


def test_a_difference_needs_an_order_that_replaces_another() -> None:
    plain = row("Order", id=2, ref="O1-R1", retailer_id=1)
    with pytest.raises(RuleError, match="replaces no other") as failed:
        settled(1.0, 2.0, answers={ByRef("Order", "O1-R1", within=1): plain})
    assert failed.value.code == 422
    with pytest.raises(RuleError, match="there is no Order O1-R1"):
        settled(1.0, 2.0, answers={ByRef("Order", "O1-R1", within=1): None})
