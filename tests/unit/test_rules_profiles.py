"""Sourcing by profiles: an order's workflow with the three rules chained, in memory (spec 22 §7, §12, §13, §17)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from profileworld import CUSTOMER, PLACES, World, logs, strategy

from penstock.rules.questions import Grant
from penstock.testing import NOW


def lost(rated: dict[str, Any]) -> dict[str, str]:
    """Return why candidates lost, by ref; those in the plan are left out."""
    return {c["locationRef"]: c["lost"] for c in rated["candidates"] if "lost" in c}


def test_a_primary_strategy_wins() -> None:
    world = World({"S1": {"A": 2}, "S2": {"B": 1}})
    played = world.source(world.order(A=2, B=1))
    assert played.failures == []
    assert world.plan() == ["S1[A2] CREATED", "S2[B1] CREATED"]
    assert [f.ref for f in world.simulation.rows("Fulfilment")] == ["O1-1", "O1-2"]
    assert [f.type for f in world.simulation.rows("Fulfilment")] == ["HD_PFS", "HD_PFS"]
    assert (world.left("A", "S1"), world.left("B", "S2")) == (0, 0)
    assert played.of("Fallback") == []


def test_f7_the_fallback_sends_a_part_and_the_rest_is_escalated() -> None:
    world = World({"S1": {"A": 1}, "S2": {"B": 1}, "W1": {"C": 1}})
    played = world.source(world.order(A=1, B=1, C=1))
    assert played.failures == []
    assert world.plan() == ["W1[C1] CREATED", "S2[B1] CREATED", "RJT_1[A1] ESCALATED"]
    (_, first), (sentence, second) = logs(played)
    assert (first["strategy"], first["plan"], first["rest"]) == (None, [], {"A": 1, "B": 1, "C": 1})
    assert first["tried"] == [
        {
            "strategy": "NEAREST",
            "plan": [
                {"locationRef": "S1", "items": {"A": 1}},
                {"locationRef": "S2", "items": {"B": 1}},
            ],
            "rest": {"C": 1},
        }
    ]
    limit = "not the best in turn, at a limit of 2 fulfilments"
    assert lost(first["rated"]) == {"S1": "the plan leaves C1", "S2": "the plan leaves C1", "W1": limit}
    assert second["strategy"] == "VALUE"
    assert lost(second["rated"]) == {"S1": limit}
    assert sentence == "HD version 3, strategy VALUE: W1[C1], S2[B1]; left: A1"


def test_a_run_explains_itself() -> None:
    exclusion = {"locationTypeExclusion": {"value": ["WAREHOUSE"]}}
    named = [strategy("NEAREST", "locationTypeExclusion", "locationDistance", params=exclusion)]
    world = World({"S1": {"A": 1}, "S2": {"A": 5}, "W1": {"A": 9}}, sourcing_strategies=named)
    ((_, told),) = logs(world.source(world.order(A=2)))
    rated = told.pop("rated")
    assert told == {
        "request": "order O1",
        "generation": "profile",
        "sourcingProfileRef": "HD",
        "sourcingProfileVersion": 3,
        "applicable": ["NEAREST"],
        "warnings": [],
        "strategy": "NEAREST",
        "plan": [{"locationRef": "S2", "items": {"A": 2}}],
        "rest": {},
        "tried": [{"strategy": "NEAREST", "plan": [{"locationRef": "S2", "items": {"A": 2}}], "rest": {}}],
        "attempts": 1,
    }
    assert rated == {
        "strategy": "NEAREST",
        "criteria": ["locationTypeExclusion", "locationDistance"],
        "candidates": [
            {
                "locationRef": "S1",
                "ratings": [1.0, 1.0],
                "distance": 3320,
                "lost": "S2 has everything, and it has not",
            },
            {"locationRef": "S2", "ratings": [1.0, 0.0], "distance": 20138},
        ],
        "candidateCount": 2,
        "excluded": {"S3": "nothing in stock", "W1": "criterion locationTypeExclusion"},
        "excludedCount": 2,
    }


def test_strategies_that_were_tried_before_say_who_lost_and_why() -> None:
    warehouses = {"locationTypeExclusion": {"value": ["WAREHOUSE"]}}
    world = World(
        {"S1": {"A": 2}, "S2": {"B": 1}, "W1": {"A": 2, "B": 1}},
        sourcing_strategies=[
            strategy("STORES", "locationTypeExclusion", params=warehouses, maxSplit=0),
            strategy("ANY", "locationDistance"),
        ],
    )
    ((_, told),) = logs(world.source(world.order(A=2, B=1)))
    assert world.plan() == ["W1[A2,B1] CREATED"]
    first, second = told["tried"]
    assert (first["plan"], first["rest"]) == ([{"locationRef": "S1", "items": {"A": 2}}], {"B": 1})
    assert lost(first["rated"]) == {
        "S1": "the plan leaves B1",
        "S2": "not the best in turn, at a limit of 1 fulfilment",
    }
    assert first["rated"]["excluded"] == {"S3": "nothing in stock", "W1": "criterion locationTypeExclusion"}
    assert "rated" not in second, "it stands beside the plan that was chosen"
    assert lost(told["rated"]) == dict.fromkeys(("S1", "S2"), "W1 has everything, and it has not")


def test_f16_sourcing_again_leaves_out_who_refused() -> None:
    world = World({"S1": {"A": 1}, "S2": {"A": 5}, "W1": {"A": 100}}, default_max_split=0)
    order = world.order(A=2)
    world.source(order)
    assert world.plan() == ["S2[A2] CREATED"]
    (refused,) = world.simulation.rows("Fulfilment")
    (item,) = world.simulation.rows("FulfilmentItem")
    refused.status, item.rejected_quantity = "REJECTED", 2
    ((_, told),) = logs(world.source(order))
    assert world.plan() == ["S2[A2] REJECTED", "W1[A2] CREATED"]
    assert told["rated"]["excluded"]["S2"] == "used before"


def test_nothing_happens_where_nothing_is_needed() -> None:
    world = World({"S1": {"A": 2}})
    order = world.order(A=2)
    world.source(order)
    played = world.source(order)
    assert (world.plan(), logs(played), played.failures) == (["S1[A2] CREATED"], [], [])
    for name in ("Fallback", "RejectRemaining"):
        assert world.simulation.send(name, order).failures == []
    assert world.plan() == ["S1[A2] CREATED"]


# --- fulfilment choices, pickup ---


def multi(world: World) -> tuple[Any, Any]:
    """Add an order of one A by a home delivery and one A by a collection at S1; return its two choices."""
    add = world.simulation.add
    order = add("Order", ref="M1", type="MULTI", customer_id=1)
    address = add("CustomerAddress", order_id=order.id, latitude=CUSTOMER[0], longitude=CUSTOMER[1])
    about = {"order_id": order.id, "delivery_type": "STANDARD"}
    home = add("FulfilmentChoice", ref="HOME", type="HD", delivery_address_id=address.id, **about)
    store = add("FulfilmentChoice", ref="STORE", type="CC", pickup_location_ref="S2", **about)
    for choice in (home, store):
        add("OrderItem", ref=choice.ref, order_id=order.id, fulfilment_choice_id=choice.id, product_ref="A", quantity=1)
    return home, store


def test_each_choice_is_sourced_by_itself() -> None:
    world = World({"S1": {"A": 1}, "S2": {"A": 1}}, subtype="MULTI")
    home, store = multi(world)
    for choice in (store, home):
        played = world.simulation.send("Find", choice, {"fulfilmentChoiceRef": choice.ref})
        assert played.failures == []
    assert world.plan() == ["S2[A1] CREATED", "S1[A1] CREATED"]
    assert [(f.type, f.fulfilment_choice_ref) for f in world.simulation.rows("Fulfilment")] == [
        ("CC_PFS", "STORE"),
        ("HD_PFS", "HOME"),
    ]


def test_distances_count_from_the_pickup_location() -> None:
    world = World({"S1": {"A": 1}, "S2": {"A": 1}}, subtype="MULTI")
    _, store = multi(world)
    ((_, told),) = logs(world.simulation.send("Find", store, {"fulfilmentChoiceRef": "STORE"}))
    assert told["request"] == "fulfilment choice STORE of order M1"
    assert [(c["locationRef"], c["distance"]) for c in told["rated"]["candidates"]] == [("S2", 0), ("S1", 19206)]


def test_a_location_may_serve_two_choices_of_an_order() -> None:
    world = World({"S1": {"A": 2}}, subtype="MULTI")
    for choice in multi(world):
        world.simulation.send("Find", choice, {"fulfilmentChoiceRef": choice.ref})
    assert world.plan() == ["S1[A1] CREATED", "S1[A1] CREATED"]


def test_the_rest_of_a_choice_is_escalated() -> None:
    world = World({}, subtype="MULTI")
    home, _ = multi(world)
    assert world.simulation.send("Find", home, {"fulfilmentChoiceRef": "HOME"}).failures == []
    assert world.plan() == ["RJT_1[A1] ESCALATED"]


def test_an_unknown_pickup_location_fails() -> None:
    world = World({"S1": {"A": 1}}, subtype="MULTI")
    _, store = multi(world)
    store.pickup_location_ref = "NO"
    (failure,) = world.simulation.send("Find", store, {"fulfilmentChoiceRef": "STORE"}).failures
    assert "there is no location NO" in failure
    assert world.plan() == []


# --- promises ---


def refusing(times: int) -> tuple[dict[Any, Any], list[Grant]]:
    """Return answers by which so many promises are refused, and what was asked."""
    asked: list[Grant] = []

    def grant(question: Grant) -> bool:
        asked.append(question)
        return len(asked) > times

    return {Grant: grant}, asked


def test_a_plan_is_promised_as_a_whole_and_made_again_when_refused() -> None:
    answers, asked = refusing(2)
    world = World({"S1": {"A": 2}, "S2": {"B": 1}}, answers=answers)
    ((_, told),) = logs(world.source(world.order(A=2, B=1)))
    assert world.plan() == ["S1[A2] CREATED", "S2[B1] CREATED"]
    assert [[units for _, units in question.amounts] for question in asked] == [[2, 1]] * 3
    assert told["attempts"] == 3


def test_after_three_refusals_the_rest_is_for_the_rejected_location() -> None:
    answers, asked = refusing(99)
    world = World({"S1": {"A": 2}}, answers=answers, sourcing_fallback_strategies=[])
    ((_, told), (_, fallback)) = logs(world.source(world.order(A=2)))
    assert len(asked) == 3
    assert (told["strategy"], told["attempts"], told["rest"]) == (None, 3, {"A": 2})
    assert told["refused"] == "others were promised the stock of each plan meanwhile"
    assert lost(told["rated"]) == {"S1": "promised to others meanwhile"}
    assert (fallback["applicable"], fallback["plan"]) == ([], [])
    assert world.plan() == ["RJT_1[A2] ESCALATED"]
    assert world.left("A", "S1") == 2


def test_a_part_that_is_refused_is_so_for_that_and_not_for_what_it_leaves() -> None:
    answers, asked = refusing(99)
    world = World({"S1": {"A": 1}}, answers=answers)
    (_, (_, fallback)) = logs(world.source(world.order(A=2)))
    assert (len(asked), fallback["attempts"]) == (3, 3)
    assert lost(fallback["rated"]) == {"S1": "promised to others meanwhile"}


# --- who may send ---


def test_positions_and_locations_that_are_not_active_do_not_count() -> None:
    world = World({"S1": {"A": 2}, "S2": {"A": 2}, "S3": {"A": 2}})
    world.simulation.one("Location", ref="S1").status = "INACTIVE"
    world.simulation.one("VirtualPosition", ref="A:S2").status = "AT_RISK"
    ((_, told),) = logs(world.source(world.order(A=2)))
    assert world.plan() == ["S3[A2] CREATED"]
    assert told["rated"]["excluded"]["S1"] == "status INACTIVE"
    assert told["rated"]["excluded"]["S2"] == "stock in status AT_RISK"
    assert told["rated"]["excluded"]["W1"] == "nothing in stock"


def test_the_event_excludes_locations() -> None:
    world = World({"S1": {"A": 2}, "S2": {"A": 2}})
    ((_, told),) = logs(world.simulation.send("Find", world.order(A=2), {"excludedLocations": ["S1"]}))
    assert world.plan() == ["S2[A2] CREATED"]
    assert told["rated"]["excluded"]["S1"] == "excluded by the event"


def test_the_rejected_location_is_no_candidate() -> None:
    world = World({"S2": {"A": 2}})
    rejected = world.simulation.one("Location", ref="RJT_1")
    world.simulation.join("network_location", network_id=world.shop.network.id, location_id=rejected.id)
    ((_, told),) = logs(world.source(world.order(A=2)))
    assert told["rated"]["excluded"]["RJT_1"] == "system rejected location"


def test_without_coordinates_a_location_is_rated_last() -> None:
    world = World({"S1": {"A": 2}, "S2": {"A": 2}})
    address = world.simulation.one("Location", ref="S1").primary_address_id
    world.simulation.one("StoreAddress", id=address).latitude = None
    ((_, told),) = logs(world.source(world.order(A=2)))
    assert [(c["locationRef"], c["ratings"]) for c in told["rated"]["candidates"]] == [("S2", [1.0]), ("S1", [0.0])]


def test_f8_capacity_of_a_day_in_local_time() -> None:
    """S1 is full by a fulfilment of today; S2's is of yesterday, in Sydney."""
    capacity = {"locationDailyCapacity": {"value": 5}}
    world = World(
        {"S1": {"A": 1}, "S2": {"A": 1}},
        sourcing_strategies=[strategy("CAPACITY", "locationDailyCapacity", "locationDistance", params=capacity)],
    )
    add, one = world.simulation.add, world.simulation.one
    for ref, created in {"S1": NOW, "S2": NOW.replace(hour=0)}.items():
        place = one("Location", ref=ref)
        place.attributes = [{"name": "dailyCapacity", "type": "INTEGER", "value": 2}]
        one("StoreAddress", id=place.primary_address_id).time_zone = "America/Los_Angeles" if ref == "S2" else None
        for status in ("COMPLETE", "CANCELLED", "EXPIRED", "CREATED"):
            add("Fulfilment", order_id=1, from_address_id=place.primary_address_id, created_on=created, status=status)
    ((_, told),) = logs(world.source(world.order(A=1)))
    assert told["rated"]["candidates"] == [{"locationRef": "S2", "ratings": [1.0, 1.0], "distance": 20138}]
    assert told["rated"]["excluded"]["S1"] == "criterion locationDailyCapacity"


