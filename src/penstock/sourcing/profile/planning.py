"""The search for a plan: one location for everything, else the best one first, and on with the rest (spec 22 §11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.sourcing.profile.ranking import Ranking, Use, rank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from penstock.sourcing.profile.need import Candidate, Need


@dataclass(frozen=True, slots=True)
class Part:
    """What a location sends: units by product ref, and by order item."""

    location: str
    taken: Mapping[str, int]
    items: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """The fulfilments proposed, in order, what they leave, and how all candidates were ranked at first."""

    parts: tuple[Part, ...]
    rest: Need
    ranking: Ranking

    @property
    def whole(self) -> bool:
        """Return whether nothing is left."""
        return not self.rest.lines


def plan(candidates: Sequence[Candidate], uses: Sequence[Use], need: Need, max_split: int | None) -> Plan:
    """Return the plan of a strategy; ``max_split`` counts the fulfilments beside the first, None is no limit.

    A location that has everything beats any split. The greedy search is no optimum, and meant to be none.
    """
    ranking = rank([c for c in candidates if need.taken(c.available)], uses, need)
    for candidate in ranking.candidates:
        if need.covered_by(candidate.available):
            return Plan((_part(candidate, need),), need.less(need.units), ranking)
    return _greedy(ranking, uses, need, max_split)


def _greedy(ranking: Ranking, uses: Sequence[Use], need: Need, max_split: int | None) -> Plan:
    """Take all that the best location has, and rate the others anew for what is left."""
    parts: list[Part] = []
    pool, left = ranking.candidates, need
    while left.lines and (max_split is None or len(parts) <= max_split):
        pool = rank([c for c in pool if left.taken(c.available)], uses, left).candidates
        if not pool:
            break
        best, *pool = pool
        parts.append(_part(best, left))
        left = left.less(parts[-1].taken)
    return Plan(tuple(parts), left, ranking)


def _part(candidate: Candidate, need: Need) -> Part:
    taken = need.taken(candidate.available)
    return Part(candidate.ref, taken, need.by_item(taken))
