"""The criterion of whole plans: what it costs, what it makes of the plan of the criteria, and how it says why."""

from __future__ import annotations

import math
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from test_sourcing_profile_examples import Stock, candidates, described, needed, parts, strategy

from penstock.sourcing.profile import Candidate, Line, Need, ProfileError
from penstock.sourcing.profile.planning import Plan, plan
from penstock.sourcing.profile.strategies import Defaults, strategies

if TYPE_CHECKING:
    from penstock.sourcing.profile.searched import Searched

SEED = 22_012
F12: Stock = {"S1": {"A": 1, "B": 1}, "S2": {"A": 2}, "S3": {"B": 2}}
DISTANCE: tuple[str, Any] = ("locationDistance", None)


def cheapest(**params: Any) -> tuple[str, Any]:
    return ("lowestCost", params)


def planned(
    stock: Stock, need: Need, *criteria: tuple[str, Any], split: int | None = None, whole: bool = False
) -> Plan:
    return plan(candidates(stock), strategy(*criteria).criteria, need, split, whole=whole)


def told(made: Plan) -> Searched:
    assert made.searched is not None
    return made.searched


# --- plans ---


def test_f12_the_plan_that_the_criteria_miss() -> None:
    """S2 and S3 have everything, but the nearest is S1, which is of no use beside them."""
    made = planned(F12, needed(A=2, B=2), cheapest(), split=1, whole=True)
    assert (parts(made), made.whole) == (["S2[A2]", "S3[B2]"], True)
    why = told(made)
    assert (round(why.cost, 5), why.proven, why.hopeless) == (11.37442, True, None)
    assert (parts(why.begun), why.begun.rest.units, round(why.begun_cost, 5)) == (
        ["S1[A1,B1]", "S2[A1]"],
        {"B": 1},
        10.23458,
    )
    assert made.lost == {"S1": "no plan with it sends everything"}
    third = planned(F12, needed(A=2, B=2), cheapest(), split=2, whole=True)
    assert parts(third) == ["S2[A2]", "S3[B2]"]
    assert third.lost == {"S1": "the best plan with it, S1, S2, S3, costs 16.41"}


def test_without_it_nothing_is_improved() -> None:
    made = planned(F12, needed(A=2, B=2), DISTANCE, split=2)
    assert (parts(made), made.searched) == (["S1[A1,B1]", "S2[A1]", "S3[B1]"], None)


def test_a_place_for_everything_is_no_end_in_itself() -> None:
    """F2b: two stores nearby are cheaper than the warehouse as long as a fulfilment costs little."""
    stock: Stock = {"S1": {"A": 2}, "S2": {"B": 1}, "W1": {"A": 10, "B": 10}}
    need = needed(A=2, B=1)
    assert parts(planned(stock, need, cheapest(), split=1)) == ["S1[A2]", "S2[B1]"]
    assert parts(planned(stock, need, cheapest(fulfilmentCost=7), split=1)) == ["W1[A2,B1]"]
    assert parts(planned(stock, need, cheapest(), split=0)) == ["W1[A2,B1]"]


def test_a_fallback_sends_most_units_first_and_then_costs_least() -> None:
    stock: Stock = {"S1": {"A": 1}, "S2": {"A": 3}, "W1": {"A": 3}}
    made = planned(stock, needed(A=4, C=2), cheapest(), split=0)
    assert (parts(made), made.rest.units) == (["S2[A3]"], {"A": 1, "C": 2})
    assert made.lost == {
        "S1": "the best plan with it, S1, leaves 2 more units, and costs 5.03",
        "W1": "S2 has all that it can send, and costs no more",
    }
    assert parts(planned(stock, needed(A=4, C=2), cheapest())) == ["S1[A1]", "S2[A3]"]


def test_what_cannot_be_covered_is_not_searched() -> None:
    primary = planned(F12, needed(A=2, B=2), cheapest(), split=0, whole=True)
    why = told(primary)
    assert (why.nodes, why.hopeless) == (0, "of all units together 4 are needed, and 1 fulfilment can send 2 at most")
    assert (parts(primary), parts(why.begun)) == (["S1[A1,B1]"], ["S1[A1,B1]"])
    missing = told(planned(F12, needed(A=4, B=1), cheapest(), whole=True))
    assert missing.hopeless == "of A 4 are needed, and 3 fulfilments can send 3 at most"
    rare: Stock = {"S1": {"A": 1, "C": 1}, "S2": {"B": 1, "C": 1}, "S3": {"C": 1, "A": 1}, "W1": {"D": 1, "C": 1}}
    late = told(planned(rare, needed(A=1, B=1), cheapest(), split=0, whole=True))
    assert late.hopeless == "of all units together 2 are needed, and 1 fulfilment can send 1 at most"


