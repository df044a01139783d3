"""What came of orders, and what it amounts to, as ``--json`` shows it."""

from __future__ import annotations

import msgspec


class Sent(msgspec.Struct, rename="camel", omit_defaults=True):
    """A fulfilment: where from, how many units of which product, how far (km, where both ends are known).

    ``hours`` are those until it is ready.
    """

    location: str
    units: dict[str, int]
    km: float | None
    hours: float
    status: str | None = None

    @property
    def total(self) -> int:
        """Return how many units it has."""
        return sum(self.units.values())

    def __str__(self) -> str:
        return f"{self.location}[{self.total}]"


class Placed(msgspec.Struct, rename="camel", omit_defaults=True):
    """An order and what came of it; what nobody sends is ``unfilled``, units by line.

    ``problem`` tells what failed: the order itself, or an event of it.
    """

    ref: str
    status: str | None
    lines: int
    units: int
    sent: list[Sent] = []
    unfilled: dict[str, int] = {}
    latitude: float | None = None
    longitude: float | None = None
    problem: str | None = None

    @property
    def route(self) -> str:
        """Return who sends what in a few words: ``DC-1[12] + S-3[1]``, with what nobody sends at the end."""
        sent = [str(one) for one in sorted(self.sent, key=lambda s: (-s.total, s.location))]
        missing = sum(self.unfilled.values())
        return " + ".join([*sent, *([f"nobody[{missing}]"] if missing else [])]) or "nothing"

    @property
    def plan(self) -> dict[str, dict[str, int]]:
        """Return the units of each product from each location; fulfilments of one location count together."""
        found: dict[str, dict[str, int]] = {}
        for one in self.sent:
            own = found.setdefault(one.location, {})
            for product, units in one.units.items():
                own[product] = own.get(product, 0) + units
        return found


class Spread(msgspec.Struct, rename="camel"):
    """Mean, median and the value that 95 of 100 do not exceed; None of nothing."""

    mean: float | None
    p50: float | None
    p95: float | None


class Share(msgspec.Struct, rename="camel"):
    """What a location sends."""

    location: str
    fulfilments: int
    units: int
    share: float  # of all units that are sent, 0 to 1


class Figures(msgspec.Struct, rename="camel"):
    """What a variant amounts to.

    ``splits`` counts orders by their fulfilments beside the first; orders of which nothing is sent are in none of them.
    Distances are in km, of fulfilments of which both ends are known; ``promise`` in hours, of orders.
    """

    orders: int
    fulfilments: int
    splits: dict[str, int]
    mean_splits: float | None
    distance: Spread
    distance_by_unit: float | None
    km: float
    cost: float
    promise: Spread
    units: int
    units_sent: int
    unfilled_orders: int
    unfilled_lines: int
    unfilled_units: int
    problems: int
    shares: list[Share]
