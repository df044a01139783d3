"""The criterion of whole plans: the cheapest one, found by an exact search."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from penstock.sourcing.cover.feasible import lack, reachable
from penstock.sourcing.cover.search import Search
from penstock.sourcing.cover.task import Offer, Task
from penstock.sourcing.profile.cost import PARAMS, Costs, read_costs
from penstock.sourcing.profile.criteria import AGNOSTIC, criterion
from penstock.sourcing.profile.lost import Choice, fulfilments, lost
from penstock.sourcing.profile.normalising import smallest_first
from penstock.sourcing.profile.planning import Plan, taking
from penstock.sourcing.profile.searched import Searched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.sourcing.cover.feasible import Lack
    from penstock.sourcing.profile.need import Candidate, Need

_EXACT = 10**6  # parts of one unit of cost that are told apart
_ONE = 2**20  # what such a part counts in the search: of plans that cost the same, the one with fewer fulfilments wins


def cheapest(given: Costs, plan: Plan, need: Need, *, most: int | None, whole: bool) -> Plan:
    """Return the plan that leaves fewest units, and of those costs least; the one given stays unless one is better.

    Where no plan can cover the need, and one that leaves anything is of no use, nothing is searched.
    """
    costs = given.of(plan.ranking.candidates)
    task, cost = _task(plan.ranking.candidates, costs, need, most), _total(costs, plan)
    told = Searched(cost, plan, cost, 0, proven=True, hopeless=None, costs=costs)
    missing = lack(task)
    if missing is not None and whole:
        return _useless(plan, replace(told, hopeless=_hopeless(missing, task, list(need.units))))
    search = Search(reachable(task))
    refs = list(costs)
    found = search.run(tuple(refs.index(part.location) for part in plan.parts), whole=whole, nodes=given.nodes)
    made = plan if found.plan is None else _made({refs[number] for number in found.plan}, plan, need)
    about = replace(told, cost=_total(costs, made), nodes=found.nodes, proven=found.proven)
    if whole and not made.whole:
        none = f"no plan of {fulfilments(task.most)} sends everything"
        return _useless(made, replace(about, hopeless=none if found.proven else None))
    return replace(made, searched=about, lost=lost(Choice(search, refs, costs, made, proven=found.proven)))


def _useless(plan: Plan, about: Searched) -> Plan:
    """Return a plan that leaves something: all candidates lose, those in it as well."""
    reason = about.hopeless or f"no plan that sends everything was found by {about.nodes} nodes"
    return replace(plan, searched=about, lost=dict.fromkeys(about.costs, reason))


def _made(chosen: set[str], begun: Plan, need: Need) -> Plan:
    """Return the plan of these locations, best ranked first; the one that there is already as it is."""
    if chosen == {part.location for part in begun.parts}:
        return begun
    return taking([place for place in begun.ranking.candidates if place.ref in chosen], need, begun.ranking)


def _task(places: Sequence[Candidate], costs: dict[str, float], need: Need, most: int | None) -> Task:
    wanted = need.units
    offers = tuple(
        Offer(
            round(costs[place.ref] * _EXACT) * _ONE + 1,
            tuple(min(place.available.get(product, 0), units) for product, units in wanted.items()),
        )
        for place in places
    )
    return Task(tuple(wanted.values()), offers, len(offers) if most is None else min(most, len(offers)))


def _total(costs: dict[str, float], plan: Plan) -> float:
    return sum(costs[part.location] for part in plan.parts)


def _hopeless(missing: Lack, task: Task, products: list[str]) -> str:
    what = "all units together" if missing.thing is None else products[missing.thing]
    return f"of {what} {missing.needed} are needed, and {fulfilments(task.most)} can send {missing.most} at most"


@criterion(
    "fc.sourcing.criterion.lowestCost",  # ours
    label="Cheapest plan",
    tags=(AGNOSTIC,),
    params=PARAMS,
    read=read_costs,
    prepare=lambda given, candidates, _need: given.of(candidates),
    normalise=smallest_first,
    improve=cheapest,
    attributes=lambda costs: costs.attribute is not None,
)
def lowest_cost(candidate: Candidate, _need: Need, costs: dict[str, float]) -> float:
    """Return what a fulfilment from the location costs; see :func:`cheapest` for what becomes of it."""
    return costs[candidate.ref]
