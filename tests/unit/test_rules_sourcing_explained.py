"""What the chain of rules tells of each location that it proposes, and of those that it does not (spec 22 §17)."""

from __future__ import annotations

from typing import Any

from penstock.rules import Log
from penstock.testing import run
from penstock.testing.orders import HomeDelivery

PLACES = [
    {"ref": ref, "addressId": str(address), "type": "STORE", "distance": distance}
    for ref, address, distance in (("A", 101, 5_000.0), ("B", 102, 10_000.0), ("C", 103, 50_000.0))
]
NEEDED = (("a", 2), ("b", 1))


def told(order: HomeDelivery, stock: dict[str, dict[str, int]], *, first: object = False, **event: Any) -> Log:
    """Return the log entry of the rule, with locations and stock as earlier rules put them into the event."""
    positions = [
        {"ref": f"{product}:{place}", "productRef": product, "groupRef": place, "quantity": units, "status": "ACTIVE"}
        for place, own in stock.items()
        for product, units in own.items()
    ]
    context = order.context(attributes={"locations": PLACES, "virtualPositions": positions, **event})
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


def test_after_three_refusals_nobody_is_rated() -> None:
    log = told(HomeDelivery(*NEEDED), {"A": {"a": 2}}, sourcingRefusals=3)
    assert log.message == "no location for a2,b1: others were promised the stock of each proposal meanwhile"
    assert "candidates" not in log.attributes
