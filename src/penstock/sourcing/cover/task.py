"""What is to be covered, and the offers that may cover it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
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
        left = self.need
        for number in plan:
            left = less(left, self.offers[number].units)
        return left

    def cost(self, plan: Iterable[int]) -> int:
        """Return what a plan costs, whatever it leaves."""
        return sum(self.offers[number].cost for number in plan)

    def value(self, plan: tuple[int, ...]) -> int:
        """Return what is to be as small as can be: units left, by their penalty, and the cost."""
        return self.penalty * sum(self.left(plan)) + self.cost(plan)

    def lean(self, plan: tuple[int, ...]) -> tuple[int, ...]:
        """Return a plan without the offers, dearest first, that the others make superfluous."""
        for number in sorted(plan, key=lambda n: -self.offers[n].cost):
            rest = tuple(n for n in plan if n != number)
            if self.left(rest) == self.left(plan):
                plan = rest
        return plan


def less(left: Units, units: Units) -> Units:
    """Return what is left when so many units are covered; never below zero."""
    return tuple([a - b if a > b else 0 for a, b in zip(left, units, strict=True)])
