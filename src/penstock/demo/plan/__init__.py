"""Who buys what, and what stands where: pure, and the same at every run."""

from __future__ import annotations

from penstock.demo.plan.orders import read_orders, read_products, rows
from penstock.demo.plan.places import locations
from penstock.demo.plan.shapes import City, Plan
from penstock.demo.plan.stock import draw_stock

__all__ = ["Plan", "make_plan", "read_cities"]


def make_plan() -> Plan:
    """Return the demo retailer: 236 real orders of 1,455 products, 21 places, and their drawn stock."""
    cities, lines = read_cities(), rows("online_retail_orders.csv")
    orders, places = read_orders(lines, cities), locations(cities)
    return Plan(places, read_products(lines, orders), orders, draw_stock(orders, places))


def read_cities() -> tuple[City, ...]:
    """Return the table of cities in its order."""
    return tuple(
        City(
            country=row["country"],
            code=row["code"],
            name=row["city"],
            postcode=row["postcode"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            time_zone=row["time_zone"],
        )
        for row in rows("cities.csv", "penstock.geocoding")
    )
