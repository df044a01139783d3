"""The demo's plan: real orders, and stock that makes most of them ship whole."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from penstock.demo.load.settings import WEIGHTS
from penstock.demo.plan import Plan, make_plan
from penstock.demo.plan.draw import fraction, shuffled, whole

if TYPE_CHECKING:
    from penstock.demo.plan.shapes import Address, Order

_MAX_SHIPMENTS = 6


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan()


def test_the_plan_holds_all_orders_of_the_file(plan: Plan) -> None:
    assert len(plan.orders) == 236
    assert sum(len(order.lines) for order in plan.orders) == 4688
    assert len(plan.products) == 1455
    assert max(len(order.lines) for order in plan.orders) == 591
    assert len({order.customer.username for order in plan.orders if "guest" in order.customer.username}) == 10


def test_orders_come_by_time_and_products_by_first_appearance(plan: Plan) -> None:
    assert [o.ordered_at for o in plan.orders] == sorted(o.ordered_at for o in plan.orders)
    assert {product.ref for product in plan.products[:3]} <= plan.orders[0].products


def test_customers_live_in_their_country(plan: Plan) -> None:
    countries = Counter(order.customer.address.city.country for order in plan.orders)
    assert countries["United Kingdom"] == 229
    assert len(countries) == 7
    for order in plan.orders:
        home = order.customer.address
        assert abs(home.latitude - home.city.latitude) < 0.1
        assert abs(home.longitude - home.city.longitude) < 0.1


def test_there_is_one_centre_and_twenty_stores_with_distinct_refs(plan: Plan) -> None:
    assert Counter(location.type for location in plan.locations) == {"WAREHOUSE": 1, "STORE": 20}
    assert len({location.ref for location in plan.locations}) == 21
    assert all(len(location.hours) == 7 for location in plan.locations)


def test_stock_is_a_few_thousand_records_of_real_units(plan: Plan) -> None:
    assert 3000 <= len(plan.stock) <= 4000
    assert all(stock.quantity >= 1 for stock in plan.stock)
    per_store = Counter(stock.location for stock in plan.stock if stock.location.startswith("STORE"))
    assert all(70 <= n <= 160 for n in per_store.values())


def test_the_same_plan_is_drawn_at_every_run(plan: Plan) -> None:
    assert make_plan() == plan


def test_draws_depend_on_their_key_alone() -> None:
    assert fraction("a", 1) == fraction("a", 1) != fraction("a", 2)
    assert {whole(1, 3, n) for n in range(100)} == {1, 2, 3}
    assert sorted(shuffled([3, 1, 2], "key")) == [1, 2, 3]


def test_most_orders_ship_whole_some_split_and_a_few_fall_short(plan: Plan) -> None:
    outcomes = Counter(outcome(shipments, missing) for shipments, missing in simulate(plan))
    assert outcomes["whole"] > 236 * 0.55
    assert outcomes["split"] > 236 * 0.1
    assert 5 <= outcomes["short"] + outcomes["nothing"] <= 236 * 0.2
    assert outcomes["nothing"] >= 3


def outcome(shipments: int, missing: int) -> str:
    """Name what becomes of an order with so many shipments and so many units that nobody has."""
    if missing:
        return "short" if shipments else "nothing"
    return "whole" if shipments == 1 else "split"


@dataclass
class Shelves:
    """Units left, by location and product."""

    units: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))


def simulate(plan: Plan) -> list[tuple[int, int]]:
    """Source all orders by rating, roughly as spec 22 §4 does; return (shipments, missing units) of each."""
    shelves = Shelves()
    for stock in plan.stock:
        shelves.units[stock.location][stock.product] = stock.quantity
    addresses = {location.ref: location.address for location in plan.locations}
    return [source(order, shelves, addresses) for order in plan.orders]


def source(order: Order, shelves: Shelves, addresses: dict[str, Address]) -> tuple[int, int]:
    """Take the units of one order from the shelves."""
    need: Counter[str] = Counter()
    for line in order.lines:
        need[line.product] += line.quantity
    distances = {ref: distance(order.customer.address, address) for ref, address in addresses.items()}
    nearest, used = min(distances.values()), set[str]()
    while need.total() and len(used) < _MAX_SHIPMENTS:
        rated = []
        for ref in distances.keys() - used:
            filled = sum(min(n, shelves.units[ref].get(p, 0)) for p, n in need.items())
            if filled:
                proximity = WEIGHTS["PROXIMITY.WEIGHTING.FACTOR"] * nearest / distances[ref]
                quantity = WEIGHTS["QUANTITY.WEIGHTING.FACTOR"] * filled / need.total()
                rated.append((proximity + quantity, ref))
        if not rated:
            break
        best = max(rated)[1]
        used.add(best)
        for product, n in need.items():
            taken = min(n, shelves.units[best].get(product, 0))
            need[product] -= taken
            if taken:
                shelves.units[best][product] -= taken
    return len(used), need.total()


def distance(a: Address, b: Address) -> float:
    """Return kilometres as the crow flies."""
    north, east = math.radians(b.latitude - a.latitude), math.radians(b.longitude - a.longitude)
    scale = math.cos(math.radians(a.latitude)) * math.cos(math.radians(b.latitude))
    return 2 * 6371 * math.asin(math.sqrt(math.sin(north / 2) ** 2 + scale * math.sin(east / 2) ** 2))