def test_networks_of_criteria_need_not_exist() -> None:
    preferred = {"networkPriority": {"value": ["METRO", "NO"]}}
    world = World(
        {"S1": {"A": 1}, "S2": {"A": 1}}, sourcing_strategies=[strategy("N", "networkPriority", params=preferred)]
    )
    metro = world.simulation.add("Network", ref="METRO", type="HD", status="ACTIVE")
    second = world.simulation.one("Location", ref="S2")
    world.simulation.join("network_location", network_id=metro.id, location_id=second.id)
    ((_, told),) = logs(world.source(world.order(A=1)))
    assert world.plan() == ["S2[A1] CREATED"]
    assert told["warnings"] == ["a criterion names network NO, which does not exist"]


def test_with_threshold_controls_the_last_units_are_sold() -> None:
    world = World({"S1": {"A": 2}}, statuses=["ACTIVE", "AT_RISK"])
    world.simulation.one("VirtualPosition", ref="A:S1").status = "AT_RISK"
    world.source(world.order(A=2))
    assert world.plan() == ["S1[A2] CREATED"]


def test_an_order_of_several_choices_is_not_sourced_as_a_whole() -> None:
    """Whoever cannot create anything promises nothing either: S1 keeps its stock for the next in the batch."""
    answers, asked = refusing(0)
    world = World({"S1": {"A": 2}}, answers=answers)
    order = world.order(A=2)
    world.simulation.add("FulfilmentChoice", ref="MORE", order_id=order.id, type="HD", delivery_type="STANDARD")
    (failure,) = world.source(order).failures
    assert "order O1 has 2 fulfilment choices" in failure
    assert (world.plan(), asked) == ([], [])


