"""What a criterion is: how it rates the candidates of a strategy (spec 22 §10)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from penstock.sourcing.profile.failures import ProfileError
from penstock.sourcing.profile.need import Candidate, Need
from penstock.sourcing.profile.registry import Registry

if TYPE_CHECKING:
    from penstock.sourcing.profile.described import Param
    from penstock.sourcing.profile.params import Params
    from penstock.sourcing.profile.planning import Plan

EXCLUDED = -1.0  # the rating of a location that is out
ATS, AGNOSTIC, EXCLUSION = "ATS-dependent", "ATS-agnostic", "Exclusion"  # tags
_DECIMALS = 6  # ratings that agree so far are a tie

Rate = Callable[[Candidate, Need, Any], float]
Ratings = Callable[[list[float]], list[float]]


class Improve(Protocol):
    """Makes another plan of the one that the criteria found, from what they left of the candidates.

    ``most`` is the number of fulfilments that a plan may have, None for any. With ``whole``, a plan that leaves
    anything is of no use.
    """

    def __call__(self, given: Any, plan: Plan, need: Need, *, most: int | None, whole: bool) -> Plan:
        """Return the other plan, or the same."""


@dataclass(frozen=True)
class Criterion:
    """A type of criterion; ``name``, ``label``, ``tags`` and ``params`` describe it to user interfaces.

    Its steps, of which only ``rate`` is needed:

    - ``read`` takes :class:`Params` and returns what the other steps are given; it refuses bad ones.
    - ``prepare`` looks at all candidates and the need, and returns what ``rate`` is given.
    - ``rate`` returns a number for one candidate, or ``EXCLUDED``.
    - ``normalise`` brings the numbers of those that are not excluded to 0 to 1, 1 being the best.
    - ``finish`` changes those once more.

    ``improve`` makes it a criterion of whole plans: see :class:`Improve`.

    ``networks`` says which networks' members it has to know, ``attributes`` whether it looks at those of locations
    (always, or as a function of what it was given),
    ``daily`` whether it asks for their fulfilments of today, ``waiting`` for those that are not at their end.
    """

    type: str
    rate: Rate
    label: str = ""
    tags: tuple[str, ...] = ()
    params: tuple[Param, ...] = ()
    read: Callable[[Params], Any] = lambda params: params
    prepare: Callable[[Any, Sequence[Candidate], Need], Any] = lambda given, _candidates, _need: given
    normalise: Ratings = list
    finish: Ratings = list
    improve: Improve | None = None
    networks: Callable[[Any], tuple[str, ...]] = lambda _: ()
    attributes: bool | Callable[[Any], bool] = False
    daily: bool = False
    waiting: bool = False

    @property
    def name(self) -> str:
        """Return the last word of the type: ``locationDistance``."""
        return self.type.rpartition(".")[2]

    def looks_at_attributes(self, given: Any) -> bool:
        """Return whether attributes of locations have to be known."""
        return self.attributes(given) if callable(self.attributes) else self.attributes

    def ratings(self, given: Any, candidates: Sequence[Candidate], need: Need) -> list[float]:
        """Return the rating of each candidate, to six decimals: 0 to 1, or ``EXCLUDED``."""
        prepared = self.prepare(given, candidates, need)
        rated = [self.rate(candidate, need, prepared) for candidate in candidates]
        kept = iter(self.finish(self.normalise([rating for rating in rated if rating != EXCLUDED])))
        final = [EXCLUDED if rating == EXCLUDED else round(float(next(kept)), _DECIMALS) for rating in rated]
        bad = next((rating for rating in final if not math.isfinite(rating)), None)
        if bad is not None:
            raise ProfileError(f"criterion {self.type}: a location is rated {bad}, which is no number")
        return final


CRITERIA: Registry[Criterion] = Registry("criterion")


def criterion(type_: str, **facts: Any) -> Callable[[Rate], Rate]:
    """Declare a criterion by its rating; ``facts`` are the other fields of :class:`Criterion`."""

    def declare(rate: Rate) -> Rate:
        CRITERIA.add(type_, Criterion(type_, rate, **facts))
        return rate

    return declare
