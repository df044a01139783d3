"""Rules that find the locations of an order, one by one."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.rules import Action, Create, Log, Promise, RuleError, SendEvent, Update
from penstock.rules.questions import (
    ByRef,
    Geocode,
    Grant,
    LocationOfAddress,
    NetworkLocations,
    Setting,
    StockAt,
)
from penstock.testing import run
from penstock.testing.orders import LOCATIONS, REJECTED, STORE_A, HomeDelivery, positions

EX = ["CANCELLED", "EXPIRED", "ESCALATED"]
ACCEPTED = ["CREATED", "PROCESSING", "ASSIGNED"]


def sent(actions: list[Action]) -> SendEvent:
    [action] = [action for action in actions if not isinstance(action, Log)]
    assert isinstance(action, SendEvent)
    return action


def attributes(actions: list[Action]) -> dict[str, Any]:
    return sent(actions).attributes or {}


def created(actions: list[Action]) -> list[Any]:
    return [a.row for a in actions if isinstance(a, Create)]


# --- coordinates ---


def test_coordinates_decide_the_way() -> None:
    order = HomeDelivery()
    present, absent = "order.ForwardIfOrderCoordinatesPresent", "order.ForwardIfOrderCoordinatesNotPresent"
    order.address.latitude = 53.9
    assert run(present, order.context(), eventName="X") == []
    assert run(absent, order.context(), eventName="X") == [SendEvent("X")]
    order.address.longitude = 0.0
    forwarded = run(present, order.context(attributes={"k": 1}), eventName="X")
    assert attributes(forwarded) == {"k": 1, "latitude": 53.9, "longitude": 0.0}
    assert run(absent, order.context(), eventName="X") == []


def test_an_order_without_address_or_choice() -> None:
    order = HomeDelivery()
    assert run("order.ForwardIfDeliveryAddressPresent", order.context(), eventName="X") == [SendEvent("X")]
    order.tree.rows["CustomerAddress"].clear()
    assert run("order.ForwardIfDeliveryAddressNotPresent", order.context(), eventName="X") == [SendEvent("X")]
    order.tree.rows["FulfilmentChoice"].clear()
    assert run("order.ForwardIfDeliveryAddressPresent", order.context(), eventName="X") == []
    with pytest.raises(RuleError, match="has no coordinates"):
        run("order.ForwardEventWithDeliveryAddressCoordinates", order.context(), eventName="X")


@pytest.mark.parametrize(("found", "name"), [((53.9, -1.1), "Good"), (None, "Bad")])
def test_geocoding(found: tuple[float, float] | None, name: str) -> None:
    order = HomeDelivery()
    context = order.context(answers={Geocode("UK", None, "York"): found})
    event = sent(run("order.ResolveOrderCoordinates", context, validAddress="Good", invalidAddress="Bad"))
    assert event.name == name
    if found:
        assert event.attributes == {"latitude": 53.9, "longitude": -1.1}
        [update] = run("order.UpdateOrderCoordinates", order.context(attributes=event.attributes))
        assert update == Update(order.address, {"latitude": 53.9, "longitude": -1.1})


# --- locations and stock ---


def test_locations_of_a_network_in_accepted_status() -> None:
    members = [{"ref": "A", "status": "ACTIVE"}, {"ref": "B", "status": "INACTIVE"}]
    context = HomeDelivery().context(answers={NetworkLocations("HD_1"): members})
    props = {"networkRef": "HD_1", "locationStatuses": "ACTIVE", "eventName": "X"}
    locations = attributes(run("order.GetLocationsForNetwork", context, **props))["locations"]
    assert locations == [members[0]]
    assert locations[0] is members[0]


def test_an_unknown_network_is_named() -> None:
    context = HomeDelivery().context(answers={NetworkLocations("NO"): None})
    with pytest.raises(RuleError, match="no network NO") as failure:
        run("order.GetLocationsForNetwork", context, networkRef="NO", locationStatuses=["ACTIVE"], eventName="X")
    assert failure.value.code == 404


def test_distances_are_added_nearest_first() -> None:
    given: list[dict[str, Any]] = [
        {"ref": "W1", "latitude": -37.8136, "longitude": 144.9631},
        {"ref": "S0", "latitude": None, "longitude": None},
        {"ref": "S1", "latitude": -33.8390, "longitude": 151.2070},
    ]
    event = {"latitude": -33.8688, "longitude": 151.2093, "locations": given}
    context = HomeDelivery().context(attributes=event)
    locations = attributes(run("order.CalculateLocationsDistances", context, eventName="X"))["locations"]
    assert [(p["ref"], round(p["distance"] / 1000)) for p in locations] == [("S1", 3), ("W1", 713)]
    assert "distance" not in given[0]


def test_radius() -> None:
    near = {"locations": LOCATIONS, "radius": 10}
    context = HomeDelivery().context(attributes=near)
    locations = attributes(run("order.FilterLocationsByRadius", context, eventName="X"))["locations"]
    assert [p["ref"] for p in locations] == ["A", "B"]
    unlimited = HomeDelivery().context(attributes={"locations": LOCATIONS})
    assert run("order.FilterLocationsByRadius", unlimited, eventName="X") == [SendEvent("X")]


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("order.FilterLocationsByRadius", {"radius": 10}),
        ("order.SelectProposedFulfilment", {"virtualPositions": positions(("B", "a", 1))}),
    ],
)
def test_whoever_looks_at_distances_names_what_is_missing(name: str, event: dict[str, Any]) -> None:
    unmeasured = [LOCATIONS[0], {k: v for k, v in LOCATIONS[1].items() if k != "distance"}]
    context = HomeDelivery(("a", 1)).context(attributes={"locations": unmeasured, **event})
    with pytest.raises(RuleError) as failure:
        run(name, context, eventName="X")
    assert failure.value.message.startswith("locations: B has no distance: let order.CalculateLocationsDistances run")


def test_stock_is_searched_for_what_is_unfulfilled() -> None:
    order = HomeDelivery(("b", 1), ("a", 2), ("c", 1))
    order.fulfilment("ASSIGNED", (12, 1, 0, 0))
    stock = positions(("A", "a", 1), ("Z", "a", 5))
    context = order.context(attributes={"locations": LOCATIONS}, answers={StockAt("BASE:1", ("a", "b")): stock})
    found = attributes(run("order.SearchInventoryAtLocations", context, virtualCatalogueRef="BASE:1", eventName="X"))
    assert found["virtualPositions"] == stock[:1]
    assert found["locations"] is LOCATIONS


# --- selection ---


def selected(order: HomeDelivery, **event: Any) -> dict[str, Any]:
    context = order.context(attributes={"locations": LOCATIONS, **event})
    return attributes(run("order.SelectProposedFulfilment", context, eventName="X", excludedFulfilmentStatuses=EX))


L2 = positions(("A", "a", 1), ("B", "a", 2), ("C", "a", 10), ("C", "b", 10))


def test_the_best_location_is_proposed() -> None:
    event = selected(HomeDelivery(("a", 2), ("b", 1)), virtualPositions=L2)
    assert event["proposedFulfilment"] == {
        "locationRef": "A",
        "rating": 66.6667,
        "items": [{"productRef": "a", "availableQuantity": 1, "requestedQuantity": 1}],
    }
    assert event["virtualPositions"] is L2


def test_a_location_is_used_once_and_still_the_yardstick() -> None:
    order = HomeDelivery(("a", 2), ("b", 1))
    order.fulfilment("CANCELLED", (10, 1, 0, 1), address=101)
    order.fulfilment("ASSIGNED", (10, 1, 0, 0), address=104)
    event = selected(order, virtualPositions=L2)
    assert event["proposedFulfilment"]["locationRef"] == "C"
    assert event["proposedFulfilment"]["rating"] == 55.0


def test_excluded_locations_and_stale_proposals() -> None:
    order = HomeDelivery(("a", 2))
    stale = {"proposedFulfilment": {"locationRef": "A"}}
    event = selected(order, virtualPositions=L2, excludedLocations=["A", "B", "C"], **stale)
    assert "proposedFulfilment" not in event
    assert "proposedFulfilment" not in selected(order, **stale)


def test_weights_come_from_settings() -> None:
    order = HomeDelivery(("a", 2), ("b", 1))
    answers = {Setting("PROXIMITY.WEIGHTING.FACTOR"): "10", Setting("QUANTITY.WEIGHTING.FACTOR"): 90}
    context = order.context(attributes={"locations": LOCATIONS, "virtualPositions": L2}, answers=answers)
    event = attributes(run("order.SelectProposedFulfilment", context, eventName="X"))
    assert event["proposedFulfilment"]["locationRef"] == "C"
    assert event["proposedFulfilment"]["rating"] == 91.0


def test_single_location_first() -> None:
    stock = positions(("A", "a", 1), ("B", "a", 1), ("B", "b", 1))
    context = HomeDelivery(("a", 1), ("b", 1)).context(attributes={"locations": LOCATIONS, "virtualPositions": stock})
    event = attributes(run("order.SelectProposedFulfilment", context, eventName="X", singleLocationFirst=True))
    assert event["proposedFulfilment"]["locationRef"] == "B"


def test_gates_of_sourcing() -> None:
    order = HomeDelivery(("a", 2))
    with_proposal = order.context(attributes={"proposedFulfilment": {"locationRef": "A"}})
    assert run("order.ForwardIfProposedFulfilmentPresent", with_proposal, eventName="X") == [SendEvent("X")]
    assert run("order.ForwardIfProposedFulfilmentNotPresent", with_proposal, eventName="X") == []
    limit = {"eventName": "X", "maxSplitLimit": "0", "excludedFulfilmentStatuses": EX}
    assert run("order.ForwardIfMaxSplitLimitNotReached", order.context(), **limit) == [SendEvent("X")]
    order.fulfilment("ASSIGNED", (10, 1, 0, 0))
    assert run("order.ForwardIfMaxSplitLimitReached", order.context(), **limit) == [SendEvent("X")]
    assert run("order.ForwardIfUnfulfilledItemsExist", order.context(), eventName="X") == [SendEvent("X")]
    order.fulfilment("ESCALATED", (10, 1, 0, 0))
    assert run("order.ForwardIfUnfulfilledItemsExist", order.context(), eventName="X") == []


def test_cancelled_units_of_an_item_are_not_needed() -> None:
    order = HomeDelivery(("a", 2))
    order.tree.rows["OrderItem"][0].attributes = [{"name": "cancelledQuantity", "type": "INTEGER", "value": 2}]
    assert run("order.ForwardIfUnfulfilledItemsExist", order.context(), eventName="X") == []


# --- creation ---

PLAN = {
    "locationRef": "A",
    "items": [
        {"productRef": "a", "availableQuantity": 9, "requestedQuantity": 4},
        {"productRef": "b", "availableQuantity": 1, "requestedQuantity": 1},
    ],
}
AT_A = positions(("B", "a", 9), ("A", "a", 9), ("A", "b", 1))
GRANT = Grant(((501, 4), (502, 1)))


def plan(order: HomeDelivery, *, granted: bool, **event: Any) -> Any:
    given = {"proposedFulfilment": PLAN, "locations": LOCATIONS, "virtualPositions": AT_A, **event}
    return order.context(attributes=given, answers={GRANT: granted})


def test_a_granted_plan_becomes_a_fulfilment_with_a_promise() -> None:
    order = HomeDelivery(("a", 3), ("b", 1), ("a", 5))
    context = plan(order, granted=True)
    actions = run("order.CreateFulfilment", context, excludedFulfilmentStatuses=EX)
    fulfilment, *items = created(actions)
    assert (fulfilment.ref, fulfilment.type, fulfilment.status) == ("O1-1", "HD_PFS", "CREATED")
    assert (fulfilment.from_address_id, fulfilment.to_address_id, fulfilment.user_id) == (101, 3, 7)
    assert (fulfilment.fulfilment_choice_ref, fulfilment.delivery_type) == ("FC", "EXPRESS")
    assert [(i.order_item_id, i.requested_quantity) for i in items] == [(10, 3), (11, 1), (12, 1)]
    assert {i.fulfilment_id for i in items} == {fulfilment.id}
    assert actions[-1] == Promise(fulfilment.id, {501: 4, 502: 1})
    assert "sourcingRefusals" not in context.event.attributes


def test_a_refused_plan_creates_nothing_and_is_counted() -> None:
    order = HomeDelivery(("a", 4), ("b", 1))
    context = plan(order, granted=False, sourcingRefusals=1)
    before = context.event.attributes
    [log] = run("order.CreateFulfilment", context)
    assert isinstance(log, Log)
    assert context.event.attributes["sourcingRefusals"] == 2
    assert before["sourcingRefusals"] == 1
    assert run("order.ForwardIfUnfulfilledItemsExist", context, eventName="X") == [SendEvent("X")]


def test_a_granted_plan_sets_the_count_back() -> None:
    context = plan(HomeDelivery(("a", 4), ("b", 1)), granted=True, sourcingRefusals=2)
    run("order.CreateFulfilment", context)
    assert context.event.attributes["sourcingRefusals"] == 0


def test_after_three_refusals_nothing_is_proposed() -> None:
    order = HomeDelivery(("a", 2), ("b", 1))
    assert "proposedFulfilment" in selected(order, virtualPositions=L2, sourcingRefusals=2)
    assert "proposedFulfilment" not in selected(order, virtualPositions=L2, sourcingRefusals=3)


def test_nothing_needed_creates_nothing() -> None:
    order = HomeDelivery(("a", 1))
    order.fulfilment("ASSIGNED", (10, 1, 0, 0))
    assert run("order.CreateFulfilment", plan(order, granted=True)) == []


def test_only_stores_and_warehouses_fulfil() -> None:
    locker = [{**LOCATIONS[0], "type": "LOCKER"}]
    context = plan(HomeDelivery(("a", 4), ("b", 1)), granted=True, locations=locker)
    with pytest.raises(RuleError, match="location A has type LOCKER"):
        run("order.CreateFulfilment", context)
    fulfilment, *_ = created(run("order.CreateFulfilment", context, fulfilmentType="HD_LOCKER"))
    assert fulfilment.type == "HD_LOCKER"


def rejected(order: HomeDelivery, **props: Any) -> list[Any]:
    context = order.context(answers={ByRef("Location", "RJT_1", within=1): REJECTED})
    return created(
        run(
            "order.CreateFulfilmentForUnfulfillableItems",
            context,
            **{
                "systemRejectedLocationRef": "RJT_1",
                "acceptedStatuses": ACCEPTED,
                "rejectedStatuses": EX,
                **props,
            },
        )
    )


def test_what_nobody_can_send_is_rejected_once() -> None:
    order = HomeDelivery(("a", 2), ("b", 1))
    order.fulfilment("ASSIGNED", (10, 1, 0, 0))
    fulfilment, *items = rejected(order)
    assert (fulfilment.ref, fulfilment.type, fulfilment.from_address_id) == ("O1-2", "HD_PFS", 109)
    assert [(i.order_item_id, i.requested_quantity) for i in items] == [(10, 1), (11, 1)]
    order.fulfilment("ESCALATED", (10, 1, 0, 0), (11, 1, 0, 0), address=109)
    assert rejected(order) == []


def test_status_lists_of_the_rejected_fulfilment_are_checked() -> None:
    order = HomeDelivery(("a", 2))
    with pytest.raises(RuleError, match="EXPIRED is in acceptedStatuses and in rejectedStatuses"):
        rejected(order, acceptedStatuses=["EXPIRED"])
    with pytest.raises(RuleError, match="at least one status"):
        rejected(order, rejectedStatuses=[])


def test_locations_of_other_types_drop_out() -> None:
    context = HomeDelivery(("a", 1)).context(attributes={"locations": LOCATIONS, "latitude": 1})
    (event,) = run("order.FilterLocationsByType", context, type="WAREHOUSE", eventName="E")
    assert isinstance(event, SendEvent)
    dropped = {"droppedLocations": dict.fromkeys("AB", "type STORE")}
    assert event.attributes == {"locations": [LOCATIONS[2]], "latitude": 1, **dropped}


@pytest.mark.parametrize(("location", "changed"), [(REJECTED, True), (STORE_A, False)])
def test_a_fulfilment_that_nobody_can_send_changes_its_status(*, location: Any, changed: bool) -> None:
    tree = HomeDelivery(("a", 1))
    fulfilment = tree.fulfilment("PROCESSING", (10, 1, 0, 0))
    answers = {LocationOfAddress(fulfilment.from_address_id): location}
    context = tree.context(fulfilment, answers=answers, name="Fulfilment")
    actions = run(
        "order.ChangeStateForUnfulfilableFulfilment", context, systemRejectedLocationRef="RJT_1", status="ESCALATED"
    )
    assert actions == ([Update(fulfilment, {"status": "ESCALATED"})] if changed else [])
