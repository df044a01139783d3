"""Whether so few offers can cover a need at all, told without a search."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.sourcing.cover.task import Offer, Task


@dataclass(frozen=True, slots=True)
class Lack:
    """Why a need cannot be covered: of one thing, or of all together (None), there is at most so much of it."""

    thing: int | None
    needed: int
    most: int


def lack(task: Task) -> Lack | None:
    """Return the first reason that is found; None where there is none, which is no promise that a plan exists.

    The best offers for one thing, and those with most units, cover no less than any plan of as many.
    """
    for thing, needed in enumerate(task.need):
        most = _best(task, [offer.units[thing] for offer in task.offers])
        if most < needed:
            return Lack(thing, needed, most)
    needed, most = sum(task.need), _best(task, [sum(offer.units) for offer in task.offers])
    return Lack(None, needed, most) if most < needed else None


def _best(task: Task, units: list[int]) -> int:
    return sum(sorted(units, reverse=True)[: task.most])


def reachable(task: Task) -> Task:
    """Return the task without the units that no plan can cover: they would be left by each alike."""
    best = (_best(task, [offer.units[thing] for offer in task.offers]) for thing in range(len(task.need)))
    need = tuple(min(units, most) for units, most in zip(task.need, best, strict=True))
    offers = (Offer(o.cost, tuple(map(min, o.units, need))) for o in task.offers)
    return Task(need, tuple(offers), task.most)
