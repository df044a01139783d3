"""The arithmetic of fulfilment options (spec 21 §9)."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.sourcing.distance import by_distance
from penstock.sourcing.eta import eta, hours_text, latest
from penstock.sourcing.plans import coverage, missing, walk
from penstock.sourcing.rating import Candidate, Taken, Weights, nearest, ranked

# The worked example, spec 21 §9.5.
S1, S2 = Candidate("S1", 3_320.0, {"A": 1}), Candidate("S2", 20_138.0, {"A": 5, "B": 1})
W1 = Candidate("W1", 713_427.0, {"A": 50, "B": 50})
NEED = {"A": 2, "B": 1}


def rated(*candidates: Candidate, need: dict[str, int] | None = None) -> list[tuple[str, float]]:
    yardstick = nearest(c.distance for c in candidates)
    return [(c.ref, round(r, 4)) for c, r in ranked(candidates, need or NEED, yardstick, Weights())]


def test_locations_are_rated_once() -> None:
    assert rated(W1, S2, S1) == [("S1", 66.6667), ("S2", 58.2431), ("W1", 50.2327)]
    assert rated(W1, S2, S1, need={"B": 1}) == [("S2", 58.2431), ("W1", 50.2327)]
    assert rated(S1, need={"C": 1}) == []


def test_ties_go_to_the_nearer_then_to_the_lower_ref() -> None:
    far, near = Candidate("A", 10_000.0, {"a": 1, "b": 1}), Candidate("B", 5_000.0, {"a": 1})
    assert [ref for ref, _ in rated(far, near, need={"a": 1, "b": 1})] == ["B", "A"]
    assert [ref for ref, _ in rated(near._replace(ref="D"), near, need={"a": 1})] == ["B", "D"]


def picks(*candidates: Candidate, need: dict[str, int] | None = None) -> list[tuple[str, list[Taken]]]:
    return [(c.ref, taken) for c, taken in walk(candidates, need or NEED)]


def test_the_list_is_walked_until_all_is_covered() -> None:
    assert picks(S1, S2, W1) == [
        ("S1", [Taken("A", 1, 1)]),
        ("S2", [Taken("A", 5, 1), Taken("B", 1, 1)]),
    ]
    assert picks(S1) == [("S1", [Taken("A", 1, 1)])]
    assert picks() == []


def test_who_adds_nothing_is_skipped() -> None:
    other = Candidate("S3", 30_000.0, {"A": 9})
    assert [ref for ref, _ in picks(S2, other, W1, need={"A": 5, "B": 2})] == ["S2", "W1"]


@pytest.mark.parametrize(
    ("offers", "short", "status"),
    [
        ([("A", 1), ("A", 5), ("B", 1)], {}, "FULFILLED"),
        ([("A", 2), ("B", 7), ("C", 1)], {}, "FULFILLED"),
        ([("A", 1)], {"A": 1, "B": 1}, "PARTIALLY_FULFILLED"),
        ([("B", 1)], {"A": 2}, "PARTIALLY_FULFILLED"),
        ([("C", 1)], {"A": 2, "B": 1}, "REJECTED"),
        ([], {"A": 2, "B": 1}, "REJECTED"),
    ],
)
def test_what_is_missing_and_the_status_of_it(
    offers: list[tuple[str, int]], short: dict[str, int], status: str
) -> None:
    assert missing(NEED, offers) == short
    assert coverage(NEED, short) == status


@pytest.mark.parametrize(
    ("limit", "transferred", "hours"), [(4.0, False, 4.0), (None, False, 24), (4.0, True, 24), (0.0, False, 0.0)]
)
def test_hours_of_a_fulfilment(*, limit: float | None, transferred: bool, hours: float) -> None:
    assert eta(limit, 24, transferred=transferred) == hours


def test_hours_of_a_plan_are_those_of_the_slowest() -> None:
    assert latest([4.0, 24, 9.0], 48) == 24
    assert latest([], 48) == 48


@pytest.mark.parametrize(("hours", "text"), [(24, "24"), (4.0, "4"), (1.5, "1.5"), (0.0, "0")])
def test_hours_as_text(hours: float, text: str) -> None:
    assert hours_text(hours) == text


def test_places_by_distance() -> None:
    at = {"latitude": -33.8390, "longitude": 151.2070}
    places: list[dict[str, Any]] = [
        {"ref": "Z", **at},
        {"ref": "NOWHERE", "latitude": None, "longitude": 151.0},
        {"ref": "HERE", "latitude": -33.8688, "longitude": 151.2093},
        {"ref": "Y", **at},
    ]
    found = by_distance(places, -33.8688, 151.2093)
    assert [(p["ref"], round(p["distance"] / 1000, 2)) for p in found] == [("HERE", 0), ("Y", 3.32), ("Z", 3.32)]
