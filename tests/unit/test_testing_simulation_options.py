"""The workflows of fulfilment options in memory, with the worked example of spec 21 §9.5."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.rules.questions import Setting
from penstock.testing.simulation import Played, Simulation
from penstock.testing.simulation.shop import Shop
from penstock.workflows.documents import reference

DOCUMENTS = [d for d in reference("ACME", 1) if d["entityType"] == "FULFILMENT_OPTIONS"]
SYDNEY = (-33.8688, 151.2093)
NEAR, PARRAMATTA, MELBOURNE = (-33.8390, 151.2070), (-33.8150, 151.0011), (-37.8136, 144.9631)
WANTED = {"A": 2, "B": 1}


class Options:
    """The retailer of the worked example; S1 picks and packs within four hours."""

    def __init__(self) -> None:
        self.simulation = Simulation(DOCUMENTS, answers={Setting: self._setting})
        self.shop = Shop(self.simulation)
        self.pickup = self.simulation.add("Network", ref="CC_1", type="CC", status="ACTIVE")
        self.place("S1", "STORE", NEAR, {"A": 1})
        self.place("S2", "STORE", PARRAMATTA, {"A": 5, "B": 1})
        self.place("W1", "WAREHOUSE", MELBOURNE, {"A": 50, "B": 50}, collected=False)

    def _setting(self, question: Setting) -> str | None:
        """Return the only setting that there is."""
        hurried = Setting("PICK_N_PACK_TIME_LIMIT", self.simulation.one("Location", ref="S1").id)
        return "4" if question == hurried else None

    def place(
        self, ref: str, type_: str, at: tuple[float, float], stock: dict[str, int], *, collected: bool = True
    ) -> None:
        """Add a place that sends, and where one may collect."""
        place = self.shop.place(ref, type_, at, stock)
        if collected:
            self.simulation.join("network_location", network_id=self.pickup.id, location_id=place.id)

    def ask(
        self, type_: str = "HD", units: dict[str, int] | None = None, **values: Any
    ) -> tuple[str, list[Any], Played]:
        """Ask for some units; return the option's status, its plans, and what happened."""
        wanted = [{"productRef": ref, "requestedQuantity": n} for ref, n in (units or WANTED).items()]
        address = values.pop("at", SYDNEY)
        where = values.pop("address", {"latitude": address[0], "longitude": address[1]} if address else None)
        radius = values.pop("radius", None)
        attributes = None if radius is None else [{"name": "radius", "type": "INTEGER", "value": radius}]
        about = {"address": where, "attributes": attributes, "products": wanted, **values}
        option = self.simulation.add("FulfilmentOption", ref="CART", type=type_, **about)
        played = self.simulation.send("CREATE", option)
        option = self.simulation.one("FulfilmentOption", id=option.id)
        return option.status, self.simulation.rows("FulfilmentPlan", fulfilment_option_id=option.id), played


def sent(plan: Any) -> list[str]:
    """Return the fulfilments of a plan in short: ``"S1 HD_PFS 4h A1/2"``."""
    return [
        f"{f['locationRef']} {f['fulfilmentType']} {f['eta']}h "
        + " ".join(f"{i['productRef']}{i['availableQuantity']}/{i['requestedQuantity']}" for i in f["items"])
        for f in plan.fulfilments
    ]


def attributes(plan: Any) -> dict[str, Any]:
    return {a["name"]: a["value"] for a in plan.attributes}


def test_the_worked_example() -> None:
    status, (plan,), played = Options().ask()
    assert (status, played.failures) == ("COMPLETE", [])
    assert {(e.name, e.result) for e in played.happened if e.result != "SUCCESS"} == set()
    assert (plan.type, plan.status, plan.split_count, plan.eta, plan.retailer_id) == ("HD", "FULFILLED", 1, "24", 1)
    assert sent(plan) == ["S1 HD_PFS 4h A1/2", "S2 HD_PFS 24h A5/2 B1/1"]
    assert plan.exceptions == []
    assert attributes(plan) == {"distance": 3.32}


