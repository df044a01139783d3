"""The shapes that a plan is made of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class City:
    """A city as ``cities.csv`` lists it; coordinates in degrees, ``country`` as the orders spell it."""

    country: str
    code: str
    name: str
    postcode: str
    latitude: float
    longitude: float
    time_zone: str


@dataclass(frozen=True)
class Address:
    """Where a parcel goes to or comes from."""

    name: str
    street: str
    city: City
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Location:
    """A store or the distribution centre; ``hours`` are seven (opens, closes) as HHMM, Monday first."""

    ref: str
    type: str
    name: str
    address: Address
    hours: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Product:
    """Something to sell, with its list price in pounds."""

    ref: str
    name: str
    price: Decimal


@dataclass(frozen=True)
class Customer:
    """A buyer; guests are customers of a single order."""

    username: str
    first_name: str
    last_name: str
    email: str
    address: Address


@dataclass(frozen=True)
class Line:
    """One line of an order: units of a product at the price paid for each, in pounds."""

    ref: str
    product: str
    quantity: int
    price: Decimal

    @property
    def total(self) -> Decimal:
        """Return what the line costs."""
        return self.price * self.quantity


@dataclass(frozen=True)
class Order:
    """One order with its lines; ``ordered_at`` is local time of the shop."""

    ref: str
    customer: Customer
    ordered_at: datetime
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        """Return what all lines cost together."""
        return sum((line.total for line in self.lines), Decimal(0))

    @property
    def products(self) -> frozenset[str]:
        """Return the refs of the products ordered."""
        return frozenset(line.product for line in self.lines)


@dataclass(frozen=True)
class Stock:
    """Units of a product that stand at a location before the first order."""

    product: str
    location: str
    quantity: int


@dataclass(frozen=True)
class Plan:
    """The whole retailer: orders by time, products by first appearance in them."""

    locations: tuple[Location, ...]
    products: tuple[Product, ...]
    orders: tuple[Order, ...]
    stock: tuple[Stock, ...]
