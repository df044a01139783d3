"""The search for a plan: one location for everything, else the best one first, and on with the rest (spec 22 §11)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from penstock.sourcing.profile.lost import behind
from penstock.sourcing.profile.ranking import Ranking, Use, rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from penstock.sourcing.profile.need import Candidate, Need
    from penstock.sourcing.profile.searched import Searched


@dataclass(frozen=True, slots=True)
class Part:
    """What a location sends: units by product ref, and by order item."""

    location: str
    taken: Mapping[str, int]
    items: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """The fulfilments proposed, in order, what they leave, and how all candidates were ranked at first.

    ``searched`` tells how a criterion of whole plans came to it. ``lost`` says by ref why candidates are not in it,
    of the best ranked ones; ``dropped`` names the criterion that left some out for what the first ones had left.
    """

    parts: tuple[Part, ...]
    rest: Need
    ranking: Ranking
    searched: Searched | None = None
    lost: Mapping[str, str] = field(default_factory=dict)
    dropped: Mapping[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Return whether nothing is left."""
        return not self.rest.lines


def plan(
    candidates: Sequence[Candidate], uses: Sequence[Use], need: Need, max_split: int | None, *, whole: bool = False
) -> Plan:
    """Return the plan of a strategy; ``max_split`` counts the fulfilments beside the first, None is no limit.

    A location that has everything beats any split. The greedy search is no optimum, and meant to be none: who wants
    one says so, by a criterion of whole plans. ``whole`` says that a plan is of no use that leaves anything.
    """
    made = begun = _by_criteria(candidates, uses, need, max_split)
    most = None if max_split is None else max_split + 1
    for use in uses:
        if use.criterion.improve is not None:
            made = use.criterion.improve(use.given, made, need, most=most, whole=whole)
    return replace(made, lost=behind(made)) if made is begun else made


def taking(candidates: Iterable[Candidate], need: Need, ranking: Ranking) -> Plan:
    """Return the plan in which each location, in this order, sends all that it has of what is left."""
    parts, left = list[Part](), need
    for candidate in candidates:
        parts.append(_part(candidate, left))
        left = left.less(parts[-1].taken)
    return Plan(tuple(parts), left, ranking)


def _by_criteria(candidates: Sequence[Candidate], uses: Sequence[Use], need: Need, max_split: int | None) -> Plan:
    ranking = rank([c for c in candidates if need.wants(c.available)], uses, need)
    for candidate in ranking.candidates:
        if need.covered_by(candidate.available):
            return taking([candidate], need, ranking)
    return _greedy(ranking, uses, need, max_split)


def _greedy(ranking: Ranking, uses: Sequence[Use], need: Need, max_split: int | None) -> Plan:
    """Take all that the best location has, and rate the others anew for what is left."""
    parts: list[Part] = []
    dropped: dict[str, str] = {}
    pool, left = ranking.candidates, need
    while left.lines and (max_split is None or len(parts) <= max_split):
        again = rank([c for c in pool if left.wants(c.available)], uses, left)
        dropped |= again.excluded
        if not again.rated:
            break
        best, *pool = again.candidates
        parts.append(_part(best, left))
        left = left.less(parts[-1].taken)
    return Plan(tuple(parts), left, ranking, dropped=dropped)


def _part(candidate: Candidate, need: Need) -> Part:
    taken = need.taken(candidate.available)
    return Part(candidate.ref, taken, need.by_item(taken))
