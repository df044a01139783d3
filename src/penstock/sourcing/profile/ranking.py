"""Rating the candidates of a strategy, criterion by criterion (spec 22 §10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.sourcing.profile.criteria import EXCLUDED, Criterion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.sourcing.profile.need import Candidate, Need


@dataclass(frozen=True, slots=True)
class Use:
    """A criterion in a strategy: ``given`` is what it read from its parameters."""

    name: str
    criterion: Criterion
    given: Any


@dataclass(frozen=True, slots=True)
class Rated:
    """A candidate with its ratings, in the order of the criteria."""

    candidate: Candidate
    ratings: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates, best first, and the criterion that left a location out, by its ref."""

    rated: tuple[Rated, ...]
    excluded: dict[str, str]

    @property
    def candidates(self) -> list[Candidate]:
        """Return the candidates, best first."""
        return [rated.candidate for rated in self.rated]


def rank(candidates: Sequence[Candidate], uses: Sequence[Use], need: Need) -> Ranking:
    """Return the candidates by their first rating, ties by the next, at last by ref.

    Whom one criterion leaves out, the next does not see: it does not influence how others are rated.
    """
    left, excluded = list(candidates), dict[str, str]()
    vectors: dict[str, tuple[float, ...]] = {c.ref: () for c in candidates}
    for use in uses:
        ratings = dict(zip((c.ref for c in left), use.criterion.ratings(use.given, left, need), strict=True))
        excluded |= {ref: use.name for ref, rating in ratings.items() if rating == EXCLUDED}
        left = [c for c in left if c.ref not in excluded]
        vectors = {c.ref: (*vectors[c.ref], ratings[c.ref]) for c in left}
    rated = [Rated(c, vectors[c.ref]) for c in left]
    rated.sort(key=lambda r: (tuple(-rating for rating in r.ratings), r.candidate.ref))
    return Ranking(tuple(rated), excluded)
