"""Rules of orders, fulfilments, articles and consignments (spec 35 §2 to §5)."""

from __future__ import annotations

from penstock.rules.builtin.order import (
    articles,
    consignments,
    coordinates,
    creation,
    expiry,
    gates,
    items,
    locations,
    packing,
    rejected,
    selection,
    senders,
    stock,
    verification,
)

__all__ = [
    "articles",
    "consignments",
    "coordinates",
    "creation",
    "expiry",
    "gates",
    "items",
    "locations",
    "packing",
    "rejected",
    "selection",
    "senders",
    "stock",
    "verification",
]
