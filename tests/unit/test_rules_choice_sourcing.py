"""Sourcing of one fulfilment choice by itself (spec 22 §14)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from choicecases import CHOICE, EX, PICKUP, X, attributes, basket, created

from penstock.rules import Log, Promise, RuleError, SendEvent, Update
from penstock.rules.builtin.order.sourcing.building import Source, fulfilment_rows
from penstock.rules.questions import ByRef, Grant, LocationOfAddress, Setting, StockAt
from penstock.testing import NOW, FakeContext, row, run
from penstock.testing.orders import LOCATIONS, REJECTED, STORE_A, MixedBasket, positions

# --- need, stock and selection ---


def test_stock_is_searched_for_what_the_choice_needs() -> None:
    tree, name = basket(), "order.SearchInventoryAtLocationsForFulfilmentChoice"
    tree.serves(tree.collection, tree.fulfilment("ASSIGNED", (11, 1, 0, 0)))
    stock = positions(("A", "b", 1), ("Z", "b", 5))
    context = tree.of(tree.collection, {"locations": LOCATIONS}, {StockAt("BASE:1", ("b",)): stock})
    found = attributes(run(name, context, virtualCatalogueRef="BASE:1", eventName="X"))
    assert found == {**CHOICE, "locations": LOCATIONS, "virtualPositions": stock[:1]}
    context = tree.of(tree.choice, {"locations": LOCATIONS}, {StockAt("NO", ("a",)): None})
    with pytest.raises(RuleError, match="no virtual catalogue NO"):
        run(name, context, virtualCatalogueRef="NO", eventName="X")


def selected(tree: MixedBasket, choice: Any, stock: Any, locations: Any = LOCATIONS, **props: Any) -> dict[str, Any]:
    name = "order.SelectProposedFulfilmentForFulfilmentChoice"
    event = {"locations": locations, "virtualPositions": stock, "proposedFulfilment": {"locationRef": "OLD"}}
    return attributes(run(name, tree.of(choice, event), eventName="X", excludedFulfilmentStatuses=EX, **props))


L2 = positions(("A", "a", 1), ("B", "a", 2), ("C", "a", 10), ("C", "b", 10))


def test_only_locations_of_the_same_choice_count_as_used() -> None:
    tree = basket()
    tree.serves(tree.choice, tree.fulfilment("REJECTED", (10, 2, 0, 2), address=101))
    assert selected(tree, tree.collection, L2)["proposedFulfilment"]["locationRef"] == "A"
    event = selected(tree, tree.choice, L2)
    assert event["proposedFulfilment"] == {
        "locationRef": "B",
        "rating": 75.0,  # A is used but still the yardstick: 5 / 10 * 50 + 50
        "items": [{"productRef": "a", "availableQuantity": 2, "requestedQuantity": 2}],
    }
    assert event["fulfilmentChoiceRef"] == "FC"


def test_nothing_is_proposed_where_nobody_has_anything() -> None:
    tree = basket()
    assert "proposedFulfilment" not in selected(tree, tree.choice, positions(("A", "b", 1)))


@pytest.mark.parametrize(
    ("stock", "place", "rating"),
    [
        ((("A", "a", 2), ("B", "a", 2), ("B", "b", 1)), "A", 83.3333),
        ((("B", "a", 2), ("B", "b", 1)), "B", 50.0),  # nearness of 20 km to 0.01 m is as good as nothing
    ],
)
def test_the_pickup_location_itself_is_at_the_door(stock: Any, place: str, rating: float) -> None:
    tree = MixedBasket([], [("a", 2), ("b", 1)])
    near = [{**LOCATIONS[0], "distance": 0.0}, {**LOCATIONS[1], "distance": 20_000.0}]
    found = selected(tree, tree.collection, positions(*stock), near)["proposedFulfilment"]
    assert (found["locationRef"], found["rating"]) == (place, rating)


def test_gates_of_a_choice() -> None:
    tree = basket()
    tree.serves(tree.choice, tree.fulfilment("ASSIGNED", (10, 2, 0, 0)))
    unfulfilled = "order.ForwardIfUnfulfilledItemsExistInFulfilmentChoice"
    assert run(unfulfilled, tree.of(tree.choice), eventName="X", excludedFulfilmentStatuses=EX) == []
    assert run(unfulfilled, tree.of(tree.collection), eventName="X") == X
    limit = {"eventName": "X", "maxSplitLimit": 0, "excludedFulfilmentStatuses": EX}
    reached, more = "order.ForwardIfMaxSplitLimitReached", "order.ForwardIfMaxSplitLimitNotReached"
    assert run(reached, tree.of(tree.choice), **limit) == X
    assert run(more, tree.of(tree.choice), **limit) == []
    assert run(reached, tree.of(tree.collection), **limit) == []
    assert run(more, tree.of(tree.collection), **limit) == X
    present, absent = "order.ForwardIfProposedFulfilmentPresent", "order.ForwardIfProposedFulfilmentNotPresent"
    proposed = tree.of(tree.choice, {"proposedFulfilment": {"locationRef": "A"}})
    assert run(present, proposed, eventName="X") == X
    assert run(absent, proposed, eventName="X") == []
    assert run(absent, tree.of(tree.choice), eventName="X") == X


# --- creation ---

PLAN = {"locationRef": "A", "items": [{"productRef": "a", "availableQuantity": 9, "requestedQuantity": 3}]}
GRANT = Grant(((501, 1),))


def plan(tree: MixedBasket, choice: Any, *, granted: bool = True, locations: Any = LOCATIONS) -> FakeContext:
    stock = positions(("B", "a", 9), ("A", "a", 9))
    event = {"proposedFulfilment": PLAN, "locations": locations, "virtualPositions": stock}
    answers = {**PICKUP, GRANT: granted, Grant(((501, 2),)): granted}
    return tree.of(choice, event, answers)


def test_a_fulfilment_of_a_collection_goes_to_the_pickup_location() -> None:
    tree = basket()
    tree.serves(tree.choice, tree.fulfilment("ASSIGNED", (10, 2, 0, 0)))
    actions = run("order.CreateFulfilmentForFulfilmentChoice", plan(tree, tree.collection))
    fulfilment, *items = created(actions)
    assert (fulfilment.ref, fulfilment.type, fulfilment.fulfilment_choice_ref) == ("O1-2", "CC_PFS", "CC")
    assert (fulfilment.from_address_id, fulfilment.to_address_id, fulfilment.delivery_type) == (101, 101, "STANDARD")
    assert [(i.order_item_id, i.requested_quantity) for i in items] == [(11, 1)]
    assert actions[-1] == Promise(fulfilment.id, {501: 1})


def test_a_fulfilment_of_a_delivery_goes_home() -> None:
    tree = basket()
    fulfilment, *items = created(run("order.CreateFulfilmentForFulfilmentChoice", plan(tree, tree.choice)))
    assert (fulfilment.type, fulfilment.to_address_id, fulfilment.delivery_type) == ("HD_PFS", 3, "EXPRESS")
    assert [(i.order_item_id, i.requested_quantity) for i in items] == [(10, 2)]


def test_a_refused_promise_of_a_choice_is_counted() -> None:
    tree = basket()
    context = plan(tree, tree.collection, granted=False)
    [log] = run("order.CreateFulfilmentForFulfilmentChoice", context)
    assert isinstance(log, Log)
    assert context.event.attributes["sourcingRefusals"] == 1


@pytest.mark.parametrize(("location", "type_"), [("WAREHOUSE", "CC_PFDC"), ("STORE", "CC_PFS")])
def test_types_of_fulfilments(location: str, type_: str) -> None:
    tree = basket()
    context = plan(tree, tree.collection, locations=[{**LOCATIONS[0], "type": location}])
    assert created(run("order.CreateFulfilmentForFulfilmentChoice", context))[0].type == type_


@pytest.mark.parametrize("type_", ["MULTI", "LOCKER", None])
def test_choices_of_other_types_are_not_fulfilled(type_: str | None) -> None:
    tree, name = basket(), "order.CreateFulfilmentForFulfilmentChoice"
    tree.collection.type = type_
    context = plan(tree, tree.collection)
    with pytest.raises(RuleError, match=f"Invalid fulfilment choice type {type_}") as failure:
        run(name, context)
    assert failure.value.code == 400
    assert context.asked == []  # nothing was granted
    assert created(run(name, context, fulfilmentType="CC_LOCKER"))[0].type == "CC_LOCKER"


def test_other_locations_do_not_fulfil_a_choice() -> None:
    tree = basket()
    context = plan(tree, tree.collection, locations=[{**LOCATIONS[0], "type": "LOCKER"}])
    with pytest.raises(RuleError, match="location A has type LOCKER"):
        run("order.CreateFulfilmentForFulfilmentChoice", context)


def test_a_whole_order_with_several_choices_is_not_fulfilled_as_one() -> None:
    tree = basket()
    context = tree.context(answers={ByRef("Location", "RJT_1", within=1): REJECTED})
    with pytest.raises(RuleError, match="order O1 has 2 fulfilment choices") as failure:
        run("order.CreateFulfilmentForUnfulfillableItems", context, **REST)
    assert failure.value.code == 422


REST = {"systemRejectedLocationRef": "RJT_1", "acceptedStatuses": ["CREATED"], "rejectedStatuses": EX}


def rest(tree: MixedBasket, choice: Any, location: Any = REJECTED, **props: Any) -> list[Any]:
    answers = {**PICKUP, ByRef("Location", "RJT_1", within=1): location}
    name = "order.CreateFulfilmentForFulfilmentChoiceForUnfulfillableItems"
    return created(run(name, tree.of(choice, answers=answers), **{**REST, **props}))


def test_what_nobody_can_send_of_a_choice() -> None:
    tree = basket()
    tree.serves(tree.collection, tree.fulfilment("ASSIGNED", (11, 1, 0, 0)))
    fulfilment, *items = rest(tree, tree.collection)
    assert (fulfilment.ref, fulfilment.type, fulfilment.from_address_id) == ("O1-2", "CC_PFS", 109)
    assert fulfilment.fulfilment_choice_ref == "CC"
    assert [(i.order_item_id, i.requested_quantity) for i in items] == [(12, 1)]
    tree.serves(tree.collection, tree.fulfilment("ESCALATED", (12, 1, 0, 0), address=109))
    assert rest(tree, tree.collection) == []


def test_bad_lists_types_and_locations_of_the_rest() -> None:
    tree = basket()
    with pytest.raises(RuleError, match="EXPIRED is in acceptedStatuses and in rejectedStatuses"):
        rest(tree, tree.choice, acceptedStatuses="EXPIRED")
    with pytest.raises(RuleError, match="at least one status"):
        rest(tree, tree.choice, rejectedStatuses=[])
    with pytest.raises(RuleError, match="there is no location RJT_1") as failure:
        rest(tree, tree.choice, None)
    assert failure.value.code == 404
    tree.choice.type = "LOCKER"
    with pytest.raises(RuleError, match="Invalid fulfilment choice type LOCKER"):
        rest(tree, tree.choice)
    assert rest(tree, tree.choice, fulfilmentType="HD_PFS")[0].type == "HD_PFS"


async def test_refs_stay_unique_within_the_order() -> None:
    tree = basket()
    tree.serves(tree.choice, tree.fulfilment("CANCELLED")).ref = "O1-2"
    context, source = tree.of(tree.choice), Source("A", "STORE", 101)
    first, _ = await fulfilment_rows(context, source, {10: 1})
    second, _ = await fulfilment_rows(context, source, {10: 1}, beside=[first])
    assert (first.ref, second.ref) == ("O1-3", "O1-4")


# --- later ---

LEAD = Setting("fc.order.sourcing.reservation.time")


@pytest.mark.parametrize(
    ("days", "lead", "at_"),
    [
        (10, 48, NOW + timedelta(days=8)),
        (10, "36", NOW + timedelta(days=8, hours=12)),
        (2, 48, None),
        (1, 48, None),
        (10, None, None),
        (None, 48, None),
        (10, 10_000_000_000, None),
    ],
)
def test_sourcing_waits_for_its_time(days: int | None, lead: Any, at_: Any) -> None:
    tree, name = basket(), "order.ScheduleFulfilmentCreationForDeliverAfter"
    tree.choice.deliver_after = None if days is None else NOW + timedelta(days=days)
    context = tree.of(tree.choice, {"k": 1}, {LEAD: lead})
    assert run(name, context, eventName="X") == [SendEvent("X", at=at_)]


@pytest.mark.parametrize("lead", ["soon", [], -1])
def test_a_lead_that_is_no_number_of_hours(lead: Any) -> None:
    tree = basket()
    tree.choice.deliver_after = NOW + timedelta(days=10)
    with pytest.raises(RuleError, match=r"setting fc\.order\.sourcing\.reservation\.time must") as failure:
        run("order.ScheduleFulfilmentCreationForDeliverAfter", tree.of(tree.choice, {}, {LEAD: lead}), eventName="X")
    assert failure.value.code == 422


@pytest.mark.parametrize(("address", "type_"), [(101, "CC_PFCP"), (102, "CC_PFS")])
def test_the_pickup_location_may_pick_itself(address: int, type_: str) -> None:
    tree = basket()
    fulfilment = tree.serves(tree.collection, tree.fulfilment("CREATED", address=address))
    fulfilment.type = "CC_PFS"
    there = {101: STORE_A, 102: row("Location", id=12, ref="B")}
    context = tree.context(fulfilment, answers={LocationOfAddress(address): there[address]}, name="Fulfilment")
    noted = [{"name": "FulfilmentType", "type": "STRING", "value": type_}]
    update = Update(fulfilment, {"attributes": noted})
    assert run("order.AddFulfilmentTypeAttributeToFulfilment", context) == [update]
