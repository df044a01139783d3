"""A mixed basket from end to end: every choice is sourced by itself, and the order hears when all are done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mixedbaskets import DOCUMENT
from penstock.rules.names import resolve
from penstock.testing import NOW
from penstock.testing.simulation import Played, Simulation
from penstock.testing.simulation.shop import YORK, Shop
from penstock.workflows.lint import Severity, lint

LEEDS, LONDON = (53.7965, -1.5478), (51.5072, -0.1276)


def shop(**given: Any) -> Shop:
    """Return a retailer that delivers from Leeds and London; customers collect in York and London."""
    made = Shop(Simulation([DOCUMENT], **given))
    made.place("DC", "WAREHOUSE", LEEDS, {"CAP": 5})
    soho = made.place("SOHO", "STORE", LONDON, {"CAP": 5, "SCARF": 5})
    york = made.place("YORK", "STORE", YORK, {"CAP": 1}, network=False)
    collection = made.simulation.add("Network", ref="CC_1", type="CC", status="ACTIVE")
    for place in (soho, york):
        made.simulation.join("network_location", network_id=collection.id, location_id=place.id)
    return made


def multi(made: Shop, ref: str = "M1") -> Any:
    return made.simulation.add("Order", ref=ref, type="MULTI", customer_id=1)


def begin(made: Shop, order: Any, *choices: Any) -> Played:
    """Send what the mutation that creates a mixed basket sends."""
    played = made.simulation.send("CREATE", order)
    for choice in choices:
        more = made.simulation.send("CREATE", choice)
        played.happened += more.happened
        played.failures += more.failures
        played.scheduled += more.scheduled
    return played


def sent(made: Shop) -> list[tuple[str, str, str, str]]:
    places = {place.primary_address_id: place.ref for place in made.simulation.rows("Location")}
    found = made.simulation.rows("Fulfilment")
    return [(f.ref, f.fulfilment_choice_ref, f.type, f"{places[f.from_address_id]} {f.status}") for f in found]


def test_the_workflow_is_sound() -> None:
    assert [f for f in lint([DOCUMENT], resolve) if f.severity is not Severity.INFO] == []


def test_two_choices_are_sourced_by_themselves_and_the_order_is_told() -> None:
    made = shop()
    simulation, order = made.simulation, multi(made)
    home = made.choice(order, "HOME", {"CAP": 2}, to=None)
    collected = made.choice(order, "SHOP", {"CAP": 1, "SCARF": 1}, pickup="YORK")
    played = begin(made, order, home, collected)
    assert (played.failures, [e.name for e in played.happened if e.result == "NO_MATCH"]) == (
        [],
        ["FulfilmentChoiceBooked", "FulfilmentAssigned"],  # of the second choice, and of its second fulfilment
    )
    assert sent(made) == [
        ("M1-1", "HOME", "HD_PFDC", "DC ASSIGNED"),
        ("M1-2", "SHOP", "CC_PFS", "YORK ASSIGNED"),
        ("M1-3", "SHOP", "CC_PFS", "SOHO ASSIGNED"),
    ]
    address = simulation.one("Location", ref="YORK").primary_address_id
    to = [f.to_address_id for f in simulation.rows("Fulfilment")]
    assert to == [simulation.one("CustomerAddress").id, address, address]
    kinds = [f.attributes[0]["value"] for f in simulation.rows("Fulfilment")]
    assert kinds == ["HD_PFDC", "CC_PFCP", "CC_PFS"]
    assert [p.on_hand for p in simulation.rows("InventoryPosition", product_ref="CAP")] == [3, 5, 0]

    assert (simulation.one("Order").status, home.ref) == ("BOOKED", "HOME")
    first, second, third = simulation.rows("Fulfilment")
    for fulfilment, statuses in (
        (first, ("BOOKED", "COMPLETE", "PICK_PACK")),
        (second, ("BOOKED", "COMPLETE", "PICK_PACK")),
        (third, ("COMPLETE", "COMPLETE", "COMPLETE")),
    ):
        assert simulation.send("Done", fulfilment).failures == []
        found = [simulation.one("Order").status, *(c.status for c in simulation.rows("FulfilmentChoice"))]
        assert tuple(found) == statuses


def test_a_refused_fulfilment_is_sourced_again_within_its_choice_and_its_split_limit() -> None:
    made = shop()
    simulation, order = made.simulation, multi(made)
    home = made.choice(order, "HOME", {"CAP": 1})
    assert begin(made, order, home, made.choice(order, "SHOP", {"SCARF": 1}, pickup="YORK")).failures == []
    for ref in ("M1-1", "M1-3"):
        assert simulation.send("Refuse", simulation.one("Fulfilment", ref=ref)).failures == []
    assert sent(made) == [
        ("M1-1", "HOME", "HD_PFDC", "DC REJECTED"),
        ("M1-2", "SHOP", "CC_PFS", "SOHO ASSIGNED"),
        ("M1-3", "HOME", "HD_PFS", "SOHO REJECTED"),  # which the other choice has used
        ("M1-4", "HOME", "HD_PFS", "RJT_1 ESCALATED"),
    ]
    assert simulation.send("Done", simulation.one("Fulfilment", ref="M1-2")).failures == []
    assert [c.status for c in simulation.rows("FulfilmentChoice")] == ["PICK_PACK", "COMPLETE"]
    assert simulation.one("Order").status == "BOOKED"


def test_an_invalid_pickup_location_escalates_its_choice_only() -> None:
    made = shop()
    simulation, order = made.simulation, multi(made)
    wrong = made.choice(order, "SHOP", {"CAP": 1}, pickup="DC")
    begin(made, order, wrong, made.choice(order, "HOME", {"CAP": 1}))
    assert [c.status for c in simulation.rows("FulfilmentChoice")] == ["ESCALATED", "PICK_PACK"]
    (only,) = simulation.rows("Fulfilment")
    simulation.send("Done", only)
    assert (only.fulfilment_choice_ref, simulation.one("Order").status) == ("HOME", "COMPLETE")


def test_a_later_delivery_is_sourced_later() -> None:
    made = shop(settings={"fc.order.sourcing.reservation.time": 48})
    simulation, order = made.simulation, multi(made)
    later = made.choice(order, "HOME", {"CAP": 1}, deliver_after=NOW + timedelta(days=10))
    played = begin(made, order, later)
    assert [(s.name, s.entity_ref, s.at) for s in played.scheduled] == [
        ("FindAndCreateFulfilment", "HOME", NOW + timedelta(days=8))
    ]
    assert ([c.status for c in simulation.rows("FulfilmentChoice")], sent(made)) == (["BOOKED"], [])
    assert simulation.advance(timedelta(days=8)).failures == []
    assert sent(made) == [("M1-1", "HOME", "HD_PFDC", "DC ASSIGNED")]


def test_cancelling_reaches_every_choice() -> None:
    made = shop(settings={"fc.order.sourcing.reservation.time": 48})
    simulation, order = made.simulation, multi(made)
    later = NOW + timedelta(days=10)
    choices = [made.choice(order, ref, {"CAP": 1}, deliver_after=later) for ref in ("ONE", "TWO")]
    begin(made, order, *choices)
    played = simulation.send("OrderCancel", order)
    assert played.failures == []
    assert [e.entity_ref for e in played.of("CancelFulfilmentChoice")] == ["ONE", "TWO"]
    assert [c.status for c in simulation.rows("FulfilmentChoice")] == ["CANCELLED", "CANCELLED"]
    simulation.advance(timedelta(days=10))
    assert sent(made) == []
