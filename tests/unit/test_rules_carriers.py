"""Who transports the parcels, and what is taken away at once."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.rules import Action, Create, Join, RuleError, Update
from penstock.rules.questions import ByRef, ConsignmentsWaiting, LocationOfAddress
from penstock.testing import FakeContext, row, run
from penstock.testing.orders import HomeDelivery

CARRIERS: dict[Any, Any] = {
    ByRef("Carrier", ref): row("Carrier", id=n, ref=ref, name=name, workflow_ref="CARRIER::DEFAULT", workflow_version=3)
    for n, (ref, name) in enumerate(
        [("DHL", "DHL"), ("VAN", "Our van"), ("LAST", None), ("DEFAULT_CARRIER:1", None)], 70
    )
}


def store(default: str | None) -> Any:
    return row("Location", id=11, ref="A", type="STORE", primary_address_id=101, default_carrier=default)


def told(ref: str | None) -> list[dict[str, Any]] | None:
    return [{"name": "carrierRef", "type": "STRING", "value": ref}] if ref else None


def fulfilment(own: str | None, usual: str | None) -> tuple[HomeDelivery, Any, dict[Any, Any]]:
    order = HomeDelivery(("a", 1))
    planned = order.fulfilment("FULFILLED", (10, 1, 1, 0))
    planned.attributes = told(own)
    return order, planned, {**CARRIERS, LocationOfAddress(101): store(usual), ByRef("Carrier", "NOBODY"): None}


# Spec 32 §7: the property, then the fulfilment's own, the location's, the last resort.
@pytest.mark.parametrize(
    ("props", "own", "usual", "chosen"),
    [
        ({"carrierRef": "DHL", "default": "LAST"}, "VAN", "VAN", "DHL"),
        ({"default": "LAST"}, "VAN", "DHL", "VAN"),
        ({"default": "LAST"}, None, "DHL", "DHL"),
        ({"default": "LAST"}, None, None, "LAST"),
        ({}, None, None, "DEFAULT_CARRIER:1"),
    ],
)
def test_the_carrier_is_chosen_in_order(props: dict[str, str], own: str | None, usual: str | None, chosen: str) -> None:
    order, planned, answers = fulfilment(own, usual)
    actions = run("order.SelectCarrier", order.context(planned, answers=answers, name="Fulfilment"), **props)
    assert actions == [Update(planned, {"attributes": told(chosen)})]


def test_a_carrier_that_does_not_exist_is_not_chosen() -> None:
    order, planned, answers = fulfilment(None, "NOBODY")
    with pytest.raises(RuleError, match="there is no carrier NOBODY") as failure:
        run("order.SelectCarrier", order.context(planned, answers=answers, name="Fulfilment"), default="LAST")
    assert failure.value.code == 400
    answers[LocationOfAddress(101)] = None
    with pytest.raises(RuleError, match="no location at address 101") as failure:
        run("order.SelectCarrier", order.context(planned, answers=answers, name="Fulfilment"))
    assert failure.value.code == 404


@pytest.mark.parametrize(
    ("article", "own", "prop", "usual", "booked"),
    [
        ("DHL", "VAN", "LAST", "LAST", 70),
        (None, "VAN", "LAST", "LAST", 71),
        (None, None, "LAST", "DHL", 72),
        (None, None, None, "DHL", 70),
        (None, None, None, None, 73),
    ],
)
def test_bookings_go_by_the_choice(
    article: str | None, own: str | None, prop: str | None, usual: str | None, booked: int
) -> None:
    order, planned, answers = fulfilment(own, usual)
    order.article("PENDING_CONSIGNMENT", planned, attributes=told(article))
    context = order.context(planned, answers=answers, name="Fulfilment")
    actions = run("order.CreateDemoConsignment", context, labelUrl="l", carrierRef=prop)
    consignment = next(a.row for a in actions if isinstance(a, Create))
    assert consignment.carrier_id == booked


# --- manifests ---


def booking(id_: int, status: str) -> Any:
    return row("CarrierConsignment", id=id_, ref=f"B{id_}", carrier_id=70, status=status)


def manifest(
    waiting: list[Any], attributes: dict[str, Any] | None = None, usual: str | None = None, **props: Any
) -> list[Action]:
    place = store(usual)
    answers = {**CARRIERS, ByRef("Carrier", "NOBODY"): None}
    answers |= {ConsignmentsWaiting(id_, 11, ("CANCELLED",)): waiting for id_ in (70, 71, 73)}
    context = FakeContext("Location", place, root=place, attributes=attributes, answers=answers)
    return run("order.CreateManifest", context, **props)


def test_what_waits_for_the_carrier_is_listed() -> None:
    waiting = [booking(1, "LODGED"), booking(2, "BOOKING_FAILED"), booking(3, "PROCESSING"), booking(4, "CANCELLED")]
    created, *joined = manifest(waiting, {"carrierRef": "VAN"}, usual="DHL")
    assert isinstance(created, Create)
    made = created.row
    assert (made.ref, made.name, made.type) == (f"A-M{made.id}", "Our van 2026-03-02", "DEFAULT")
    assert (made.carrier_id, made.location_id, made.status) == (71, 11, "CREATED")
    columns = [{"manifest_id": made.id, "carrier_consignment_id": id_} for id_ in (1, 3)]
    assert joined == [Join("manifest_carrier_consignment", c) for c in columns]


@pytest.mark.parametrize(("usual", "carrier", "name"), [("DHL", 70, "DHL"), (None, 73, "DEFAULT_CARRIER:1")])
def test_without_a_name_it_is_the_usual_carrier(usual: str | None, carrier: int, name: str) -> None:
    created, _ = manifest([booking(1, "NEW")], usual=usual, type="DAILY")
    assert isinstance(created, Create)
    assert (created.row.carrier_id, created.row.name, created.row.type) == (carrier, f"{name} 2026-03-02", "DAILY")


def test_other_statuses_can_be_left_out() -> None:
    waiting = [booking(1, "LODGED"), booking(2, "BOOKING_FAILED")]
    _, joined = manifest(waiting, {"carrierRef": "DHL"}, excludedStatuses=["LODGED"])
    assert isinstance(joined, Join)
    assert joined.columns["carrier_consignment_id"] == 2


def test_no_manifest_without_bookings_or_carrier() -> None:
    with pytest.raises(RuleError, match="no booking with carrier DHL waits for a manifest at location A") as failure:
        manifest([booking(1, "CANCELLED")], {"carrierRef": "DHL"})
    assert failure.value.code == 422
    with pytest.raises(RuleError, match="there is no carrier NOBODY") as failure:
        manifest([], {"carrierRef": "NOBODY"})
    assert failure.value.code == 400
