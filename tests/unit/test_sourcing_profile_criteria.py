"""Criteria of sourcing profiles beside the worked examples, and plans at their edges (spec 22 §10, §11)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from penstock.sourcing.profile import (
    CRITERIA,
    EXCLUDED,
    Candidate,
    Criterion,
    Line,
    Need,
    Params,
    ProfileError,
    criterion,
)
from penstock.sourcing.profile.planning import plan
from penstock.sourcing.profile.ranking import Use, rank
from penstock.sourcing.profile.strategies import Defaults, strategies

if TYPE_CHECKING:
    from collections.abc import Iterator

NEED = Need((Line(1, "A", 2, 10.0), Line(2, "B", 1, 25.0)))


def use(name: str, **params: Any) -> Use:
    found = CRITERIA.find(f"fc.sourcing.criterion.{name}", "test")
    return Use(name, found, found.read(Params.of(f"criterion {name}", params)))


def at(ref: str, distance: float | None, **more: Any) -> Candidate:
    return Candidate(ref, more.pop("type_", "STORE"), distance, more.pop("available", {"A": 2, "B": 1}), **more)


def ratings(candidates: list[Candidate], name: str, **params: Any) -> list[float]:
    used = use(name, **params)
    return used.criterion.ratings(used.given, candidates, NEED)


@pytest.mark.parametrize(
    ("distances", "rated"),
    [
        ([5.0, 5.0], [1, 1]),
        ([5.0], [1]),
        ([0.0, 10.0, 5.0], [1, 0, 0.5]),
        ([None, 10.0, 20.0], [0, 1, 0]),
        ([None, None], [0, 0]),
        ([], []),
    ],
)
def test_distance(distances: list[float | None], rated: list[float]) -> None:
    assert ratings([at(str(n), d) for n, d in enumerate(distances)], "locationDistance") == rated


def test_bands_and_exclusions_include_their_limits() -> None:
    places = [at("A", 10_000.0), at("B", 10_000.1), at("C", None)]
    assert ratings(places, "locationDistanceBanded", value=[20, 10]) == [1, 0.5, 0]
    assert ratings(places, "locationDistanceBanded", value=10) == [1, 0, 0]
    assert ratings(places, "locationDistanceExclusion", value=10) == [1, EXCLUDED, EXCLUDED]
    assert ratings([at("A", 16_093.44), at("B", 16_094)], "locationDistanceExclusion", value=10, valueUnit="miles") == [
        1,
        EXCLUDED,
    ]


def test_exclusion_by_type_and_network() -> None:
    places = [at("A", 1.0, networks=frozenset({"X", "Y"})), at("B", 1.0, type_="WAREHOUSE"), at("C", 1.0, type_=None)]
    assert ratings(places, "locationTypeExclusion", value="WAREHOUSE") == [1, EXCLUDED, 1]
    assert ratings(places, "locationNetworkExclusion", value=["Y", "Z"]) == [EXCLUDED, 1, 1]


def test_availability_at_its_limits() -> None:
    thirds = [at(str(n), 1.0, available={"A": n}) for n in range(3)]
    assert ratings(thirds, "inventoryAvailability") == [0, 0.333333, 0.666667]
    assert ratings(thirds, "inventoryAvailabilityExclusion", value=100 * 2 / 3) == [EXCLUDED, EXCLUDED, 1]
    assert ratings([at("A", 1.0)], "inventoryAvailabilityBanded", value=[50, 100]) == [1]


def test_order_value_serves_the_items_in_their_order() -> None:
    """Two items of one product at two prices: the first one is served first."""
    need = Need((Line(1, "A", 1, 30.0), Line(2, "A", 1, 10.0)))
    used = use("orderValue")
    places = [at("S1", 1.0, available={"A": 1}), at("S2", 1.0, available={"A": 2})]
    assert used.criterion.ratings(used.given, places, need) == [0.75, 1]
    free = Need((Line(1, "A", 1),))
    assert used.criterion.ratings(used.given, places, free) == [1, 1]


@pytest.mark.parametrize(("own", "used", "rated"), [({}, 2, 0.6), ({}, 5, EXCLUDED), ({"dailyCapacity": "10"}, 5, 0.5)])
def test_daily_capacity(own: dict[str, Any], used: int, rated: float) -> None:
    assert ratings([at("A", 1.0, attributes=own, used=used)], "locationDailyCapacity", value=5) == [rated]


def test_a_capacity_of_nothing_takes_nothing() -> None:
    assert ratings([at("A", 1.0, attributes={"dailyCapacity": 0})], "locationDailyCapacity", value=5) == [EXCLUDED]


def test_a_capacity_that_is_no_number_is_named() -> None:
    with pytest.raises(ProfileError, match="location A: the attribute dailyCapacity must be a number, not 'many'"):
        ratings([at("A", 1.0, attributes={"dailyCapacity": "many"})], "locationDailyCapacity", value=5)


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("locationDistanceBanded", {}, "the parameter value is missing"),
        ("locationDistanceBanded", {"value": []}, "value must be a list with something in it"),
        ("locationDistanceBanded", {"value": ["x"]}, r"value must be a number, not \['x'\]"),
        ("locationDistanceBanded", {"value": [True]}, "value must be a number"),
        ("locationDistanceBanded", {"value": [10], "valueUnit": "feet"}, "valueUnit must be one of kilometres, miles"),
        ("locationDistanceExclusion", {"value": "far"}, "value must be a number, not 'far'"),
        ("locationDistanceExclusion", {"value": math.inf}, "value must be a number, not inf"),
        ("locationTypeExclusion", {"value": [1]}, "value must be a list of texts"),
        ("locationNetworkExclusion", {}, "the parameter value is missing"),
        ("networkPriority", {"value": []}, "value must be a list with something in it"),
        ("inventoryAvailabilityBanded", {"value": None}, "the parameter value is missing"),
        ("inventoryAvailabilityExclusion", {"value": {}}, "value must be a number"),
        ("locationDailyCapacity", {}, "the parameter value is missing"),
    ],
)
def test_bad_parameters(name: str, params: dict[str, Any], message: str) -> None:
    with pytest.raises(ProfileError, match=f"criterion {name}: .*{message}"):
        use(name, **params)


def test_numbers_may_come_as_text() -> None:
    assert ratings([at("A", 9_000.0)], "locationDistanceExclusion", value="10") == [1]


# --- plans ---


def test_nobody_with_anything_is_an_empty_plan() -> None:
    made = plan([at("A", 1.0, available={"C": 5})], [], NEED, None)
    assert (made.parts, made.rest, made.ranking.rated) == ((), NEED, ())


def test_without_a_limit_everything_is_split_as_needed() -> None:
    places = [at(str(n), float(n), available={"A": 1}) for n in range(5)]
    made = plan(places, [use("locationDistance")], Need((Line(1, "A", 5),)), None)
    assert ([p.location for p in made.parts], made.whole) == (["0", "1", "2", "3", "4"], True)


def test_parts_say_what_each_item_gets() -> None:
    need = Need((Line(1, "A", 2), Line(2, "A", 2), Line(3, "B", 1)))
    made = plan([at("S1", 1.0, available={"A": 3}), at("S2", 2.0, available={"A": 9, "B": 1})], [], need, 1)
    assert [(p.location, p.items) for p in made.parts] == [("S2", {1: 2, 2: 2, 3: 1})]
    split = plan([at("S1", 1.0, available={"A": 3}), at("S2", 2.0, available={"A": 1, "B": 1})], [], need, 1)
    assert [(p.location, p.items) for p in split.parts] == [("S1", {1: 2, 2: 1}), ("S2", {2: 1, 3: 1})]


def test_who_is_left_out_at_first_stays_out() -> None:
    """S1 would pass the limit of half the need once the need is smaller."""
    places = [at("S1", 1.0, available={"A": 1}), at("S2", 2.0, available={"A": 3})]
    made = plan(places, [use("inventoryAvailabilityExclusion", value=50)], Need((Line(1, "A", 4),)), 5)
    assert ([p.location for p in made.parts], made.rest.units) == (["S2"], {"A": 1})


# --- types of others ---


@pytest.fixture
def own() -> Iterator[str]:
    """Return a type for criteria of a test; it is gone afterwards."""
    yield "acme.criterion.own"
    CRITERIA.by_type.pop("acme.criterion.own", None)


def test_a_criterion_of_others_has_its_steps(own: str) -> None:
    @criterion(
        own,
        label="Shortest name",
        read=lambda params: params.number("most"),
        prepare=lambda most, candidates, _need: (most, max(len(c.ref) for c in candidates)),
        normalise=lambda lengths: [1 / length for length in lengths],
        finish=lambda rated: [rating / 2 for rating in rated],
    )
    def by_name(candidate: Candidate, _need: Need, given: tuple[float, int]) -> float:
        most, longest = given
        assert longest == 4
        return EXCLUDED if len(candidate.ref) > most else len(candidate.ref)

    assert by_name(at("A", None), NEED, (9, 4)) == 1
    described = {"ref": "S", "sourcingCriteria": [{"name": "n", "type": own, "params": {"most": 3}}]}
    (made,) = strategies([described], Defaults("BASE:1", "NET"))
    ranking = rank([at("AB", None), at("ABCD", None), at("A", None)], made.criteria, NEED)
    assert [(r.candidate.ref, r.ratings) for r in ranking.rated] == [("A", (0.5,)), ("AB", (0.25,))]
    assert ranking.excluded == {"ABCD": "n"}


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_rating_must_be_a_number(own: str, number: float) -> None:
    broken = Criterion(own, lambda _candidate, _need, _given: number)
    with pytest.raises(ProfileError, match=f"criterion {own}: a location is rated {number}"):
        broken.ratings(None, [at("A", 1.0)], NEED)


def test_a_type_is_declared_once() -> None:
    with pytest.raises(ValueError, match="locationDistance is declared twice"):
        criterion("fc.sourcing.criterion.locationDistance")(lambda _candidate, _need, _given: 1.0)


# --- criteria of ours ---


def test_types_in_order() -> None:
    places = [at("A", 1.0), at("B", 1.0, type_="WAREHOUSE"), at("C", 1.0, type_=None)]
    assert ratings(places, "locationTypePriority", value=["WAREHOUSE", "STORE"]) == [0.5, 1, 0]


def test_fewest_fulfilments_today_first() -> None:
    places = [at("A", 1.0, used=4), at("B", 1.0), at("C", 1.0, used=1)]
    assert ratings(places, "locationThroughput") == [0, 1, 0.75]


def test_fewest_open_fulfilments_first() -> None:
    places = [at("A", 1.0, waiting=4, used=1), at("B", 1.0, used=9), at("C", 1.0, waiting=1)]
    assert ratings(places, "locationOpenFulfilments") == [0, 1, 0.75]
