"""The retailer that is measured: places, products and plenty of stock; and orders to place with it."""

from __future__ import annotations

import itertools
import random
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bench.tools.client import post
from penstock.demo.load import Shelf, load
from penstock.demo.plan import Plan, read_cities
from penstock.demo.plan.people import customer
from penstock.demo.plan.places import CENTRE, HOME, locations
from penstock.demo.plan.shapes import Line, Order, Product, Stock
from penstock.demo.players.shop import customer_input, order_input

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.tools.house import House, Site

PRODUCTS = 200
CUSTOMERS = 100
PLENTY = 10_000_000  # units at each place that stocks a product
FOREIGN = 1_000_000_000_000_000  # ids from here on were not given by Penstock, but by scripts of pgbench
ORDERED_AT = datetime.fromisoformat("2026-01-05T12:00:00")  # local time of the shop, as the demo's plan has it
CREATE = "mutation ($input: CreateOrderInput!) { createOrder(input: $input) { id ref status } }"
_SEED = 20_261


def _products() -> tuple[Product, ...]:
    return tuple(Product(f"P-{n:04}", f"Gift number {n}", Decimal(n % 40 + 1)) for n in range(PRODUCTS))


def _plan() -> Plan:
    """Every product stands in the distribution centre and, by turns, in a third of the twenty stores."""
    places, products = locations(read_cities()), _products()
    stock = [
        Stock(product.ref, place.ref, PLENTY)
        for (p, product), (n, place) in itertools.product(enumerate(products), enumerate(places))
        if place.ref == CENTRE or (p + n) % 3 == 0
    ]
    return Plan(places, products, (), tuple(stock))


async def open_shop(house: House) -> None:
    """Load the retailer over the API, unless that was done before."""
    async with house.serving(workers=1) as site, house.api(site) as api:
        await load(api, _plan(), Shelf(), lambda _done, _all: None)
        cities = read_cities()
        people = [customer(f"buyer{n}", HOME, cities) for n in range(CUSTOMERS)]
        for half in (people[: CUSTOMERS // 2], people[CUSTOMERS // 2 :]):  # a request has so much room
            await api.create("createCustomer", [customer_input(c, api.retailer) for c in half], "C0123E")


class Orders:
    """Makes requests that place orders; each order is new."""

    def __init__(self, site: Site, customers: dict[str, str], first: int) -> None:
        self._site = site
        self._cities = read_cities()
        self._customers = customers
        self._next = first
        self._random = random.Random(_SEED + first)
        self._products = _products()

    def requests(self, count: int, lines: int = 3) -> Iterator[bytes]:
        """Yield requests of ``createOrder``; refs are numbers that count up."""
        for _ in range(count):
            yield post("/graphql", self._site.token, {"query": CREATE, "variables": {"input": self._order(lines)}})

    def _order(self, lines: int) -> dict[str, Any]:
        number, self._next = self._next, self._next + 1
        buyer = customer(f"buyer{number % CUSTOMERS}", HOME, self._cities)
        bought = self._random.sample(self._products, lines)
        wanted = Order(
            str(number),
            buyer,
            ORDERED_AT,
            tuple(Line(f"{n}", p.ref, 1, p.price) for n, p in enumerate(bought)),
        )
        return order_input(wanted, self._customers[buyer.username], self._site.connection.retailer_id)


async def orders_of(house: House, site: Site) -> Orders:
    """Return what makes new orders for this house."""
    async with house.sql() as sql:
        known = {r["username"]: str(r["id"]) for r in await sql.fetch("SELECT id, username FROM customer")}
        first = await sql.fetchval("SELECT coalesce(max(ref::bigint), 999999) + 1 FROM orders WHERE id < $1", FOREIGN)
    return Orders(site, known, first)
