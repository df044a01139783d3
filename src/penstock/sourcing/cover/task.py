"""What is to be covered, and the offers that may cover it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from operator import sub
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Units = tuple[int, ...]  # of each thing that is needed, in the order of the need


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody has, never more than the need, and what it costs to take it, whole or in part: 1 or more."""

    cost: int
    units: Units


@dataclass(frozen=True)
class Task:
    """A need, and no more than ``most`` offers to cover it with. Plans are tuples of numbers of offers."""

    need: Units
    offers: tuple[Offer, ...]
    most: int

    @cached_property
    def penalty(self) -> int:
        """Return what a unit that nobody covers costs: more than all offers, so that coverage comes first."""
        return 1 + sum(offer.cost for offer in self.offers)

    def left(self, plan: Iterable[int]) -> Units:
        """Return what a plan leaves uncovered."""
        return less(self.need, self._sums(plan))

    def cost(self, plan: Iterable[int]) -> int:
        """Return what a plan costs, whatever it leaves."""
        return sum(self.offers[number].cost for number in plan)

    def value(self, plan: tuple[int, ...]) -> int:
        """Return what is to be as small as can be: units left, by their penalty, and the cost."""
        return self.penalty * sum(self.left(plan)) + self.cost(plan)

    def lean(self, plan: tuple[int, ...]) -> tuple[int, ...]:
        """Return a plan without the offers, dearest first, that the others make superfluous."""
        kept, sums = list(plan), self._sums(plan)
        for number in sorted(plan, key=lambda n: -self.offers[n].cost):
            others = tuple(map(sub, sums, self.offers[number].units))
            if less(self.need, others) == less(self.need, sums):
                kept.remove(number)
                sums = others
        return tuple(kept)

    def _sums(self, plan: Iterable[int]) -> Units:
        """Return what a plan has of each thing, be it more than the need."""
        columns = zip(*(self.offers[number].units for number in plan), strict=True)
        return tuple(map(sum, columns)) or (0,) * len(self.need)


def less(left: Units, units: Units) -> Units:
    """Return what is left when so many units are covered; never below zero."""
    return tuple([a - b if a > b else 0 for a, b in zip(left, units, strict=True)])
