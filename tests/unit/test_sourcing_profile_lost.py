"""Why candidates are not in a plan: every one that sends nothing has a reason, however the plan came about."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from test_sourcing_profile_examples import Stock, candidates, needed, parts, planned, strategy

from penstock.sourcing.profile.planning import Plan, plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.sourcing.profile import Candidate, Need

SEED = 22_017
DISTANCE: tuple[str, Any] = ("locationDistance", None)
VALUE: tuple[str, Any] = ("orderValue", None)


def test_one_place_has_everything() -> None:
    made = planned({"S1": {"A": 1}, "S2": {"A": 5}, "S3": {"A": 1}, "W1": {"A": 100}}, needed(A=2), DISTANCE)
    assert parts(made) == ["S2[A2]"]
    assert made.lost == {
        "S1": "S2 has everything, and it has not",
        "S3": "S2 has everything, and it has not",
        "W1": "nothing that it has is left after S2, the best in turn",
    }


def test_others_were_better_in_their_turn() -> None:
    stock: Stock = {"S1": {"A": 1}, "S2": {"A": 3}, "S3": {"A": 3}, "W1": {"A": 2}}
    made = planned(stock, needed(A=4), ("inventoryAvailability", None), DISTANCE, split=2)
    assert parts(made) == ["S2[A3]", "S1[A1]"]
    assert made.lost == dict.fromkeys(("S3", "W1"), "nothing that it has is left after S2, S1, the best in turn")


def test_the_limit_of_splits() -> None:
    stock: Stock = {"S1": {"A": 1}, "S2": {"B": 1}, "W1": {"C": 1}}
    need = needed(A=1, B=1, C=1)
    assert planned(stock, need, DISTANCE, split=1).lost == {"W1": "not the best in turn, at a limit of 2 fulfilments"}
    one = planned(stock, need, DISTANCE, split=0).lost
    assert one == dict.fromkeys(("S2", "W1"), "not the best in turn, at a limit of 1 fulfilment")


def test_a_criterion_that_leaves_out_later() -> None:
    """S1 has half of all units, but of those that S2 leaves only a quarter."""
    half = ("inventoryAvailabilityExclusion", {"value": 50})
    stock: Stock = {"S1": {"A": 4}, "S2": {"A": 3, "B": 1}}
    made = planned(stock, needed(A=4, B=4), half, VALUE)
    assert made.ranking.excluded == {}
    assert (parts(made), made.rest.units) == (["S2[A3,B1]"], {"A": 1, "B": 3})
    assert made.lost == {"S1": "criterion inventoryAvailabilityExclusion, rated again for what was left"}


def test_a_plan_that_sends_nothing_of_use() -> None:
    stock: Stock = {"S1": {"A": 1, "B": 1}, "S2": {"A": 2}, "S3": {"B": 2}}
    need, cheapest = needed(A=2, B=2), ("lowestCost", None)
    made = plan(candidates(stock), strategy(cheapest).criteria, need, 0, whole=True)
    reason = "of all units together 4 are needed, and 1 fulfilment can send 2 at most"
    assert made.lost == dict.fromkeys(("S1", "S2", "S3"), reason)
    stock = {"S1": {"A": 1, "B": 1}, "S2": {"A": 1, "B": 1}, "S3": {"C": 1}, "W1": {"A": 2}}
    made = plan(candidates(stock), strategy(cheapest).criteria, needed(A=2, B=1, C=1), 1, whole=True)
    assert made.lost == dict.fromkeys(stock, "no plan of 2 fulfilments sends everything")


def test_everybody_is_in_the_plan_or_has_a_reason() -> None:
    """Criteria, limits and stock by chance; fewer candidates than are told of at most."""
    for case in range(300):
        random = Random(SEED + case)
        need = needed(A=random.randint(1, 4), B=random.randint(1, 4), C=random.randint(1, 4))
        stock = {
            ref: {product: random.randint(0, 4) for product in "ABC" if random.random() < 0.6}
            for ref in ("S1", "S2", "S3", "W1", "W2")
        }
        exclusion = ("inventoryAvailabilityExclusion", {"value": random.choice((0, 20, 50))})
        uses = strategy(exclusion, *random.sample((DISTANCE, VALUE), 2)).criteria
        split, whole = random.choice((None, 0, 1, 2)), random.random() < 0.5
        _check(plan(candidates(stock), uses, need, split, whole=whole), candidates(stock), need, case)
        cheapest = strategy(exclusion, ("lowestCost", {"maxNodes": random.choice((0, 500))})).criteria
        _check(plan(candidates(stock), cheapest, need, split, whole=whole), candidates(stock), need, case)


def _check(made: Plan, places: Sequence[Candidate], need: Need, case: int) -> None:
    senders = {part.location for part in made.parts}
    able = {place.ref for place in places if need.wants(place.available)}
    assert senders | made.lost.keys() | made.ranking.excluded.keys() == able, SEED + case
    assert not made.lost.keys() & made.ranking.excluded.keys(), SEED + case
    assert not (senders & made.lost.keys() and (made.whole or made.searched is None)), SEED + case
