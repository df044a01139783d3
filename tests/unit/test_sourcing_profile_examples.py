"""The worked examples F1 to F16 of spec 22 §13, with the distances of its table."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.sourcing.profile import Candidate, Line, Need, SourcingContext
from penstock.sourcing.profile.planning import Plan, plan
from penstock.sourcing.profile.ranking import rank
from penstock.sourcing.profile.strategies import Defaults, Strategy, strategies, tried

PRICES = {"A": 10.0, "B": 25.0, "C": 100.0}
PLACES = {
    "S1": ("STORE", 3.320, "NET_METRO", 20, 18),
    "S2": ("STORE", 20.138, "NET_METRO", 10, 2),
    "S3": ("STORE", 117.304, "NET_REGIONAL", 10, 10),
    "W1": ("WAREHOUSE", 713.427, "NET_DC", 500, 100),
    "W2": ("WAREHOUSE", 732.379, "NET_DC", 500, 450),
}
Stock = dict[str, dict[str, int]]
DISTANCE: tuple[str, Any] = ("locationDistance", None)
AVAILABILITY: tuple[str, Any] = ("inventoryAvailability", None)
VALUE: tuple[str, Any] = ("orderValue", None)


def candidates(stock: Stock, network: str = "NET_AU") -> list[Candidate]:
    return [
        Candidate(ref, type_, km * 1000, stock[ref], frozenset({"NET_AU", other}), {"dailyCapacity": capacity}, used)
        for ref, (type_, km, other, capacity, used) in PLACES.items()
        if ref in stock and network in {"NET_AU", other}
    ]


def needed(**units: int) -> Need:
    return Need(tuple(Line(n, product, count, PRICES[product]) for n, (product, count) in enumerate(units.items())))


def strategy(*criteria: tuple[str, Any], **more: Any) -> Strategy:
    return strategies([described(*criteria, **more)], Defaults("BASE:1", "NET_AU", None))[0]


def described(*criteria: tuple[str, Any], **more: Any) -> dict[str, Any]:
    listed = [{"name": n, "type": f"fc.sourcing.criterion.{n}", "params": params} for n, params in criteria]
    return {"ref": "S", "name": "S", "status": "ACTIVE", "sourcingCriteria": listed, **more}


def planned(stock: Stock, need: Need, *criteria: tuple[str, Any], split: int | None = None) -> Plan:
    own = strategy(*criteria)
    return plan(candidates(stock), own.criteria, need, split)


def parts(made: Plan) -> list[str]:
    return [f"{p.location}[{spoken(p.taken)}]" for p in made.parts]


def spoken(units: Any) -> str:
    return ",".join(f"{product}{count}" for product, count in units.items())


def ratings(stock: Stock, need: Need, *criteria: tuple[str, Any]) -> dict[str, list[float]]:
    ranking = rank(candidates(stock), strategy(*criteria).criteria, need)
    return {rated.candidate.ref: list(rated.ratings) for rated in ranking.rated}


F1: Stock = {"S1": {"A": 1}, "S2": {"A": 5}, "W1": {"A": 100}}


def test_f1_the_best_of_those_that_have_everything() -> None:
    assert ratings(F1, needed(A=2), DISTANCE) == {"S1": [1], "S2": [0.976316], "W1": [0]}
    made = planned(F1, needed(A=2), DISTANCE, split=0)
    assert (parts(made), made.whole) == (["S2[A2]"], True)


def test_f2_a_complete_location_beats_any_split() -> None:
    stock: Stock = {"S1": {"A": 2}, "S2": {"B": 1}}
    assert parts(planned(stock, needed(A=2, B=1), DISTANCE, split=1)) == ["S1[A2]", "S2[B1]"]
    stock["W1"] = {"A": 10, "B": 10}
    assert parts(planned(stock, needed(A=2, B=1), DISTANCE, split=1)) == ["W1[A2,B1]"]


def test_f3_the_next_criterion_breaks_ties() -> None:
    stock: Stock = {"S1": {"A": 1}, "S2": {"A": 3}, "S3": {"A": 3}, "W1": {"A": 2}}
    assert ratings(stock, needed(A=4), AVAILABILITY, DISTANCE) == {
        "S2": [0.75, 0.976316],
        "S3": [0.75, 0.839483],
        "W1": [0.5, 0],
        "S1": [0.25, 1],
    }
    assert parts(planned(stock, needed(A=4), AVAILABILITY, DISTANCE, split=2)) == ["S2[A3]", "S1[A1]"]


def test_f4a_bands_of_kilometres() -> None:
    criteria = (("locationDistanceBanded", {"value": [10, 50, 200], "valueUnit": "kilometres"}), AVAILABILITY)
    stock: Stock = {"S1": {"A": 1}, "S2": {"A": 3}, "S3": {"A": 3, "B": 1}, "W2": {"B": 5}}
    assert ratings(stock, needed(A=3, B=1), *criteria) == {
        "S1": [1, 0.25],
        "S2": [0.666667, 0.75],
        "S3": [0.333333, 1],
        "W2": [0, 0.25],
    }
    assert parts(planned(stock, needed(A=3, B=1), *criteria, split=2)) == ["S3[A3,B1]"]


def test_f4b_the_rest_is_rated_anew() -> None:
    criteria = (("locationDistanceBanded", {"value": [50, 200]}), AVAILABILITY)
    stock: Stock = {"S1": {"A": 1}, "S2": {"A": 3}, "S3": {"A": 2, "B": 1}, "W2": {"B": 5}}
    found = ratings(stock, needed(A=3, B=1), *criteria)
    assert found == {"S2": [1, 0.75], "S1": [1, 0.25], "S3": [0.5, 0.75], "W2": [0, 0.25]}
    assert ratings({ref: stock[ref] for ref in ("S3", "W2")}, needed(B=1), *criteria) == {"S3": [0.5, 1], "W2": [0, 1]}
    assert parts(planned(stock, needed(A=3, B=1), *criteria, split=2)) == ["S2[A3]", "S3[B1]"]


def test_f4c_bands_of_miles() -> None:
    criteria = (("locationDistanceBanded", {"value": [100, 10], "valueUnit": "miles"}), AVAILABILITY)
    stock: Stock = {"S1": {"A": 1}, "S2": {"A": 2}, "S3": {"A": 2}}
    assert ratings(stock, needed(A=2), *criteria) == {"S1": [1, 0.5], "S2": [0.5, 1], "S3": [0.5, 1]}
    assert parts(planned(stock, needed(A=2), *criteria, split=1)) == ["S2[A2]"]


def test_f5_networks_in_order() -> None:
    criteria = (("networkPriority", {"value": ["NET_DC", "NET_METRO"]}), DISTANCE)
    stock: Stock = {ref: {"A": 9} for ref in ("S1", "W1", "W2")}
    assert ratings(stock, needed(A=1), *criteria) == {"W1": [1, 0.025995], "W2": [1, 0], "S1": [0.5, 1]}
    assert parts(planned(stock, needed(A=1), *criteria, split=0)) == ["W1[A1]"]
    stock = {ref: {"A": 9} for ref in ("S1", "S3")}
    assert ratings(stock, needed(A=1), *criteria) == {"S1": [0.5, 1], "S3": [0, 0]}
    assert parts(planned(stock, needed(A=1), *criteria, split=0)) == ["S1[A1]"]


F6_CRITERIA = (
    ("locationTypeExclusion", {"value": ["WAREHOUSE"]}),
    ("locationDistanceExclusion", {"value": 50, "valueUnit": "kilometres"}),
    DISTANCE,
)
F6: Stock = {"S1": {"A": 1}, "S2": {"A": 1}, "S3": {"A": 2}, "W1": {"A": 50}}


def test_f6_whom_one_criterion_leaves_out_the_next_does_not_see() -> None:
    made = planned(F6, needed(A=2), *F6_CRITERIA, split=1)
    assert {r.candidate.ref: r.ratings for r in made.ranking.rated} == {"S1": (1, 1, 1), "S2": (1, 1, 0)}
    assert made.ranking.excluded == {"W1": "locationTypeExclusion", "S3": "locationDistanceExclusion"}
    assert parts(made) == ["S1[A1]", "S2[A1]"]
    without = planned({ref: has for ref, has in F6.items() if ref != "S2"}, needed(A=2), *F6_CRITERIA, split=1)
    assert (parts(without), without.rest.units, without.whole) == (["S1[A1]"], {"A": 1}, False)


def test_f7_the_fallback_sends_what_is_worth_most() -> None:
    stock: Stock = {"S1": {"A": 1}, "S2": {"B": 1}, "W1": {"C": 1}}
    need = needed(A=1, B=1, C=1)
    primary = planned(stock, need, DISTANCE, split=1)
    assert (parts(primary), primary.rest.units) == (["S1[A1]", "S2[B1]"], {"C": 1})
    found = ratings(stock, need, VALUE, DISTANCE)
    assert {ref: own[0] for ref, own in found.items()} == {"W1": 0.740741, "S2": 0.185185, "S1": 0.074074}
    rest = ratings({ref: stock[ref] for ref in ("S1", "S2")}, needed(A=1, B=1), VALUE)
    assert rest == {"S2": [0.714286], "S1": [0.285714]}
    fallback = planned(stock, need, VALUE, DISTANCE, split=1)
    assert (parts(fallback), fallback.rest.units) == (["W1[C1]", "S2[B1]"], {"A": 1})


def test_f8_daily_capacity() -> None:
    criteria = (("locationDailyCapacity", {"value": 5}), DISTANCE)
    stock: Stock = {ref: {"A": 1} for ref in PLACES}
    made = planned(stock, needed(A=1), *criteria, split=0)
    assert {r.candidate.ref: list(r.ratings) for r in made.ranking.rated} == {
        "S2": [0.8, 0.976932],
        "W1": [0.8, 0.025995],
        "S1": [0.1, 1],
        "W2": [0.1, 0],
    }
    assert made.ranking.excluded == {"S3": "locationDailyCapacity"}
    assert parts(made) == ["S2[A1]"]


def test_f9_too_little_stock() -> None:
    criteria = (("inventoryAvailabilityExclusion", {"value": 50}), DISTANCE)
    stock: Stock = {"S1": {"A": 1}, "S2": {"A": 2}, "S3": {"A": 2}}
    made = planned(stock, needed(A=4), *criteria, split=1)
    assert (parts(made), made.ranking.excluded) == (["S2[A2]", "S3[A2]"], {"S1": "inventoryAvailabilityExclusion"})


def test_f10_bands_of_stock() -> None:
    criteria = (("inventoryAvailabilityBanded", {"value": [100, 50]}), DISTANCE)
    stock: Stock = {"S1": {"A": 1}, "S2": {"A": 2}, "S3": {"A": 3}, "W1": {"A": 4}}
    assert ratings(stock, needed(A=4), *criteria) == {
        "W1": [1, 0],
        "S2": [0.5, 0.976316],
        "S3": [0.5, 0.839483],
        "S1": [0, 1],
    }
    assert parts(planned(stock, needed(A=4), *criteria, split=1)) == ["W1[A4]"]


@pytest.mark.parametrize(("w1", "plan_"), [({"A": 2, "B": 1}, ["W1[A2,B1]"]), ({"A": 2}, ["S1[A2]", "S2[B1]"])])
def test_f11_strategies_in_order(w1: dict[str, int], plan_: list[str]) -> None:
    stock: Stock = {"S1": {"A": 2}, "S2": {"B": 1}, "W1": w1}
    both = strategies(
        [
            described(DISTANCE, ref="METRO", network={"ref": "NET_METRO"}, maxSplit=0),
            described(DISTANCE, ref="AU", maxSplit=1),
        ],
        Defaults("BASE:1", "NET_AU"),
    )
    metro, australia = tried(both, lambda s: candidates(stock, s.network), needed(A=2, B=1), whole=True)
    assert (parts(metro.plan), metro.plan.rest.units) == (["S1[A2]"], {"B": 1})
    assert (australia.strategy.ref, parts(australia.plan)) == ("AU", plan_)


def test_f12_the_search_is_greedy() -> None:
    stock: Stock = {"S1": {"A": 1, "B": 1}, "S2": {"A": 2}, "S3": {"B": 2}}
    need = needed(A=2, B=2)
    one = planned(stock, need, DISTANCE, split=1)
    assert (parts(one), one.rest.units) == (["S1[A1,B1]", "S2[A1]"], {"B": 1})
    assert parts(planned(stock, need, DISTANCE, split=2)) == ["S1[A1,B1]", "S2[A1]", "S3[B1]"]
    found = ratings(stock, need, VALUE)
    assert found == {"S3": [0.714286], "S1": [0.5], "S2": [0.285714]}
    assert ratings({ref: stock[ref] for ref in ("S1", "S2")}, needed(A=2), VALUE) == {"S2": [1], "S1": [0.5]}
    assert parts(planned(stock, need, VALUE, DISTANCE, split=1)) == ["S3[B2]", "S2[A2]"]


def _when(path: str, operator: str, value: Any) -> dict[str, Any]:
    params = {"path": path, "operator": operator, "value": value}
    return {"name": path, "type": "fc.sourcing.condition.path", "params": params}


def _tier(name: str) -> dict[str, Any]:
    return _when("customer.attributes.byName.tier", "in", [name])


CAMPAIGN = {"from": "2026-11-27T00:00Z", "to": "2026-11-30T23:59Z"}
F13 = [
    described(DISTANCE, ref="CAMPAIGN", maxSplit=5, sourcingConditions=[_when("createdOn", "between", CAMPAIGN)]),
    described(DISTANCE, ref="GOLD", maxSplit=5, sourcingConditions=[_tier("GOLD")]),
    described(
        DISTANCE,
        ref="SILVER_1000",
        maxSplit=3,
        sourcingConditions=[_tier("SILVER"), _when("totalPrice", "greater_than_or_equals", 1000)],
    ),
    described(DISTANCE, ref="SILVER", maxSplit=1, sourcingConditions=[_tier("SILVER")]),
    described(DISTANCE, ref="BRONZE", maxSplit=0, sourcingConditions=[_tier("BRONZE")]),
]


@pytest.mark.parametrize(
    ("tier", "price", "created", "found", "fulfilments"),
    [
        ("GOLD", 10.0, "2026-12-01T00:00Z", ["GOLD"], 3),
        ("SILVER", 1000.0, "2026-12-01T00:00Z", ["SILVER_1000"], 3),
        ("SILVER", 999.99, "2026-12-01T00:00Z", ["SILVER"], 0),
        ("BRONZE", 10.0, "2026-12-01T00:00Z", ["BRONZE"], 0),
        (None, 10.0, "2026-12-01T00:00Z", [], 0),
        ("BRONZE", 10.0, "2026-11-27T10:00Z", ["CAMPAIGN"], 3),
    ],
)
def test_f13_tiers(*, tier: str | None, price: float, created: str, found: list[str], fulfilments: int) -> None:
    names = {} if tier is None else {"tier": tier}
    customer = {"ref": "ana", "attributes": {"byName": names}}
    context = SourcingContext({"createdOn": created, "totalPrice": price, "customer": customer})
    stock: Stock = {"S1": {"A": 1}, "S2": {"B": 1}, "W1": {"C": 1}}
    applicable = [s for s in strategies(F13, Defaults("BASE:1", "NET_AU")) if s.applies(context)]
    results = tried(applicable, lambda _: candidates(stock), needed(A=1, B=1, C=1), whole=True)
    assert [t.strategy.ref for t in results] == found
    assert sum(len(t.plan.parts) for t in results if t.plan.whole) == fulfilments


@pytest.mark.parametrize(("own", "whole"), [({"maxSplit": 1}, True), ({}, False), ({"maxSplit": 0}, False)])
def test_f14_the_strategy_comes_before_the_profile(own: dict[str, int], whole: object) -> None:
    (made,) = strategies([described(DISTANCE, **own)], Defaults("BASE:1", "NET_AU", 0))
    (one,) = tried([made], lambda _: candidates({"S1": {"A": 2}, "S2": {"B": 1}}), needed(A=2, B=1), whole=True)
    assert one.plan.whole is whole


def test_f15_complete_ties_go_by_ref() -> None:
    criterion = ("networkPriority", {"value": ["NET_METRO"]})
    stock: Stock = {"S2": {"A": 1}, "S1": {"A": 1}}
    assert ratings(stock, needed(A=1), criterion) == {"S1": [1], "S2": [1]}
    assert parts(planned(stock, needed(A=1), criterion)) == ["S1[A1]"]
    assert parts(planned(stock, needed(A=1))) == ["S1[A1]"]


def test_f16_sourcing_again_without_the_one_that_refused() -> None:
    left = {ref: has for ref, has in F1.items() if ref != "S2"}
    assert parts(planned(left, needed(A=2), DISTANCE, split=0)) == ["W1[A2]"]