def test_exclusions_hold_and_the_criteria_s_plan_stays_when_nothing_is_cheaper() -> None:
    out = ("locationTypeExclusion", {"value": ["WAREHOUSE"]})
    stock: Stock = {"S1": {"A": 1}, "S2": {"A": 1}, "W1": {"A": 9}}
    made = planned(stock, needed(A=2), out, cheapest(fulfilmentCost=99), DISTANCE)
    assert parts(made) == ["S1[A1]", "S2[A1]"]
    assert made.ranking.excluded == {"W1": "locationTypeExclusion"}
    same = cheapest(kilometreCost=0)
    farthest = ("networkPriority", {"value": ["NET_DC"]})
    stock = {ref: {"A": 1} for ref in ("S1", "S2", "W2")}
    assert parts(planned(stock, needed(A=1), same)) == ["S1[A1]"]
    assert parts(planned(stock, needed(A=1), same, farthest)) == ["W2[A1]"], "later criteria break ties"


def test_the_search_ends_where_it_is_told_to() -> None:
    made = planned(F12, needed(A=2, B=2), cheapest(maxNodes=0), split=2)
    assert (told(made).nodes, told(made).proven) == (0, False)
    assert made.lost == {"S1": "not in the best plan found"}


def test_never_dearer_than_the_plan_of_the_criteria() -> None:
    """Ninety places, eight products, criteria and limits by chance, and few nodes or many."""
    others = (DISTANCE, ("inventoryAvailability", None), ("orderValue", None))
    better = 0
    for case in range(60):
        random = Random(SEED + case)
        need = Need(tuple(Line(n, f"P{n}", random.randint(1, 4), float(n)) for n in range(8)))
        places = [
            Candidate(
                f"S{n:02}",
                random.choice(("STORE", "WAREHOUSE")),
                random.choice((None, random.uniform(0, 900_000))),
                {f"P{p}": random.randint(1, 5) for p in random.sample(range(8), random.randint(1, 5))},
            )
            for n in range(90)
        ]
        own = cheapest(
            fulfilmentCost=random.choice((0, 1, 10)),
            kilometreCost=random.choice((0, 0.01, 1)),
            typeCosts={"STORE": random.choice((0, 3))},
            maxNodes=random.choice((0, 3, 500)),
        )
        uses = strategy(own, *random.sample(others, random.randint(0, 3))).criteria
        for split, whole in ((random.randint(0, 6), False), (None, True)):
            made = plan(places, uses, need, split, whole=whole)
            why = told(made)
            units, before = (sum(p.rest.units.values()) for p in (made, why.begun))
            assert (units, round(why.cost, 6)) <= (before, round(why.begun_cost, 6)), SEED + case
            better += (units, round(why.cost, 6)) < (before, round(why.begun_cost, 6))
            assert split is None or len(made.parts) <= split + 1, SEED + case
            sent = [sum(part.taken.values()) for part in made.parts]
            assert all(sent), SEED + case
            assert sum(sent) + units == sum(need.units.values()), SEED + case
    assert better > 40


def test_as_good_as_trying_all_plans() -> None:
    """Plans of a few places are as good as the best of all sets of places, by units and then by cost."""
    for case in range(200):
        random = Random(SEED + case)
        need = Need(tuple(Line(n, f"P{n % 3}", random.randint(1, 2)) for n in range(4)))
        places = [
            Candidate(f"S{n}", "STORE", random.uniform(0, 2_000_000), {f"P{p}": random.randint(0, 3) for p in range(3)})
            for n in range(7)
        ]
        split = random.randint(0, 3)
        made = plan(places, strategy(cheapest()).criteria, need, split)
        costs = told(made).costs

        def value(some: tuple[Candidate, ...], need: Need = need, costs: Any = costs) -> tuple[int, float]:
            sums = {f"P{p}": sum(c.available[f"P{p}"] for c in some) for p in range(3)}
            left = sum(need.units.values()) - sum(need.taken(sums).values())
            return left, round(sum(costs[c.ref] for c in some), 4)

        able = [c for c in places if c.ref in costs]
        best = min(value(some) for size in range(split + 2) for some in combinations(able, size))
        assert (sum(made.rest.units.values()), round(told(made).cost, 4)) == best, SEED + case


