"""What the orders of a variant amount to."""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import TYPE_CHECKING

from penstock.simulation.outcome.shapes import Figures, Share, Spread
from penstock.sourcing.eta import latest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from penstock.simulation.outcome.shapes import Placed, Sent
    from penstock.simulation.scenario.shapes import Cost


def figures(orders: Sequence[Placed], cost: Cost) -> Figures:
    """Count what came of orders."""
    sent = [one for order in orders for one in order.sent]
    measured = [(one.km, one.total) for one in sent if one.km is not None]
    km = sum(far for far, _ in measured)
    splits = Counter(len(order.sent) - 1 for order in orders if order.sent)
    short = [order for order in orders if order.unfilled]
    return Figures(
        orders=len(orders),
        fulfilments=len(sent),
        splits={str(n): splits[n] for n in range(max(splits, default=-1) + 1)},
        mean_splits=_mean([n for n, times in splits.items() for _ in range(times)]),
        distance=spread([far for far, _ in measured]),
        distance_by_unit=_over(sum(far * units for far, units in measured), sum(units for _, units in measured)),
        km=round(km, 3),
        cost=round(cost.of(len(sent), km), 2),
        promise=spread([latest([one.hours for one in order.sent], 0.0) for order in orders if order.sent]),
        units=sum(order.units for order in orders),
        units_sent=sum(one.total for one in sent),
        unfilled_orders=len(short),
        unfilled_lines=sum(len(order.unfilled) for order in short),
        unfilled_units=sum(sum(order.unfilled.values()) for order in short),
        problems=sum(order.problem is not None for order in orders),
        shares=_shares(sent),
    )


def _shares(sent: Iterable[Sent]) -> list[Share]:
    """Return what each location sends, the most first."""
    fulfilments: Counter[str] = Counter()
    units: Counter[str] = Counter()
    for one in sent:
        fulfilments[one.location] += 1
        units[one.location] += one.total
    total = sum(units.values()) or 1
    ordered = sorted(units, key=lambda ref: (-units[ref], ref))
    return [Share(ref, fulfilments[ref], units[ref], round(units[ref] / total, 4)) for ref in ordered]


def spread(values: Iterable[float]) -> Spread:
    """Return mean, median and the 95th percentile, each one of the values but the mean."""
    ordered = sorted(values)
    return Spread(_mean(ordered), _percentile(ordered, 50), _percentile(ordered, 95))


def _mean(values: Sequence[float]) -> float | None:
    return _over(sum(values), len(values))


def _over(total: float, count: float) -> float | None:
    return round(total / count, 3) if count else None


def _percentile(ordered: Sequence[float], percent: int) -> float | None:
    return round(ordered[max(1, ceil(len(ordered) * percent / 100)) - 1], 3) if ordered else None
