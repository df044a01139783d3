"""Offers that no plan needs, because another one is as good wherever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.sourcing.cover.task import Task


def dominated(task: Task) -> dict[int, int]:
    """Return by number the offers to do without, and which other one is the reason.

    That one costs no more and has enough of everything that they have: beside it they add nothing, and without it
    it takes their place. Of two that are alike, the first stays. Offers of nothing are for nothing.
    """
    order = sorted(range(len(task.offers)), key=lambda number: (task.offers[number].cost, number))
    found: dict[int, int] = {}
    best: list[tuple[int, int]] = []  # what offers have enough of, as bits, and their numbers; cheaper ones first
    for number in order:
        has, enough = _bits(task, number)
        by = next((other for bits, other in best if not has & ~bits), None)
        if by is not None:
            found[number] = by
        else:
            best = [(bits, other) for bits, other in best if bits & ~enough] + [(enough, number)]
    return found


def _bits(task: Task, number: int) -> tuple[int, int]:
    """Return which things an offer has any of, and which ones enough of."""
    has = enough = 0
    for thing, (units, needed) in enumerate(zip(task.offers[number].units, task.need, strict=True)):
        has |= (units > 0) << thing
        enough |= (units >= needed) << thing
    return has, enough
