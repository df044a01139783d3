"""What came of a few orders, for tests of what is made of it."""

from __future__ import annotations

from penstock.simulation.outcome.shapes import Placed, Sent


def sent(location: str, km: float | None = 10.0, hours: float = 24.0, **units: int) -> Sent:
    """Return a fulfilment with units by product."""
    return Sent(location, units, km, hours, "ASSIGNED")


def placed(ref: str, *parts: Sent, unfilled: dict[str, int] | None = None, **more: object) -> Placed:
    """Return an order with a line for each product."""
    missing = unfilled or {}
    units = sum(part.total for part in parts) + sum(missing.values())
    lines = len({product for part in parts for product in part.units}) + len(missing)
    order = Placed(ref, "BOOKED", lines, units, list(parts), missing, latitude=51.5, longitude=-0.1)
    for name, value in more.items():
        setattr(order, name, value)
    return order
