"""The worked examples of spec 22 §4.1, §2 and 21 §10.5."""

from __future__ import annotations

import pytest

from penstock.sourcing.distance import haversine
from penstock.sourcing.rating import Candidate, Taken, Weights, nearest, proposal, ranked, rating

DISTANCES = {"A": 5_000.0, "B": 10_000.0, "C": 50_000.0}
Stock = dict[str, dict[str, int]]
PLENTY = {"a": 10, "b": 10}
L1: Stock = {"A": {"a": 1}, "B": {"a": 2, "b": 1}, "C": PLENTY}
L2: Stock = {"A": {"a": 1}, "B": {"a": 2}, "C": PLENTY}
L3: Stock = {"A": {"a": 1}, "B": {"a": 1, "b": 1}}


def candidates(stock: Stock, distances: dict[str, float] = DISTANCES) -> list[Candidate]:
    return [Candidate(ref, distances[ref], has) for ref, has in stock.items()]


def ratings(stock: Stock, need: dict[str, int], weights: Weights | None = None) -> dict[str, float]:
    yardstick = nearest(DISTANCES.values())
    return {c.ref: round(rating(c, need, yardstick, weights or Weights()), 4) for c in candidates(stock)}


def sourced(
    stock: Stock,
    need: dict[str, int],
    weights: Weights | None = None,
    *,
    single_location_first: bool = False,
    distances: dict[str, float] = DISTANCES,
) -> list[tuple[str, dict[str, int]]]:
    """Return what the chain of proposals gives, location by location, until the need is met or nobody has it."""
    left, free, plan = dict(need), candidates(stock, distances), []
    yardstick = nearest(distances.values())
    while left:
        found = ranked(free, left, yardstick, weights or Weights(), single_location_first=single_location_first)
        if not found:
            break
        chosen = found[0][0]
        taken = {t.product_ref: t.requested for t in proposal(chosen, left)}
        plan.append((chosen.ref, taken))
        left = {p: n - taken.get(p, 0) for p, n in left.items() if n > taken.get(p, 0)}
        free = [c for c in free if c.ref != chosen.ref]
    return plan


def test_l1_the_location_with_everything_wins() -> None:
    need = {"a": 2, "b": 1}
    assert ratings(L1, need) == {"A": 66.6667, "B": 75.0, "C": 55.0}
    assert sourced(L1, need) == [("B", {"a": 2, "b": 1})]


def test_l2_what_is_left_goes_to_the_next_best() -> None:
    need = {"a": 2, "b": 1}
    assert ratings(L2, need) == {"A": 66.6667, "B": 58.3333, "C": 55.0}
    assert ratings({"B": L2["B"], "C": L2["C"]}, {"a": 1, "b": 1}) == {"B": 50.0, "C": 55.0}
    assert sourced(L2, need) == [("A", {"a": 1}), ("C", {"a": 1, "b": 1})]


def test_l3_a_tie_goes_to_the_nearer() -> None:
    need = {"a": 1, "b": 1}
    assert ratings(L3, need) == {"A": 75.0, "B": 75.0}
    assert sourced(L3, need) == [("A", {"a": 1}), ("B", {"b": 1})]
    assert ratings({"B": L3["B"]}, {"b": 1}) == {"B": 75.0}


def test_l3_a_single_location_first() -> None:
    assert sourced(L3, {"a": 1, "b": 1}, single_location_first=True) == [("B", {"a": 1, "b": 1})]


def test_l4_weights_decide() -> None:
    need, weights = {"a": 2, "b": 1}, Weights(proximity=10, quantity=90)
    assert ratings(L2, need, weights) == {"A": 40.0, "B": 65.0, "C": 91.0}
    assert sourced(L2, need, weights) == [("C", {"a": 2, "b": 1})]


def test_l5_nobody_has_anything() -> None:
    assert sourced({"A": {}, "B": {"b": 3}}, {"a": 2}) == []
    assert ranked([], {"a": 2}, nearest([]), Weights()) == []


def test_l6_sourcing_again_without_the_location_that_failed() -> None:
    distances = {"S1": 3_320.0, "S2": 20_138.0}
    stock = {"S1": {"a": 2}, "S2": {"a": 5}}
    yardstick = nearest(distances.values())
    first = {c.ref: round(rating(c, {"a": 2}, yardstick, Weights()), 4) for c in candidates(stock, distances)}
    assert first == {"S1": 100.0, "S2": 58.2431}
    ((second, rated),) = ranked(candidates({"S2": {"a": 5}}, distances), {"a": 1}, yardstick, Weights())
    assert (second.ref, round(rated, 4)) == ("S2", 58.2431)
    assert proposal(second, {"a": 1}) == [Taken("a", available=5, requested=1)]


def test_at_the_door_nearness_counts_in_full() -> None:
    yardstick = nearest([0.0, 20_000.0])
    need = {"a": 2, "b": 1}
    assert yardstick == 0.01
    assert round(rating(Candidate("S1", 0.0, {"a": 2}), need, yardstick, Weights()), 4) == 83.3333
    assert round(rating(Candidate("S2", 20_000.0, {"a": 2, "b": 1}), need, yardstick, Weights()), 4) == 50.0


def test_equal_ratings_and_distances_go_by_ref() -> None:
    twins = [Candidate("S2", 10.0, {"a": 1}), Candidate("S1", 10.0, {"a": 1})]
    assert [place.ref for place, _ in ranked(twins, {"a": 1}, 10.0, Weights())] == ["S1", "S2"]


@pytest.mark.parametrize(
    ("latitude", "longitude", "kilometres"),
    [
        (-33.8390, 151.2070, 3.320),
        (-33.8150, 151.0011, 20.138),
        (-32.9283, 151.7817, 117.304),
        (-37.8136, 144.9631, 713.427),
        (-27.4698, 153.0251, 732.379),
        (-33.8688, 151.2093, 0.0),
    ],
)
def test_distances(latitude: float, longitude: float, kilometres: float) -> None:
    assert haversine(-33.8688, 151.2093, latitude, longitude) / 1000 == pytest.approx(kilometres, abs=0.01)
