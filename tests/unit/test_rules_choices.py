"""Rules that find the choice of an order that they are about, and events between orders and choices."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.rules import RuleError, SendEvent
from penstock.rules.builtin.order.scope import choice_of, scope_of
from penstock.rules.names import resolve
from penstock.testing import FakeContext, row, run
from penstock.testing.orders import HomeDelivery, MixedBasket

X = [SendEvent("X")]
REASON = {"value": "damagedItem", "label": "Damaged"}
AT_PICKING = {"value": "rejectedOutsideOfPacking", "label": "Rejected outside of packing"}


def basket() -> MixedBasket:
    return MixedBasket([("a", 2)], [("a", 1), ("b", 1)])


def told(choice: Any, **more: Any) -> SendEvent:
    return SendEvent("X", to=choice, attributes={"fulfilmentChoiceRef": choice.ref, **more})


# --- what is being sourced ---


def test_a_choice_has_its_own_items_and_fulfilments() -> None:
    tree = basket()
    first = tree.serves(tree.choice, tree.fulfilment("ASSIGNED"))
    second = tree.serves(tree.collection, tree.fulfilment("ASSIGNED"))
    scope = scope_of(tree.of(tree.collection))
    assert [i.id for i in scope.items] == [11, 12]
    assert (scope.fulfilments, scope.type, scope.choice) == ([second], "CC", tree.collection)
    assert (scope.address, scope.told, str(scope)) == (
        None,
        {"fulfilmentChoiceRef": "CC"},
        "fulfilment choice CC of order O1",
    )
    whole = scope_of(tree.context())
    assert [i.id for i in whole.items] == [10, 11, 12]
    assert (whole.fulfilments, whole.type, whole.choice) == ([first, second], "MULTI", tree.choice)
    assert (whole.address, whole.told, str(whole)) == (tree.address, {}, "order O1")


def test_a_fulfilment_stands_for_its_choice_where_there_are_several() -> None:
    tree = basket()
    fulfilment = tree.serves(tree.collection, tree.fulfilment("ASSIGNED"))
    assert scope_of(tree.context(fulfilment, name="Fulfilment")).part is tree.collection
    simple = HomeDelivery(("a", 1))
    assert scope_of(simple.context(simple.fulfilment("ASSIGNED"), name="Fulfilment")).part is None


def test_which_choice_is_meant() -> None:
    tree = basket()
    fulfilment = tree.serves(tree.collection, tree.fulfilment("ASSIGNED"))
    article = tree.article("CREATED", fulfilment)
    named = {"fulfilmentChoiceRef": "FC"}
    assert choice_of(tree.context(attributes=named)) is tree.choice
    assert choice_of(tree.context(fulfilment, named, name="Fulfilment")) is tree.collection
    assert choice_of(tree.context(article, named, name="Article")) is tree.collection
    assert choice_of(tree.context(tree.choice, name="FulfilmentChoice")) is tree.choice
    unnamed = tree.fulfilment("ASSIGNED")
    assert choice_of(tree.context(unnamed, named, name="Fulfilment")) is tree.choice
    simple = HomeDelivery(("a", 1))
    assert choice_of(simple.context()) is simple.choice


@pytest.mark.parametrize(
    ("attributes", "code", "message"),
    [
        ({}, 400, "fulfilmentChoiceRef is missing: order O1 has 2 choices"),
        ({"fulfilmentChoiceRef": "NO"}, 404, "fulfilmentChoiceRef NO: order O1 has no such fulfilment choice"),
    ],
)
def test_a_choice_that_nothing_tells(attributes: dict[str, Any], code: int, message: str) -> None:
    with pytest.raises(RuleError, match=message) as failure:
        run("order.SendEventForFulfilmentChoice", basket().context(attributes=attributes), eventName="X")
    assert failure.value.code == code


NAMED: dict[str, dict[str, Any]] = {
    "order.ForwardIfUnfulfilledItemsExistInFulfilmentChoice": {"eventName": "X"},
    "order.ForwardEventWithPickupLocationCoordinatesByType": {"eventName": "X", "type": "HD"},
    "order.ResolveFulfilmentChoiceCoordinates": {"validAddress": "X", "invalidAddress": "X"},
    "order.SelectProposedFulfilmentForFulfilmentChoice": {"eventName": "X"},
    "order.CreateFulfilmentForFulfilmentChoice": {},
    "order.CreateFulfilmentForFulfilmentChoiceForUnfulfillableItems": {
        "systemRejectedLocationRef": "RJT_1",
        "acceptedStatuses": ["CREATED"],
        "rejectedStatuses": ["CANCELLED"],
    },
    "order.ScheduleFulfilmentCreationForDeliverAfter": {"eventName": "X"},
}


@pytest.mark.parametrize(("ref", "code"), [(None, 400), ("NO", 404), ("CC", 422)])
@pytest.mark.parametrize("name", NAMED)
def test_rules_of_a_choice_want_the_event_to_name_it(name: str, ref: str | None, code: int) -> None:
    tree = basket()
    sourcing: dict[str, Any] = {"locations": [], "virtualPositions": [], "proposedFulfilment": {}}
    attributes = {**sourcing, "fulfilmentChoiceRef": ref}
    context = tree.context(tree.choice, attributes, name="FulfilmentChoice")
    with pytest.raises(RuleError, match="fulfilmentChoiceRef") as failure:
        run(name, context, **NAMED[name])
    assert failure.value.code == code


# --- events to choices ---


@pytest.mark.parametrize("kind", ["Order", "Fulfilment", "Article"])
def test_an_event_goes_to_the_choice_and_names_it(kind: str) -> None:
    tree = basket()
    fulfilment = tree.serves(tree.collection, tree.fulfilment("ASSIGNED"))
    entities = {"Order": tree.order, "Fulfilment": fulfilment, "Article": tree.article("CREATED", fulfilment)}
    named = {"fulfilmentChoiceRef": "CC"} if kind == "Order" else {}
    context = tree.context(entities[kind], {"k": 1, **named}, name=kind)
    assert run("order.SendEventForFulfilmentChoice", context, eventName="X") == [told(tree.collection, k=1)]


def test_an_event_goes_to_every_choice() -> None:
    tree = basket()
    context = tree.context(attributes={"k": 1, "fulfilmentChoiceRef": "CC"})
    sent = run("order.SendEventForAllFulfilmentChoices", context, eventName="X")
    assert sent == [told(tree.choice, k=1), told(tree.collection, k=1)]


@pytest.mark.parametrize(("statuses", "sent"), [(["BOOKED", "PICK_PACK"], X), (["PICK_PACK"], [])])
def test_status_of_the_choice(statuses: list[str], sent: list[SendEvent]) -> None:
    tree = basket()
    tree.choice.status = "CANCELLED"
    fulfilment = tree.serves(tree.collection, tree.fulfilment("CREATED"))
    name = "order.SendEventToFulfilmentOnVerifyingFulfilmentChoiceStatus"
    context = tree.context(fulfilment, name="Fulfilment")
    assert run(name, context, eventName="X", fulfilmentChoiceStatus=statuses) == sent


def test_a_fulfilment_of_an_unknown_choice() -> None:
    tree = basket()
    fulfilment = tree.fulfilment("CREATED")
    fulfilment.fulfilment_choice_ref = "GONE"
    with pytest.raises(RuleError, match="fulfilmentChoiceRef GONE"):
        run("order.SendEventForFulfilmentChoice", tree.context(fulfilment, name="Fulfilment"), eventName="X")


# --- ways by the choice ---


@pytest.mark.parametrize("prop", ["type", "typeName"])
@pytest.mark.parametrize(("type_", "matches"), [("CC", True), ("HD", False)])
@pytest.mark.parametrize("kind", ["Order", "Fulfilment", "Article"])
def test_type_of_the_choice(*, kind: str, type_: str, matches: bool, prop: str) -> None:
    tree = basket()
    fulfilment = tree.serves(tree.collection, tree.fulfilment("ASSIGNED"))
    entities = {"Order": tree.order, "Fulfilment": fulfilment, "Article": tree.article("CREATED", fulfilment)}
    context = tree.context(entities[kind], {"fulfilmentChoiceRef": "CC"}, name=kind)
    sent = run("order.ForwardEventByFulfilmentChoiceType", context, eventName="X", **{prop: type_})
    assert sent == (X if matches else [])


def test_a_choice_that_begins_is_named() -> None:
    tree = basket()
    context = tree.context(tree.choice, {"k": 1}, name="FulfilmentChoice")
    sent = run("order.ForwardEventByFulfilmentChoiceType", context, eventName="X", type="HD", typeName="CC")
    assert sent == [SendEvent("X", attributes={"k": 1, "fulfilmentChoiceRef": "FC"})]


def test_a_type_must_be_given() -> None:
    with pytest.raises(RuleError, match="needs the property type"):
        run("order.ForwardEventByFulfilmentChoiceType", HomeDelivery().context(), eventName="X")


@pytest.mark.parametrize(
    ("type_", "name"), [("EXPRESS", "Fast"), ("standard", "Slow"), ("OVERNIGHT", None), (None, None)]
)
def test_delivery_types(type_: str | None, name: str | None) -> None:
    tree = HomeDelivery()
    tree.choice.delivery_type = type_
    props = {
        "standardDeliveryEvent": "Slow",
        "standardDeliveryValue": "STANDARD",
        "expressDeliveryEvent": "Fast",
        "expressDeliveryValue": "EXPRESS",
    }
    sent = run("order.SendEventOnIdentifyingDeliveryType", tree.context(attributes={"k": 1}), **props)
    assert sent == ([] if name is None else [SendEvent(name)])


# --- all fulfilments, all choices ---


@pytest.mark.parametrize(
    ("statuses", "some", "settled"),
    [
        (["COMPLETE", "REJECTED"], ["COMPLETE"], True),
        (["REJECTED", "REJECTED"], ["COMPLETE"], False),
        (["REJECTED", "REJECTED"], [], True),
        (["COMPLETE", "ASSIGNED"], [], False),
        ([], [], False),
    ],
)
@pytest.mark.parametrize("kind", ["Order", "Fulfilment", "FulfilmentChoice"])
def test_all_fulfilments_of_a_choice(*, kind: str, statuses: list[str], some: list[str], settled: bool) -> None:
    tree = basket()
    other = tree.serves(tree.choice, tree.fulfilment("ASSIGNED"))
    own = [tree.serves(tree.collection, tree.fulfilment(status)) for status in statuses]
    entities = {"Order": tree.order, "Fulfilment": (own or [other])[0], "FulfilmentChoice": tree.collection}
    name = "order.SendEventOnVerifyingAllFulfilmentStatesByFulfilmentChoice"
    context = tree.context(entities[kind], {"fulfilmentChoiceRef": "CC"}, name=kind)
    sent = run(name, context, eventName="X", status=["COMPLETE", "REJECTED"], atLeastOne=some)
    assert sent == ([told(tree.collection)] if settled else [])


@pytest.mark.parametrize(
    ("statuses", "some", "settled"),
    [
        (("COMPLETE", "CANCELLED"), ["COMPLETE"], True),
        (("CANCELLED", "CANCELLED"), ["COMPLETE"], False),
        (("COMPLETE", "BOOKED"), [], False),
    ],
)
@pytest.mark.parametrize("spelling", ["Choice", "Choices"])
@pytest.mark.parametrize("kind", ["Order", "Fulfilment"])
def test_all_choices(*, kind: str, spelling: str, statuses: tuple[str, str], some: list[str], settled: bool) -> None:
    tree = basket()
    tree.choice.status, tree.collection.status = statuses
    entity = tree.order if kind == "Order" else tree.fulfilment("COMPLETE")
    name = f"order.SendEventOnVerifyingAllFulfilment{spelling}States"
    sent = run(name, tree.context(entity, name=kind), eventName="X", status=["COMPLETE", "CANCELLED"], atLeastOne=some)
    assert sent == (X if settled else [])


def test_an_order_without_choices_waits() -> None:
    tree = HomeDelivery()
    tree.tree.rows["FulfilmentChoice"].clear()
    name = "order.SendEventOnVerifyingAllFulfilmentChoiceStates"
    assert run(name, tree.context(), eventName="X", status=["COMPLETE"]) == []


@pytest.mark.parametrize(
    "name",
    [
        "order.SendEventOnVerifyingAllFulfilmentChoiceStates",
        "order.SendEventForFulfilmentChoice",
        "order.SendEventForOrderOnVerifyingRejections",
        "order.SendEventForFulfilmentChoiceOnVerifyingRejections",
    ],
)
def test_without_an_order_the_failure_says_so(name: str) -> None:
    context = FakeContext("Fulfilment", row("Fulfilment", id=20))
    found = resolve(f"ACME.{name}")
    assert found is not None
    props = {"status": ["COMPLETE"]} if "status" in found.by_name else {}
    with pytest.raises(RuleError, match="FULFILMENT 20 is not part of an order") as failure:
        run(name, context, eventName="X", **props)
    assert failure.value.code == 400


# --- rejections ---


@pytest.mark.parametrize(
    ("reasons", "sent"), [(None, True), ([AT_PICKING], True), ([AT_PICKING, REASON], False), ([None], False)]
)
def test_nothing_was_rejected_at_packing(*, reasons: list[Any] | None, sent: bool) -> None:
    tree = basket()
    fulfilment = tree.serves(tree.collection, tree.fulfilment("FULFILLED", (11, 1, 0, 1), (12, 1, 1, 0)))
    first, _ = tree.tree.rows["FulfilmentItem"]
    first.rejections = None if reasons is None else [{"quantity": 1, "reason": reason} for reason in reasons]
    context = tree.context(fulfilment, name="Fulfilment")
    to_order = run("order.SendEventForOrderOnVerifyingRejections", context, eventName="X")
    assert to_order == ([SendEvent("X", to=tree.order)] if sent else [])
    to_choice = run("order.SendEventForFulfilmentChoiceOnVerifyingRejections", context, eventName="X")
    assert to_choice == ([told(tree.collection)] if sent else [])


def test_the_kind_of_a_collection_is_told_by_the_choice_of_the_fulfilment() -> None:
    tree = basket()
    fulfilment = tree.serves(tree.choice, tree.fulfilment("CREATED"))
    fulfilment.type = "CC_PFS"
    [update] = run("order.AddFulfilmentTypeAttributeToFulfilment", tree.context(fulfilment, name="Fulfilment"))
    assert getattr(update, "values", None) == {
        "attributes": [{"name": "FulfilmentType", "type": "STRING", "value": "CC_PFS"}]
    }