# --- costs ---


def costs(*places: Candidate, **params: Any) -> dict[str, float]:
    uses = strategy(cheapest(**params)).criteria
    return dict(told(plan(places, uses, needed(A=9), None)).costs)


def at(ref: str, kilometres: float | None, type_: str = "STORE", **attributes: Any) -> Candidate:
    metres = None if kilometres is None else kilometres * 1000
    return Candidate(ref, type_, metres, {"A": 1}, attributes=attributes)


def test_what_a_fulfilment_costs() -> None:
    places = (at("S1", 10), at("S2", None), at("W1", 100, "WAREHOUSE", handling="1.5"))
    assert costs(*places) == {"S1": 5.1, "S2": 6.0, "W1": 6.0}
    own = {"fulfilmentCost": "4", "kilometreCost": 0.1, "typeCosts": {"STORE": 2}, "costAttribute": "handling"}
    assert costs(*places, **own) == {"S1": 7.0, "S2": 16.0, "W1": 15.5}
    assert costs(at("S1", None)) == {"S1": 5.0}


def test_ratings_are_by_cost() -> None:
    made = planned({"S1": {"A": 1}, "S2": {"A": 1}, "W1": {"A": 1}}, needed(A=1), cheapest(typeCosts={"STORE": 100}))
    assert {r.candidate.ref: r.ratings for r in made.ranking.rated} == {
        "W1": (1.0,),
        "S1": (0.001807,),
        "S2": (0.0,),
    }


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"fulfillmentCost": 5}, "there is no parameter fulfillmentCost, only fulfilmentCost, kilometreCost"),
        ({"fulfilmentCost": -1}, "fulfilmentCost must be from 0 to 1,000,000, not -1"),
        ({"kilometreCost": "far"}, "kilometreCost must be a number, not 'far'"),
        ({"kilometreCost": True}, "kilometreCost must be a number"),
        ({"typeCosts": 3}, "typeCosts must be an object of numbers by name, not 3"),
        ({"typeCosts": {"STORE": "x"}}, "typeCosts must be a number"),
        ({"costAttribute": 3}, "costAttribute must be the name of an attribute of locations, not 3"),
        ({"maxNodes": 1.5}, "maxNodes must be a whole number from 0 to 100000, not 1.5"),
        ({"maxNodes": 1e9}, "maxNodes must be a whole number"),
    ],
)
def test_bad_parameters(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ProfileError, match=f"strategy S, criterion lowestCost: .*{message}"):
        strategy(cheapest(**params))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("dear", "must be a number, not 'dear'"),
        (True, "must be a number, not True"),
        (math.inf, "must be a number, not inf"),
        ("NaN", "must be a number, not 'NaN'"),
        (10**400, "must be a number, not 1000"),
        (-2, "must be from 0 to 1,000,000, not -2"),
        (1e300, r"must be from 0 to 1,000,000, not 1e\+300"),
    ],
)
def test_a_bad_attribute_names_the_location(value: Any, message: str) -> None:
    with pytest.raises(ProfileError, match=f"location S1: the attribute handling {message}"):
        costs(at("S1", 1, handling=value), costAttribute="handling")


def test_attributes_are_looked_at_only_where_one_is_named() -> None:
    assert not strategy(cheapest()).detailed
    assert strategy(cheapest(costAttribute="handling")).detailed


# --- where it stands ---


def test_it_decides_before_the_others() -> None:
    with pytest.raises(ProfileError, match="lowestCost is about whole plans and decides before locationDistance"):
        strategy(DISTANCE, cheapest())
    with pytest.raises(ProfileError, match="criterion lowestCost is about whole plans"):
        strategy(cheapest(), cheapest())
    off = {**described(DISTANCE, cheapest()), "status": "INACTIVE"}
    assert strategies([off], Defaults("BASE:1", "NET")) == []
