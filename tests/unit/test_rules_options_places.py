"""Fulfilment options: what is asked for, and where it goes (spec 21 §9.2, steps 1 and 2)."""

from __future__ import annotations

from typing import Any

import pytest
from optioncases import FORWARDED, S1, S2, STREET, SYDNEY, W1, WANTED, added, asked, play

from penstock.rules import RuleError, RuleExecutionError
from penstock.rules.names import resolve
from penstock.rules.questions import ById, ByRef, Geocode, NetworkLocations
from penstock.testing import FakeContext, row


def test_the_rules_go_by_the_older_name_too() -> None:
    for name in ("LoadFulfilmentOptionFO", "UpdateFulfilmentPlansStatusFO"):
        assert resolve(f"ACME.fulfilmentoption.{name}") is resolve(f"ACME.globalinventory.{name}") is not None


# --- loading ---


def test_the_option_goes_into_the_event() -> None:
    context = asked({"why": "so"}, order_type="HD", tracking_code="cart-7")
    found = added("LoadFulfilmentOptionFO", context)
    assert found.keys() == {"why", "fulfilmentOption"}
    assert found["fulfilmentOption"] == {
        "id": "5",
        "ref": "CART",
        "type": "HD",
        "retailerId": 1,
        "orderType": "HD",
        "locationRef": None,
        "trackingCode": "cart-7",
        "address": SYDNEY,
        "products": WANTED,
        "attributes": None,
    }


@pytest.mark.parametrize("given", [10, 10.0, "10"])
def test_its_radius_becomes_that_of_the_event(given: object) -> None:
    radius = {"name": "Radius", "type": "INTEGER", "value": given}
    assert added("LoadFulfilmentOptionFO", _with(radius))["radius"] == 10.0


def _with(*attributes: dict[str, Any]) -> FakeContext:
    context = asked()
    context.entity.attributes = list(attributes)
    return context


@pytest.mark.parametrize("given", ["near", -1, True, "nan", "inf", [5]])
def test_a_radius_that_is_no_distance_is_refused(given: object) -> None:
    with pytest.raises(
        RuleError, match=r"option CART: attribute radius must be a number of kilometres, not"
    ) as failure:
        play("LoadFulfilmentOptionFO", _with({"name": "radius", "type": "STRING", "value": given}))
    assert failure.value.code == 400


@pytest.mark.parametrize("units", [None, "many", 1.5])
def test_units_are_whole_numbers(units: object) -> None:
    with pytest.raises(RuleError, match="requestedQuantity of product A must be a whole number, not"):
        play("LoadFulfilmentOptionFO", asked(products=[{"productRef": "A", "requestedQuantity": units}]))


@pytest.mark.parametrize("units", [0, -1])
def test_units_are_above_zero(units: int) -> None:
    with pytest.raises(RuleError, match=f"requestedQuantity of product A must be above 0, not {units}"):
        play("LoadFulfilmentOptionFO", asked(products=[{"productRef": "A", "requestedQuantity": units}]))


@pytest.mark.parametrize("products", [None, []])
def test_something_has_to_be_asked_for(products: object) -> None:
    with pytest.raises(RuleError, match="option CART: products is empty"):
        play("LoadFulfilmentOptionFO", asked(products=products))


# --- where to ---


def test_coordinates_decide() -> None:
    found = added("ForwardIfCoordinatesPresentFO", asked())
    assert found == SYDNEY
    assert play("ForwardIfCoordinatesNotPresentFO", asked()) == []
    zero = {"latitude": 0.0, "longitude": 0.0}
    assert added("ForwardIfCoordinatesPresentFO", asked(address=zero)) == zero


@pytest.mark.parametrize("address", [None, STREET, {**STREET, "latitude": 1.0}, {"latitude": None, "longitude": 2.0}])
def test_coordinates_are_missing(address: object) -> None:
    assert play("ForwardIfCoordinatesPresentFO", asked(address=address)) == []
    assert play("ForwardIfCoordinatesNotPresentFO", asked(address=address)) == FORWARDED


@pytest.mark.parametrize(
    ("address", "there"),
    [(STREET, True), (SYDNEY, True), (None, False), ({}, False), ({"city": "", "name": None}, False)],
)
def test_an_address_decides(*, address: object, there: bool) -> None:
    assert play("ForwardIfDeliveryAddressPresentFO", asked(address=address)) == (FORWARDED if there else [])
    assert play("ForwardIfDeliveryAddressNotPresentFO", asked(address=address)) == ([] if there else FORWARDED)


GEOCODE = Geocode("AU", "2000", "Sydney")
HERE = (SYDNEY["latitude"], SYDNEY["longitude"])


