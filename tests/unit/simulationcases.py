"""What came of a few orders, for tests of what is made of it."""

from __future__ import annotations

from penstock.simulation.outcome.changed import Sight
from penstock.simulation.outcome.shapes import Placed, Sent
from penstock.simulation.placing import Run
from penstock.simulation.report import Place, Report, Terms, variant
from penstock.simulation.scenario.shapes import Cost, Promise, Scenario


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


def two_orders(name: str) -> Report:
    """Return a simulation of two orders under one scenario; it, and the place that sends then, have this name."""
    base = _run(placed("O1", sent("DC", x=3)), placed("O2", unfilled={"O2-1": 1}))
    after = _run(placed("O1", sent(name, x=2), unfilled={"1": 1}), placed("O2", unfilled={}, latitude=None))
    scenario = Scenario(name=name, mutations=[{name: {}}])
    terms = Terms(Cost(), Promise())
    return Report(
        account="ACME & SONS",
        retailer="1",
        moment="2026-02-02T00:00:00.000+00:00",
        orders="the latest 2 recorded orders",
        rows=1,
        took=1.0,
        places=[Place("DC", "WAREHOUSE", 52.0, -1.0), Place(name, "STORE", 51.0, 0.5), Place("S", "STORE")],
        variants=[variant(None, terms, base, None), variant(scenario, terms, after, base)],
    )


def _run(*orders: Placed) -> Run:
    return Run(list(orders), [Sight()] * len(orders))
