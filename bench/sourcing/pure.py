"""The search alone: plans of ten lines over two hundred candidates, in memory."""

from __future__ import annotations

import time
from dataclasses import dataclass
from random import Random
from statistics import median

from bench.sourcing.shop import BY_CRITERIA, CHEAPEST, LINES, PLACES, SHARE, SPLITS
from bench.tools.paced import percentile
from bench.tools.table import Row, at_most
from penstock.sourcing.profile import Candidate, Line, Need
from penstock.sourcing.profile.planning import Plan, plan
from penstock.sourcing.profile.strategies import Defaults, Strategy, strategies

CASES = 300
_SEED = 20_265
_FARTHEST = 600_000  # metres
_TYPES = "fc.sourcing.criterion."


@dataclass(frozen=True)
class Timed:
    """A plan, and the milliseconds that it took, of CPU: nothing in it waits."""

    made: Plan
    ms: float


def pure(bar: float) -> list[Row]:
    """Return what plans take where places have enough of what they have, and where they have one unit of each."""
    rows = []
    for stock, most in (("1 to 4 units", 4), ("one unit", 1)):
        cases = [_case(Random(_SEED + n), most) for n in range(CASES)]
        for name, criteria in (("criteria", BY_CRITERIA), ("cheapest plan", CHEAPEST)):
            timed = [_timed(_strategy(criteria), *case) for case in cases]
            ms = [t.ms for t in timed]
            what = f"search alone, CPU, {name}, places with {stock} of {SHARE:.0%} of the products, p99"
            about = f"median {median(ms):.1f}, at most {max(ms):.1f} ms; {CASES} cases"
            rows.append(at_most(what, percentile(ms, 99), bar, "ms", about))
        rows.append(Row("of it the cheapest plans", _quality([t.made for t in timed])))
    return rows


def _strategy(criteria: tuple[str, ...]) -> Strategy:
    listed = [{"name": name, "type": f"{_TYPES}{name}"} for name in criteria]
    return strategies([{"ref": "S", "sourcingCriteria": listed}], Defaults("BASE:1", "NET", SPLITS))[0]


def _case(random: Random, most: int) -> tuple[list[Candidate], Need]:
    need = Need(tuple(Line(n, f"P{n}", random.randint(1, 3), 1.0) for n in range(LINES)))
    places = [
        Candidate(
            f"PLACE-{n:03}",
            "STORE",
            _FARTHEST * random.random() ** 0.5,
            {f"P{p}": random.randint(1, most) for p in range(LINES) if random.random() < SHARE},
        )
        for n in range(PLACES)
    ]
    return places, need


def _timed(strategy: Strategy, places: list[Candidate], need: Need) -> Timed:
    begun = time.process_time()
    made = plan(places, strategy.criteria, need, strategy.max_split, whole=True)
    return Timed(made, (time.process_time() - begun) * 1000)


def _quality(plans: list[Plan]) -> str:
    searched = [(made, made.searched) for made in plans if made.searched is not None]
    nodes = sorted(s.nodes for _, s in searched)
    proven = sum(s.proven for _, s in searched) / len(searched)
    whole = sum(made.whole for made, _ in searched) / len(searched)
    before = sum(s.begun.whole for _, s in searched) / len(searched)
    ratios = [s.cost / s.begun_cost for made, s in searched if made.whole and s.begun.whole]
    cheaper = f", cost {median(ratios):.2f} of that where both are complete" if ratios else ""
    return (
        f"{proven:.0%} proven, {median(nodes):.0f} nodes, at most {nodes[-1]}; "
        f"complete {whole:.0%}, by the cheapest location again and again {before:.0%}{cheaper}"
    )
