"""Why locations are not in a plan."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from penstock.sourcing.cover.search import Search
    from penstock.sourcing.profile.need import Candidate
    from penstock.sourcing.profile.planning import Plan

NAMED = 50  # locations whose reason is told, as many as are told of
_NODES = 20  # to look for the best plans that have them, for all together


def behind(plan: Plan) -> dict[str, str]:
    """Return by ref why candidates are not in a plan of the criteria, of the best ranked ones."""
    chosen = {part.location for part in plan.parts}
    losers = (candidate for candidate in plan.ranking.candidates if candidate.ref not in chosen)
    return {candidate.ref: _behind(candidate, plan) for candidate in islice(losers, NAMED)}


def _behind(candidate: Candidate, plan: Plan) -> str:
    """Return the reason: each round takes the best, until all is sent, the limit is reached or nobody has anything."""
    if candidate.ref in plan.dropped:
        return f"criterion {plan.dropped[candidate.ref]}, rated again for what was left"
    has = candidate.available
    if plan.rest.wants(has):
        return f"not the best in turn, at a limit of {fulfilments(len(plan.parts))}"
    first = plan.parts[0]
    if plan.whole and len(plan.parts) == 1 and any(has.get(p, 0) < units for p, units in first.taken.items()):
        return f"{first.location} has everything, and it has not"
    better = (part.location for part in plan.parts if any(has.get(product, 0) > 0 for product in part.taken))
    return f"nothing that it has is left after {', '.join(better)}, the best in turn"


def fulfilments(count: int) -> str:
    """Return a number of fulfilments as words."""
    return "1 fulfilment" if count == 1 else f"{count} fulfilments"


@dataclass(frozen=True, slots=True)
class Choice:
    """A search that is done: refs of its offers, best ranked first, their costs, and the plan; is none better?"""

    search: Search
    refs: Sequence[str]
    costs: Mapping[str, float]
    made: Plan
    proven: bool


def lost(choice: Choice) -> dict[str, str]:
    """Return by ref why offers are not in the cheapest plan.

    The best plan that has a location is only looked for while that is cheap.
    """
    chosen = {part.location for part in choice.made.parts}
    nodes, reasons = _NODES if choice.proven else 0, dict[str, str]()
    losers = (number for number, ref in enumerate(choice.refs) if ref not in chosen)
    for number in islice(losers, NAMED):
        reason, spent = _reason(choice, number, nodes)
        reasons[choice.refs[number]] = reason
        nodes -= spent
    return reasons


def _reason(choice: Choice, number: int, nodes: int) -> tuple[str, int]:
    """Return why an offer is not taken, and how many nodes it took to know."""
    by = choice.search.dominated.get(number)
    if by is not None:
        return f"{choice.refs[by]} has all that it can send, and costs no more", 0
    if nodes <= 0:
        return "not in the best plan" if choice.proven else "not in the best plan found", 0
    found = choice.search.having(number, whole=choice.made.whole, nodes=nodes)
    if not found.proven:
        return "not in the best plan", found.nodes
    if found.plan is None:
        return "no plan with it sends everything", found.nodes
    return _instead(choice, sorted(found.plan)), found.nodes


def _instead(choice: Choice, plan: Sequence[int]) -> str:
    task, refs = choice.search.task, [choice.refs[number] for number in plan]
    mine = [number for number, ref in enumerate(choice.refs) if ref in {p.location for p in choice.made.parts}]
    more = sum(task.left(plan)) - sum(task.left(mine))
    leaves = f"leaves {more} more units, and " if more else ""
    cost = sum(choice.costs[ref] for ref in refs)
    return f"the best plan with it, {', '.join(refs)}, {leaves}costs {cost:.2f}"
