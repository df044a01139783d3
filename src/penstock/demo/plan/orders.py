"""The real orders, read from the file that comes with the package (see ``data/ATTRIBUTION.md``)."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal
from importlib import resources
from typing import TYPE_CHECKING

from penstock.demo.plan.people import customer
from penstock.demo.plan.shapes import City, Line, Order, Product

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, str]

PREFIX = "UK-"  # of the refs of all orders of the demo


def rows(name: str, folder: str = "penstock.demo.data") -> list[Row]:
    """Return the rows of a CSV file, by column name."""
    text = resources.files(folder).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def read_orders(lines: Iterable[Row], cities: tuple[City, ...]) -> tuple[Order, ...]:
    """Group the lines by order and return the orders by time; each guest becomes a customer of their own."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in lines:
        grouped[row["order_ref"]].append(row)
    orders = [_order(ref, group, cities) for ref, group in grouped.items()]
    return tuple(sorted(orders, key=lambda order: (order.ordered_at, order.ref)))


def _order(number: str, group: list[Row], cities: tuple[City, ...]) -> Order:
    ref, first = PREFIX + number, group[0]
    username = f"customer-{first['customer_ref']}" if first["customer_ref"] else f"guest-{number}"
    return Order(
        ref=ref,
        customer=customer(username, first["country"], cities),
        ordered_at=min(datetime.fromisoformat(row["ordered_at"]) for row in group),
        lines=tuple(
            Line(f"{ref}-{n}", row["sku"], int(row["quantity"]), Decimal(row["unit_price_gbp"]))
            for n, row in enumerate(group, 1)
        ),
    )


def read_products(lines: Iterable[Row], orders: tuple[Order, ...]) -> tuple[Product, ...]:
    """Return the products by first appearance in the orders, each with its commonest name and price."""
    names: dict[str, Counter[str]] = defaultdict(Counter)
    prices: dict[str, Counter[str]] = defaultdict(Counter)
    for row in lines:
        names[row["sku"]][row["description"]] += 1
        prices[row["sku"]][row["unit_price_gbp"]] += 1
    refs = dict.fromkeys(line.product for order in orders for line in order.lines)
    return tuple(Product(ref, _commonest(names[ref]), Decimal(_commonest(prices[ref]))) for ref in refs)


def _commonest(counted: Counter[str]) -> str:
    return min(counted, key=lambda value: (-counted[value], value))
