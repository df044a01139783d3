"""The stock before the first order, drawn so that most orders ship whole, some split and a few fall short.

The distribution centre holds almost everything that will be asked for. Some products stand only in stores,
of some the centre has a part, a few are short everywhere, and three nobody has: these were the only line of
an order each, so that order cannot be delivered at all.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from penstock.demo.plan.draw import fraction, pick, shuffled, whole
from penstock.demo.plan.places import CENTRE
from penstock.demo.plan.shapes import Location, Order, Stock

if TYPE_CHECKING:
    from collections.abc import Iterator

_STORES_ONLY = 0.01  # share of products that the centre does not keep
_PARTLY = 0.035  # up to this share: the centre keeps a part of the demand
_FLAGSHIPS = 3  # the largest stores keep what the centre lacks
_SHORT = 6  # products of which there is less than asked for
_NOWHERE = 3  # products that are sold out
_RARE, _COMMON = range(1, 4), range(3, 9)  # orders that ask for a sold-out product, for a short one
_ASSORTMENT = (70, 130)  # products on a store's own shelves
_SHELF = (2, 24)  # units of each of them

_Levels = dict[tuple[str, str], int]


def draw_stock(orders: tuple[Order, ...], locations: tuple[Location, ...]) -> tuple[Stock, ...]:
    """Return what stands where, sorted by product and location; quantities are units, at least 1."""
    demand = _demand(orders)
    stores = [location.ref for location in locations if location.type == "STORE"]
    short, nowhere = _scarce(orders)
    levels: _Levels = {}
    for product in demand.keys() - nowhere:
        levels.update(_supply(product, demand[product], stores, scarce=product in short))
    for key, quantity in _shelves(sorted(demand.keys() - nowhere - short), stores):
        levels.setdefault(key, quantity)
    return tuple(Stock(product, location, n) for (product, location), n in sorted(levels.items()))


def _demand(orders: tuple[Order, ...]) -> Counter[str]:
    demand: Counter[str] = Counter()
    for order in orders:
        for line in order.lines:
            demand[line.product] += line.quantity
    return demand


def _scarce(orders: tuple[Order, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Choose the products that are short and those that are sold out."""
    buyers: dict[str, int] = defaultdict(int)
    for order in orders:
        for product in order.products:
            buyers[product] += 1
    alone = {order.lines[0].product for order in orders if len(order.lines) == 1}
    rare = sorted(product for product in alone if buyers[product] in _RARE)
    nowhere = frozenset(shuffled(rare, "nowhere")[:_NOWHERE])
    asked = sorted(product for product, n in buyers.items() if n in _COMMON and product not in nowhere)
    return frozenset(shuffled(asked, "short")[:_SHORT]), nowhere


def _supply(product: str, demand: int, stores: list[str], *, scarce: bool) -> _Levels:
    """Return where the units stand that the orders ask for."""
    if scarce:
        return {(product, CENTRE): max(1, demand * 2 // 5)}
    lot = fraction("supply", product)
    levels: _Levels = {}
    if lot >= _STORES_ONLY:
        part = 0.5 if lot < _PARTLY else 1.15
        levels[product, CENTRE] = math.ceil(demand * part) + (0 if lot < _PARTLY else 4)
    if lot < _PARTLY:
        keepers = {pick(stores[:_FLAGSHIPS], "keeper", product), pick(stores, "keeper 2", product)}
        levels.update({(product, store): math.ceil(demand * 0.8) + 1 for store in keepers})
    return levels


def _shelves(products: list[str], stores: list[str]) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield what each store keeps for those who walk in."""
    for store in stores:
        kept = shuffled(products, "shelf", store)[: whole(*_ASSORTMENT, "assortment", store)]
        for product in kept:
            yield (product, store), whole(*_SHELF, "shelf units", store, product)
