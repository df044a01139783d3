"""Where fulfilment choices go (spec 31 §4, 35 §2)."""

from __future__ import annotations

from typing import Any

import pytest
from choicecases import CHOICE, HOME, PICKUP, at, attributes, basket

from penstock.rules import RuleError, SendEvent, Update
from penstock.rules.questions import ById, ByRef, Geocode, NetworkLocations
from penstock.testing import row, run
from penstock.testing.orders import HomeDelivery

# --- the delivery address ---


def test_coordinates_of_a_choice_decide_the_way() -> None:
    tree = basket()
    present, absent = (f"order.ForwardIfFulfilmentChoiceCoordinates{way}" for way in ("Present", "NotPresent"))
    tree.address.latitude = 53.9
    assert run(present, at(tree, tree.choice), eventName="X") == []
    assert run(absent, at(tree, tree.choice, {"k": 1}), eventName="X") == [SendEvent("X", attributes={"k": 1, **HOME})]
    tree.address.longitude = -1.1
    found = {"latitude": 53.9, "longitude": -1.1}
    assert attributes(run(present, at(tree, tree.choice, {"k": 1}), eventName="X")) == {"k": 1, **HOME, **found}
    assert run(absent, at(tree, tree.choice), eventName="X") == []
    assert run(present, at(tree, tree.collection), eventName="X") == []


def test_a_choice_with_and_without_address() -> None:
    tree = basket()
    present, absent = "order.ForwardIfDeliveryAddressPresent", "order.ForwardIfDeliveryAddressNotPresent"
    assert run(present, at(tree, tree.choice), eventName="X") == [SendEvent("X", attributes=HOME)]
    assert run(absent, at(tree, tree.choice), eventName="X") == []
    assert run(present, at(tree, tree.collection), eventName="X") == []
    assert run(absent, at(tree, tree.collection), eventName="X") == [SendEvent("X", attributes=CHOICE)]


def test_coordinates_of_a_choice_of_a_type() -> None:
    tree, name = basket(), "order.ForwardEventWithDeliveryAddressCoordinatesByType"
    assert run(name, at(tree, tree.collection), eventName="X", type="HD") == []
    with pytest.raises(RuleError, match="delivery address of fulfilment choice FC of order O1 has no coord") as failure:
        run(name, at(tree, tree.choice), eventName="X", type="HD")
    assert failure.value.code == 422
    tree.address.latitude, tree.address.longitude = 53.9, -1.1
    found = {"latitude": 53.9, "longitude": -1.1}
    assert attributes(run(name, at(tree, tree.choice), eventName="X", type="HD")) == {**HOME, **found}


@pytest.mark.parametrize(("found", "name"), [((53.9, -1.1), "Good"), (None, "Bad")])
def test_geocoding_a_choice(found: tuple[float, float] | None, name: str) -> None:
    tree, resolve = basket(), "order.ResolveFulfilmentChoiceCoordinates"
    context = tree.of(tree.choice, answers={Geocode("UK", None, "York"): found})
    [event] = run(resolve, context, validAddress="Good", invalidAddress="Bad")
    assert isinstance(event, SendEvent)
    assert event.name == name
    if found:
        assert event.attributes == {**HOME, "latitude": 53.9, "longitude": -1.1}
        stored = run("order.UpdateOrderCoordinates", tree.of(tree.choice, event.attributes))
        assert stored == [Update(tree.address, {"latitude": 53.9, "longitude": -1.1})]


def test_without_an_address_nothing_is_found_or_stored() -> None:
    tree, props = basket(), {"validAddress": "Good", "invalidAddress": "Bad"}
    assert run("order.ResolveFulfilmentChoiceCoordinates", tree.of(tree.collection), **props) == [SendEvent("Bad")]
    with pytest.raises(RuleError, match="fulfilment choice CC of order O1 has no delivery address") as failure:
        run("order.UpdateOrderCoordinates", at(tree, tree.collection, {"latitude": 1, "longitude": 2}))
    assert failure.value.code == 404


