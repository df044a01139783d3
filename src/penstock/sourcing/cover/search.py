"""Branch and bound: the cheapest plan, or the best that so many nodes find."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from penstock.sourcing.cover.dominance import dominated
from penstock.sourcing.cover.gains import Gains, picked
from penstock.sourcing.cover.prices import prices, worth
from penstock.sourcing.cover.task import Task, Units, less

if TYPE_CHECKING:
    from collections.abc import Iterator

Plan = tuple[int, ...]  # numbers of offers


@dataclass(frozen=True, slots=True)
class Found:
    """The best plan, None where there is none, and whether that is proven; after how many nodes."""

    plan: Plan | None
    nodes: int
    proven: bool


class _Node(NamedTuple):
    """A part of a plan: no plan that goes on from it with offers of ``free`` is below ``bound``."""

    bound: int
    left: Units
    slots: int  # offers that may still be taken
    free: int  # their places, as bits
    spent: int
    chosen: Plan  # places


class Search:
    """A task, prepared. Offers have places in it, cheapest first; those that no plan needs have none."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.dominated = dominated(task)
        numbers = (number for number in range(len(task.offers)) if number not in self.dominated)
        self._numbers = sorted(numbers, key=lambda number: task.offers[number].cost)
        offers = [task.offers[number] for number in self._numbers]
        self._costs, self._units = [offer.cost for offer in offers], [offer.units for offer in offers]
        self._prices = prices(task.need, offers)
        self._gains = Gains(task.need)
        self._packed = [self._gains.packed(offer.units) for offer in offers]
        self._enough: dict[tuple[int, int], int] = {}
        self._best, self._nodes = 0, 0
        self._chosen: Plan | None = None

    def run(self, start: Plan | None, *, whole: bool, nodes: int) -> Found:
        """Return the best plan: what leaves fewer units first, then what costs less; ``whole``: one that leaves none.

        ``start`` is a plan that there is already: it stays unless another one is better. ``nodes`` is the most that
        is looked at, after which the answer is the best plan so far.
        """
        task = self.task
        known = [plan for plan in (start, self._sketch()) if plan is not None]
        known = [plan for plan in known if not (whole and any(task.left(plan)))]
        begun = min(known, key=task.value, default=None)
        limit = task.penalty * (1 if whole else 1 + sum(task.need))
        everyone = (1 << len(self._numbers)) - 1
        root = _Node(worth(self._prices, task.need), task.need, task.most, everyone, 0, ())
        found = self._searched(root, limit if begun is None else task.value(begun), nodes)
        return Found(begun if found.plan is None else task.lean(found.plan), found.nodes, found.proven)

    def having(self, number: int, *, whole: bool, nodes: int) -> Found:
        """Return the best plan that takes a certain offer, which must not be one of the dominated."""
        task, place = self.task, self._numbers.index(number)
        others = ((1 << len(self._numbers)) - 1) & ~(1 << place)
        left, cost = less(task.need, self._units[place]), self._costs[place]
        root = _Node(0, left, task.most - 1, others, cost, (place,))
        return self._searched(root, task.penalty * (1 if whole else 1 + sum(task.need)), nodes)

    # --- the search ---

    def _searched(self, root: _Node, below: int, nodes: int) -> Found:
        """Look for a plan whose value is below a limit, depth first."""
        self._best, self._chosen, self._nodes = below, None, 0
        open_, proven = [root], True
        while open_ and proven:
            node = open_.pop()
            if node.bound >= self._best:
                continue
            proven = self._nodes < nodes
            if proven:
                self._nodes += 1
                open_ += self._children(node)
        plan = None if self._chosen is None else tuple(self._numbers[place] for place in self._chosen)
        return Found(plan, self._nodes, proven)

    def _children(self, node: _Node) -> list[_Node]:
        """End the plan in all ways that are plain; return how it may go on, the most promising last."""
        self._take(node.spent + self.task.penalty * sum(node.left), node.chosen)
        alone = self._alone(node)
        if alone:
            place = _lowest(alone)
            self._take(node.spent + self._costs[place], (*node.chosen, place))
        if not node.free or node.slots <= bool(alone) or not any(node.left):
            return []
        free = self._affordable(node, alone)
        if self._floor(node, free) >= self._best:
            return []
        thing = min((t for t, q in enumerate(node.left) if q), key=lambda t: (self._having(t, 1) & free).bit_count())
        return self._branched(node, free, thing)

    def _branched(self, node: _Node, free: int, thing: int) -> list[_Node]:
        """Say who is the first to give of a thing: one after the other, without those before it; or nobody."""
        givers = self._having(thing, 1) & free
        steps = sorted(self._steps(node, givers), reverse=True)
        free &= ~givers
        children = [self._without(node, free, thing)]
        for step in steps:
            children.append(step._replace(free=free))
            free |= 1 << step.chosen[-1]
        return [child for child in children if child.bound < self._best]

    def _steps(self, node: _Node, givers: int) -> Iterator[_Node]:
        for place in _places(givers):
            spent = node.spent + self._costs[place]
            left = less(node.left, self._units[place])
            last = node.slots == 1
            bound = spent + (self.task.penalty * sum(left) if last else worth(self._prices, left))
            if bound < self._best:
                yield _Node(bound, left, node.slots - 1, 0, spent, (*node.chosen, place))

    def _without(self, node: _Node, free: int, thing: int) -> _Node:
        """Return the node in which nobody gives anything more of a thing."""
        left = tuple(0 if t == thing else q for t, q in enumerate(node.left))
        spent = node.spent + self.task.penalty * node.left[thing]
        return _Node(spent + worth(self._prices, left), left, node.slots, free, spent, node.chosen)

    def _affordable(self, node: _Node, alone: int) -> int:
        """Return who may still be in a better plan: whoever is enough alone needs nobody beside it, others do.

        Whatever stands beside it, another offer or units that are left, costs no less than the cheapest.
        """
        most = self._best - node.spent - self._costs[_lowest(node.free)]
        return node.free & ~alone & ((1 << bisect_left(self._costs, most)) - 1)

    def _floor(self, node: _Node, free: int) -> int:
        """Return what a plan comes to at least that goes on from a node with two offers, or leaves units.

        Those with most units cover no less than as many others; as many as that takes cost no less than the cheapest.
        """
        gains = sorted(self._gains.of(node.left, picked(self._packed, free)), reverse=True)
        missing, count = sum(node.left), 0
        for gain in islice(gains, node.slots):
            if missing <= 0 or not gain:
                break
            missing, count = missing - gain, count + 1
        short = max(0, missing)
        least = count if short else max(2, count)
        cheapest = sum(self._costs[place] for place in islice(_places(free), least))
        return node.spent + self.task.penalty * short + cheapest

    def _take(self, value: int, chosen: Plan) -> None:
        if value < self._best:
            self._best, self._chosen = value, chosen

    # --- who has what ---

    def _alone(self, node: _Node) -> int:
        """Return who covers all that is left, as bits of places."""
        found = node.free if node.slots else 0
        for thing, units in enumerate(node.left):
            if units and found:
                found &= self._having(thing, units)
        return found

    def _having(self, thing: int, units: int) -> int:
        """Return who has so many units of a thing, as bits of places."""
        key = (thing, units)
        if key not in self._enough:
            self._enough[key] = sum(1 << place for place, own in enumerate(self._units) if own[thing] >= units)
        return self._enough[key]

    def _sketch(self) -> Plan:
        """Return a plan of those that cost least a unit, one after the other: where the search begins."""
        left, chosen = self.task.need, dict[int, None]()
        while any(left) and len(chosen) < self.task.most:
            gains = enumerate(self._gains.of(left, self._packed))
            rates = [(self._costs[place] / gain, place) for place, gain in gains if gain and place not in chosen]
            if not rates:
                break
            place = min(rates)[1]
            chosen[place] = None
            left = less(left, self._units[place])
        return self.task.lean(tuple(self._numbers[place] for place in chosen))


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _places(bits: int) -> Iterator[int]:
    while bits:
        yield _lowest(bits)
        bits &= bits - 1
