"""What the chain of rules tells of each location that it proposes, and of those that it does not (spec 22 §17)."""

from __future__ import annotations

from typing import Any

from penstock.rules import Log, SendEvent
from penstock.rules.questions import NetworkLocations, Setting
from penstock.testing import run
from penstock.testing.orders import HomeDelivery

PLACES = [
    {"ref": ref, "addressId": str(address), "type": "STORE", "distance": distance}
    for ref, address, distance in (("A", 101, 5_000.0), ("B", 102, 10_000.0), ("C", 103, 50_000.0))
]
NEEDED = (("a", 2), ("b", 1))


def told(
    order: HomeDelivery,
    stock: dict[str, dict[str, int]],
    *,
    first: object = False,
    answers: dict[Any, Any] | None = None,
    **event: Any,
) -> Log:
    """Return the log entry of the rule, with locations and stock as earlier rules put them into the event."""
    positions = [
        {"ref": f"{product}:{place}", "productRef": product, "groupRef": place, "quantity": units, "status": "ACTIVE"}
        for place, own in stock.items()
        for product, units in own.items()
    ]
    context = order.context(attributes={"locations": PLACES, "virtualPositions": positions, **event}, answers=answers)
    actions = run("order.SelectProposedFulfilment", context, eventName="X", singleLocationFirst=first)
    (log,) = [action for action in actions if isinstance(action, Log)]
    return log


def test_l1_everybody_s_rating_and_why_they_lost() -> None:
    log = told(HomeDelivery(*NEEDED), {"A": {"a": 1}, "B": {"a": 2, "b": 1}, "C": {"a": 10, "b": 10}})
    assert (log.name, log.message) == ("SourcingChain", "B of 3 candidates for a2,b1")
    assert log.attributes == {
        "generation": "chain",
        "request": f"order {HomeDelivery().order.ref}",
        "need": {"a": 2, "b": 1},
        "proposed": "B",
        "candidates": [
            {"locationRef": "B", "rating": 75.0, "distance": 10_000},
            {"locationRef": "A", "rating": 66.6667, "distance": 5_000, "lost": "B is rated higher"},
            {"locationRef": "C", "rating": 55.0, "distance": 50_000, "lost": "B is rated higher"},
        ],
        "candidateCount": 3,
        "excluded": {},
        "excludedCount": 0,
    }


def test_who_is_no_candidate_and_why() -> None:
    order = HomeDelivery(*NEEDED)
    order.fulfilment("CANCELLED", (10, 1, 0, 1), address=101)
    log = told(order, {"A": {"a": 1}, "B": {"a": 1}}, excludedLocations=["B"])
    assert log.message == "no location of 0 candidates for a2,b1"
    assert log.attributes["excluded"] == {"A": "used before", "B": "excluded by the event", "C": "nothing in stock"}


def test_who_dropped_out_before_and_why() -> None:
    near, far = {"latitude": 53.9, "longitude": -1.1}, {"latitude": 51.5, "longitude": -0.1}
    members = [
        {"ref": "A", "addressId": "101", "type": "STORE", "status": "ACTIVE", **near},
        {"ref": "B", "addressId": "102", "type": "STORE", "status": "INACTIVE", **near},
        {"ref": "C", "addressId": "103", "type": "STORE", "status": "ACTIVE", "latitude": None, "longitude": None},
        {"ref": "D", "addressId": "104", "type": "STORE", "status": "ACTIVE", **far},
        {"ref": "E", "addressId": "105", "type": "WAREHOUSE", "status": "ACTIVE", **near},
    ]
    order = HomeDelivery(*NEEDED)
    event: dict[str, Any] = {**near, "radius": 20}
    for name, props in (
        ("GetLocationsForNetwork", {"networkRef": "HD_1", "locationStatuses": ["ACTIVE"]}),
        ("CalculateLocationsDistances", {}),
        ("FilterLocationsByRadius", {}),
        ("FilterLocationsByType", {"type": ["STORE"]}),
    ):
        context = order.context(attributes=event, answers={NetworkLocations("HD_1"): members})
        (sent,) = run(f"order.{name}", context, eventName="X", **props)
        assert isinstance(sent, SendEvent)
        event = sent.attributes or {}
    log = told(order, {"A": {"a": 2, "b": 1}}, **event)
    assert (log.attributes["proposed"], log.attributes["excludedCount"]) == ("A", 4)
    assert log.attributes["excluded"] == {
        "B": "status INACTIVE",
        "C": "no coordinates",
        "D": "farther than 20 km",
        "E": "type WAREHOUSE",
    }


def test_a_new_search_forgets_who_dropped_out_of_the_last_one() -> None:
    members = [{**PLACES[0], "status": "ACTIVE"}]
    context = HomeDelivery().context(
        attributes={"droppedLocations": {"A": "farther than 1 km"}}, answers={NetworkLocations("HD_1"): members}
    )
    props = {"networkRef": "HD_1", "locationStatuses": ["ACTIVE"], "eventName": "X"}
    assert run("order.GetLocationsForNetwork", context, **props) == [
        SendEvent("X", attributes={"droppedLocations": {}, "locations": members})
    ]
    log = told(HomeDelivery(*NEEDED), {"A": {"a": 1}}, droppedLocations={"A": "brought back by a rule of ours"})
    assert (log.attributes["proposed"], list(log.attributes["excluded"])) == ("A", ["B", "C"])


def test_the_rejected_location_is_no_candidate() -> None:
    order = HomeDelivery(*NEEDED)
    ref = f"RJT_{order.order.retailer_id}"
    log = told(order, {ref: {"a": 2, "b": 1}}, locations=[{**PLACES[0], "ref": ref}])
    assert (log.attributes["proposed"], log.attributes["excluded"]) == (None, {ref: "system rejected location"})


def test_ties_and_whoever_has_everything_first() -> None:
    stock = {"A": {"a": 1}, "B": {"a": 1, "b": 1}}
    order = HomeDelivery(("a", 1), ("b", 1))
    tie = told(order, stock).attributes
    assert tie["proposed"] == "A"
    assert tie["candidates"][1]["lost"] == "A is rated as high, and nearer or first by name"
    whole = told(order, stock, first=True).attributes
    assert whole["proposed"] == "B"
    assert whole["candidates"][1]["lost"] == "B has everything, and it has not"


def test_a_tie_that_coverage_does_not_decide_is_told_as_one() -> None:
    order = HomeDelivery(*NEEDED)
    places = [{**PLACES[0], "ref": ref, "addressId": str(n)} for n, ref in enumerate("AB", 101)]
    unweighted = {Setting("QUANTITY.WEIGHTING.FACTOR"): 0}
    log = told(order, {"A": {"a": 2, "b": 1}, "B": {"a": 1}}, answers=unweighted, locations=places)
    assert log.attributes["candidates"][1]["lost"] == "A is rated as high, and nearer or first by name"


def test_after_three_refusals_nobody_is_rated() -> None:
    log = told(HomeDelivery(*NEEDED), {"A": {"a": 2}}, sourcingRefusals=3)
    assert log.message == "no location for a2,b1: others were promised the stock of each proposal meanwhile"
    assert "candidates" not in log.attributes