def test_an_address_is_looked_up() -> None:
    context = asked(answers={GEOCODE: HERE}, address=STREET)
    assert added("CalculateCoordinatesForDeliveryAddressFO", context) == SYDNEY


def test_an_address_that_cannot_be_placed_is_left_to_the_workflow() -> None:
    context = asked(answers={GEOCODE: None}, address=STREET)
    with pytest.raises(RuleExecutionError, match="option CART: there are no coordinates for country AU, postcode 2000"):
        play("CalculateCoordinatesForDeliveryAddressFO", context)


# --- where from, for collection ---


@pytest.mark.parametrize(("ref", "there"), [("S1", True), (None, False), ("", False)])
def test_a_pickup_location_decides(*, ref: str | None, there: bool) -> None:
    context = asked(location_ref=ref)
    assert play("ForwardIfPickupLocationRefPresentFO", context) == (FORWARDED if there else [])
    assert play("ForwardIfPickupLocationRefNotPresentFO", context) == ([] if there else FORWARDED)


PLACE = row("Location", id=11, ref="S1", type="STORE", primary_address_id=101)


def pickup(address: Any, location: Any = PLACE) -> FakeContext:
    answers = {ByRef("Location", "S1", within=1): location, ById("StoreAddress", 101): address}
    return asked(answers=answers, location_ref="S1")


def test_the_pickup_location_is_placed() -> None:
    there = {"latitude": S1["latitude"], "longitude": S1["longitude"]}
    address = row("StoreAddress", id=101, **there)
    found = added("GetCoordinatesForPickupLocationFO", pickup(address))
    assert round(found.pop("pickupDistance") / 1000, 2) == 3.32
    assert found == {"pickupLocationRef": "S1", **there}
    context = pickup(address)
    context.entity.address = STREET
    found = added("GetCoordinatesForPickupLocationFO", context)
    assert found == {"pickupLocationRef": "S1", **there}


@pytest.mark.parametrize(
    ("address", "location", "what"),
    [
        (None, None, "locationRef: there is no location S1"),
        (None, PLACE, "locationRef: location S1 has no coordinates"),
        (row("StoreAddress", id=101, latitude=1.0), PLACE, "locationRef: location S1 has no coordinates"),
    ],
)
def test_a_pickup_location_that_cannot_be_placed_is_left_to_the_workflow(
    address: Any, location: Any, what: str
) -> None:
    with pytest.raises(RuleExecutionError, match=what):
        play("GetCoordinatesForPickupLocationFO", pickup(address, location))


def test_a_pickup_location_has_to_be_named() -> None:
    with pytest.raises(RuleExecutionError, match="there is no location None"):
        play("GetCoordinatesForPickupLocationFO", asked())


def closest(radius: object, members: Any = (S2, W1, S1), **values: Any) -> Any:
    answers = {NetworkLocations("CC_1"): members and list(members), GEOCODE: values.pop("geocoded", None)}
    props = {"networkRef": "CC_1", "locationStatuses": ["ACTIVE"], "locationPickupRadius": radius}
    return added("FindClosestPickupLocationFO", asked(answers=answers, **values), **props)


def test_the_nearest_location_in_an_accepted_status_is_found() -> None:
    found = closest("4")
    assert round(found.pop("pickupDistance") / 1000, 2) == 3.32
    assert found == {"pickupLocationRef": "S1", "latitude": S1["latitude"], "longitude": S1["longitude"]}
    nearer = {**S1, "ref": "S0", **SYDNEY}
    assert closest(0, [S1, nearer])["pickupLocationRef"] == "S0"
    assert closest(4, address=STREET, geocoded=HERE)["pickupLocationRef"] == "S1"


@pytest.mark.parametrize(
    ("radius", "members", "values", "what"),
    [
        (3, [S1], {}, "no location of network CC_1 is within 3 km"),
        (999, [S2], {}, "no location of network CC_1 is within 999 km"),
        (999, [{**S1, "latitude": None}], {}, "no location of network CC_1"),
        (4, [S1], {"address": STREET}, "there are no coordinates for country AU"),
    ],
)
def test_nothing_near_enough_is_left_to_the_workflow(radius: int, members: Any, values: Any, what: str) -> None:
    with pytest.raises(RuleExecutionError, match=what):
        closest(radius, members, **values)


def test_the_network_has_to_exist_and_the_radius_to_be_a_number() -> None:
    with pytest.raises(RuleError, match="networkRef: there is no network CC_1") as failure:
        closest(4, None)
    assert failure.value.code == 404
    with pytest.raises(RuleError, match="locationPickupRadius must be a whole number, not 'near'"):
        closest("near")