# --- the pickup location ---


def collected() -> HomeDelivery:
    order = HomeDelivery(("a", 1))
    order.order.type = order.choice.type = "CC"
    order.choice.pickup_location_ref = "A"
    return order


def test_coordinates_of_the_pickup_location() -> None:
    found = {"latitude": 53.8, "longitude": -1.5}
    context = collected().context(attributes={"k": 1}, answers=PICKUP)
    sent = run("order.ForwardEventWithPickupLocationCoordinates", context, eventName="X")
    assert attributes(sent) == {"k": 1, **found}
    tree, name = basket(), "order.ForwardEventWithPickupLocationCoordinatesByType"
    sent = run(name, tree.of(tree.collection, answers=PICKUP), eventName="X", type="CC")
    assert attributes(sent) == {**CHOICE, **found}
    assert run(name, tree.of(tree.choice), eventName="X", type="CC") == []


NOWHERE = row("Location", id=11, ref="A", primary_address_id=None)
UNPLACED = row("StoreAddress", id=101, latitude=53.8, longitude=None)


@pytest.mark.parametrize(
    ("ref", "answers", "code", "message"),
    [
        (None, {}, 422, "has no pickupLocationRef"),
        ("A", {ByRef("Location", "A", within=1): None}, 404, "there is no location A"),
        ("A", {ByRef("Location", "A", within=1): NOWHERE}, 422, "pickup location of order O1 has no coordinates"),
        ("A", {**PICKUP, ById("StoreAddress", 101): UNPLACED}, 422, "has no coordinates"),
    ],
)
def test_a_pickup_location_that_is_nowhere(ref: str | None, answers: Any, code: int, message: str) -> None:
    order = collected()
    order.choice.pickup_location_ref = ref
    with pytest.raises(RuleError, match=message) as failure:
        run("order.ForwardEventWithPickupLocationCoordinates", order.context(answers=answers), eventName="X")
    assert failure.value.code == code


@pytest.mark.parametrize(
    ("ref", "members", "valid"),
    [
        ("A", [{"ref": "B", "status": "ACTIVE"}, {"ref": "A", "status": "ACTIVE"}], True),
        ("A", [{"ref": "A", "status": "INACTIVE"}], False),
        ("A", [{"ref": "B", "status": "ACTIVE"}], False),
        (None, [{"ref": "A", "status": "ACTIVE"}], False),
    ],
)
@pytest.mark.parametrize("kind", ["ORDER", "FULFILMENT_CHOICE"])
def test_valid_pickup_locations(*, kind: str, ref: str | None, members: list[dict[str, str]], valid: bool) -> None:
    tree, answers = basket(), {NetworkLocations("CC_1"): members}
    tree.collection.pickup_location_ref = ref
    context, forwarded = tree.context(tree.collection, answers=answers, name="FulfilmentChoice"), CHOICE
    if kind == "ORDER":
        order = collected()
        order.choice.pickup_location_ref = ref
        context, forwarded = order.context(answers=answers), {}
    sent = [SendEvent("X", attributes=forwarded or None)]
    props = {"eventName": "X", "networkRef": "CC_1"}
    assert run("order.ForwardIfPickupLocationValid", context, **props) == (sent if valid else [])
    assert run("order.ForwardIfPickupLocationNotValid", context, **props) == ([] if valid else sent)


@pytest.mark.parametrize("name", ["order.ForwardIfPickupLocationValid", "order.ForwardIfPickupLocationNotValid"])
def test_an_unknown_network_is_named(name: str) -> None:
    context = collected().context(answers={NetworkLocations("NO"): None})
    with pytest.raises(RuleError, match="networkRef: there is no network NO") as failure:
        run(name, context, eventName="X", networkRef="NO")
    assert failure.value.code == 404
