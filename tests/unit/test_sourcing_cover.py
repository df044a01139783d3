"""The exact search for the cheapest cover: as good as trying everything, and quick where there is nothing to find."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest

from penstock.sourcing.cover.dominance import dominated
from penstock.sourcing.cover.feasible import Lack, lack, reachable
from penstock.sourcing.cover.gains import Gains, picked
from penstock.sourcing.cover.prices import prices, worth
from penstock.sourcing.cover.search import Search
from penstock.sourcing.cover.task import Offer, Task, less

SEED = 20_263
ENOUGH = 100_000  # nodes


def drawn(random: Random, *, things: int, offers: int, most: int, dear: int) -> Task:
    """Draw a need of a few units of each thing, and offers that have some of them."""
    need = tuple(random.randint(1, 4) for _ in range(things))
    return Task(
        need,
        tuple(
            Offer(random.randint(1, dear), tuple(random.choice((0, random.randint(0, units))) for units in need))
            for _ in range(offers)
        ),
        most,
    )


def tried(task: Task) -> tuple[int, ...]:
    """Return the best plan of all that there are."""
    numbers = range(len(task.offers))
    plans = (plan for size in range(task.most + 1) for plan in combinations(numbers, size))
    return min(plans, key=task.value)


@pytest.mark.parametrize("hundred", range(10))
def test_as_good_as_trying_everything(hundred: int) -> None:
    """A thousand small cases: of few costs, so that many are equal, and of many."""
    for case in range(100):
        seed = SEED + hundred * 100 + case
        random = Random(seed)
        about = {"things": random.randint(1, 5), "offers": random.randint(0, 9), "most": random.randint(0, 5)}
        task = drawn(random, **about, dear=random.choice((1, 3, 1_000)))
        best, search = tried(task), Search(task)
        part = search.run(None, whole=False, nodes=ENOUGH)
        assert part.proven, seed
        assert part.plan is not None, seed
        assert task.value(part.plan) == task.value(best), seed
        assert len(part.plan) <= task.most, seed
        whole = search.run(None, whole=True, nodes=ENOUGH)
        possible = not any(task.left(best))
        assert (whole.proven, whole.plan is not None) == (True, possible), seed
        assert whole.plan is None or task.value(whole.plan) == task.value(best), seed
        assert lack(task) is None or not possible, seed
        fewer = reachable(task)
        assert sum(fewer.left(best)) == sum(task.left(best)) - sum(task.need) + sum(fewer.need), seed
        assert fewer.cost(tried(fewer)) == task.cost(best), seed


def test_the_best_plan_that_has_an_offer() -> None:
    for case in range(200):
        seed = SEED + case
        random = Random(seed)
        task = drawn(random, things=4, offers=7, most=3, dear=50)
        search = Search(task)
        for number in set(range(7)) - search.dominated.keys():
            plans = (p for size in (1, 2, 3) for p in combinations(range(7), size) if number in p)
            best = min(plans, key=task.value)
            found = search.having(number, whole=False, nodes=ENOUGH)
            assert found.plan is not None, seed
            assert number in found.plan, seed
            assert (found.proven, task.value(found.plan)) == (True, task.value(best)), seed


def test_the_plan_that_there_is_stays_unless_another_is_better() -> None:
    task = Task((1,), (Offer(3, (1,)), Offer(3, (1,)), Offer(5, (1,))), 1)
    search = Search(task)
    assert search.run((1,), whole=True, nodes=ENOUGH).plan == (1,)
    assert search.run((2,), whole=True, nodes=ENOUGH).plan == (0,)
    assert search.run((2,), whole=True, nodes=0).plan == (0,), "the sketch needs no search"


@pytest.mark.parametrize("nodes", [0, 1, 5, 50])
def test_without_nodes_it_is_no_worse_than_what_there_is(nodes: int) -> None:
    """Large cases, with a plan that takes offers as they come."""
    for case in range(20):
        seed = SEED + case
        random = Random(seed)
        task = drawn(random, things=8, offers=60, most=6, dear=1_000_000)
        start = task.lean(tuple(range(6)))
        for whole in (False, True):
            found = Search(task).run(start, whole=whole, nodes=nodes)
            assert found.nodes <= nodes, seed
            if found.plan is not None:
                assert task.value(found.plan) <= task.value(start), seed
                assert not (whole and any(task.left(found.plan))), seed
            else:
                assert any(task.left(start)), seed


def test_what_cannot_be_covered_is_known_at_once() -> None:
    """Each of 200 offers has one of the things, and three may be taken of them."""
    offers = tuple(Offer(n + 1, tuple(int(n % 10 == thing) for thing in range(10))) for n in range(200))
    task = Task((1,) * 10, offers, 3)
    assert lack(task) == Lack(None, 10, 3)
    assert lack(Task((4,), (Offer(1, (1,)),) * 9, 3)) == Lack(0, 4, 3)
    assert Search(task).run(None, whole=True, nodes=ENOUGH).nodes <= 1
    part = Search(task).run(None, whole=False, nodes=ENOUGH)
    assert (part.proven, part.plan, part.nodes < 100) == (True, (0, 1, 2), True)


def test_what_only_the_search_knows_to_be_impossible_ends_soon() -> None:
    """Three things that only one offer each has, two offers allowed, and two hundred others that have much."""
    rare = tuple(Offer(9, tuple(3 * (thing == own) for thing in range(10))) for own in range(3))
    others = tuple(Offer(n + 1, (0, 0, 0, *((n >> thing) % 4 for thing in range(7)))) for n in range(200))
    task = Task(
        (1, 1, 1) + (3,) * 7,
        tuple(Offer(o.cost, tuple(map(min, o.units, (1,) * 3 + (3,) * 7))) for o in rare + others),
        2,
    )
    found = Search(task).run(None, whole=True, nodes=ENOUGH)
    assert (found.plan, found.proven, found.nodes < 20) == (None, True, True)


def test_many_offers_that_each_have_one_unit() -> None:
    task = Task((600,), (Offer(1, (1,)),) * 800, 800)
    found = Search(task).run(None, whole=True, nodes=500)
    assert found.plan is not None
    assert len(found.plan) == 600


def test_offers_that_no_plan_needs() -> None:
    need = (2, 2, 1)
    offers = [(5, (2, 2, 0)), (5, (1, 2, 0)), (4, (1, 2, 0)), (9, (2, 0, 1)), (5, (2, 2, 0)), (9, (0, 0, 0))]
    assert dominated(Task(need, tuple(Offer(*o) for o in offers), 3)) == {1: 0, 4: 0, 5: 0}


def test_prices_are_never_above_costs() -> None:
    for case in range(100):
        task = drawn(Random(SEED + case), things=6, offers=20, most=6, dear=1_000)
        found = prices(task.need, task.offers)
        assert all(worth(found, offer.units) <= offer.cost for offer in task.offers), SEED + case
        assert any(found) or not any(any(o.units) for o in task.offers) or min(o.cost for o in task.offers) < 9


def test_gains_are_what_is_left_and_there() -> None:
    for case in range(300):
        random = Random(SEED + case)
        task = drawn(random, things=random.randint(1, 12), offers=5, most=5, dear=9)
        gains = Gains(task.need)
        left = task.left((0,))
        packed = [gains.packed(offer.units) for offer in task.offers]
        assert gains.of(left, packed) == [sum(map(min, o.units, left)) for o in task.offers], SEED + case
        assert sum(left) - gains.of(left, packed)[1] == sum(less(left, task.offers[1].units))


def test_places_are_bits() -> None:
    assert picked([10, 20, 30, 40], 0b1010) == [20, 40]
    assert picked([10, 20], 0) == []