def test_throughput_counts_fulfilments_of_today() -> None:
    world = World({"S1": {"A": 1}, "S2": {"A": 1}}, sourcing_strategies=[strategy("LEAST", "locationThroughput")])
    busy = world.simulation.one("Location", ref="S1")
    world.simulation.add("Fulfilment", order_id=1, from_address_id=busy.primary_address_id)
    world.source(world.order(A=1))
    assert world.plan()[-1] == "S2[A1] CREATED"


def test_open_fulfilments_count_until_their_end_whenever_they_came() -> None:
    world = World({ref: {"A": 1} for ref in PLACES}, sourcing_strategies=[strategy("LEAST", "locationOpenFulfilments")])
    add, one = world.simulation.add, world.simulation.one
    waiting = {
        "S1": ("ASSIGNED", "FULFILLED"),
        "S2": ("COMPLETE", "CANCELLED", "EXPIRED", "REJECTED", "AWAITING_WAVE"),
        "S3": ("AWAITING_COURIER_COLLECTION",) * 3,
        "W1": ("PROCESSING", "PARTIALLY_FULFILLED", "OWN"),
    }
    for ref, statuses in waiting.items():
        address = one("Location", ref=ref).primary_address_id
        for status in statuses:
            add("Fulfilment", order_id=1, from_address_id=address, created_on=NOW - timedelta(days=9), status=status)
    ((_, told),) = logs(world.source(world.order(A=1)))
    rated = {c["locationRef"]: c["ratings"] for c in told["rated"]["candidates"]}
    assert rated == {"S2": [1.0], "S1": [0.5], "S3": [0.0], "W1": [0.0]}
    assert world.plan()[-1] == "S2[A1] CREATED"