def test_the_worked_example_within_a_radius() -> None:
    options = Options()
    status, (plan,), _ = options.ask(radius=10)
    assert (status, plan.status, plan.split_count, plan.eta) == ("COMPLETE", "PARTIALLY_FULFILLED", 0, "4")
    assert sent(plan) == ["S1 HD_PFS 4h A1/2"]
    assert [(e["code"], e["message"]) for e in plan.exceptions] == [
        ("OUT_OF_STOCK", "SKU A: 1 of 2 not available"),
        ("OUT_OF_STOCK", "SKU B: 1 of 1 not available"),
    ]
    status, plans, played = options.ask(radius=1)
    assert (status, plans, played.failures) == ("COMPLETE", [], [])


def test_nothing_available_is_no_plan() -> None:
    status, plans, played = Options().ask(units={"C": 1})
    assert (status, plans, played.failures) == ("COMPLETE", [], [])


def test_an_address_is_looked_up() -> None:
    options = Options()
    status, (plan,), played = options.ask(address={"country": "AU", "city": "Sydney"})
    assert (status, plan.status, played.failures) == ("COMPLETE", "FULFILLED", [])
    assert "CalculateCoordinates" in played.names


@pytest.mark.parametrize("address", [None, {}, {"country": "AU", "city": "Nowhere", "postcode": "ZZ"}])
def test_without_an_address_that_can_be_placed_the_option_fails(address: Any) -> None:
    status, plans, played = Options().ask(address=address)
    assert (status, plans, played.failures) == ("FAILED", [], [])
    assert played.names[-1] == "ProcessError"


def test_what_is_collected_at_a_place_that_the_customer_names() -> None:
    status, (plan,), played = Options().ask("CC", location_ref="S2")
    assert (status, played.failures) == ("COMPLETE", [])
    assert sent(plan) == ["S2 CC_PFS 24h A5/2 B1/1"]
    assert attributes(plan) == {"distance": pytest.approx(20.138, abs=0.01), "pickupLocationRef": "S2"}


def test_what_is_collected_at_the_nearest_place() -> None:
    options = Options()
    status, (plan,), played = options.ask("CC")
    assert (status, played.failures) == ("COMPLETE", [])
    # 22 §4 from S1: itself 50 + 16.67, S2 0.05 + 50; what comes from S2 is transferred.
    assert sent(plan) == ["S1 CC_PFS 4h A1/2", "S2 CC_PFS 24h A5/2 B1/1"]
    assert (plan.status, plan.eta) == ("FULFILLED", "24")
    assert attributes(plan) == {"distance": 3.32, "pickupLocationRef": "S1"}
    _, (alone,), _ = options.ask("CC", units={"A": 1})
    assert (sent(alone), alone.eta) == (["S1 CC_PFS 4h A1/1"], "4")


@pytest.mark.parametrize(
    "values", [{"location_ref": "ZZ"}, {"at": MELBOURNE}, {"address": None}, {"address": {"city": "Nowhere"}}]
)
def test_without_a_place_to_collect_at_the_option_fails(values: Any) -> None:
    status, plans, played = Options().ask("CC", **values)
    assert (status, plans, played.failures) == ("FAILED", [], [])


def test_what_there_is_in_all() -> None:
    options = Options()
    add = options.simulation.add
    total = add("VirtualCatalogue", ref="ATS_ALL:1", type="AGGREGATE", status="ACTIVE", inventory_catalogue_ref="I")
    for product, units in (("A", 56), ("B", 0)):
        about = {"product_ref": product, "quantity": units, "group_ref": "ATS_ALL:1", "status": "ACTIVE"}
        add("VirtualPosition", ref=f"{product}:ATS_ALL:1", type="AGGREGATE", catalogue_id=total.id, **about)
    status, (plan,), played = options.ask("PA", at=None)
    assert (status, played.failures) == ("COMPLETE", [])
    assert (plan.type, plan.status, plan.split_count, plan.eta) == ("PA", "PARTIALLY_FULFILLED", 0, "24")
    assert sent(plan) == ["ATS_ALL:1 None 24h A56/2"]
    assert [e["message"] for e in plan.exceptions] == ["SKU B: 1 of 1 not available"]
    assert options.ask("PA", units={"B": 1})[:2] == ("COMPLETE", [])


def test_an_option_that_asks_for_nonsense_makes_its_event_fail() -> None:
    status, plans, played = Options().ask(units={"A": 0})
    assert (status, plans) == ("CREATED", [])
    (failure,) = played.failures
    assert failure.endswith("option CART: requestedQuantity of product A must be above 0, not 0")
