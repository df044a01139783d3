"""Random histories of orders, picks, short picks and cancellations among counts, deltas and buffers.

Every order goes through the real workflow; after every step fulfilments, ledger, counters and what is for sale equal
a plain model.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from bench.proving.shop import Purchase, position_ref
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ordermodel import CANCELLED, ESCALATED, OVER, PICKING, WAITING, Model, Order, Part
from stockmodel import COUNTS, UNITS, Position, Step

if TYPE_CHECKING:
    from depot import Depot

pytest_plugins = ["depot_fixtures"]

STORES = {"S-LEEDS": (53.8, -1.54), "S-YORK": (53.96, -1.08)}
WAREHOUSE = "W-HULL"  # further away than they are
PLACES = (*STORES, WAREHOUSE)
START = 5  # units in each place
NUMBERS = st.integers(0, 3)  # which of those there are

COUNTING = st.tuples(st.just("count"), st.sampled_from(PLACES), COUNTS)
ORDERING = st.tuples(st.just("order"), st.lists(st.integers(1, 4), min_size=1, max_size=3))  # units of each
CANCELLING = st.one_of(
    st.tuples(st.just("cancel"), NUMBERS),
    st.tuples(st.just("cancel_units"), NUMBERS, st.integers(1, 3)),
)
FINDING = st.one_of(
    st.tuples(st.just("wave"), NUMBERS, st.integers(1, 3)),  # most fulfilments in it
    st.tuples(st.sampled_from(["pick", "pack"]), NUMBERS, UNITS),  # units found
)
REFUSING = st.tuples(st.sampled_from(["reject", "expire", "leave"]), NUMBERS)
# Chosen in two steps, so that every group comes as often as another, and not every kind.
STEPS = st.sampled_from([COUNTING, COUNTING, ORDERING, ORDERING, FINDING, REFUSING, CANCELLING]).flatmap(lambda s: s)
HISTORIES = st.lists(STEPS, min_size=10, max_size=30)

_STATES = {"AWAITING_WAVE": WAITING, "ASSIGNED": PICKING, "ESCALATED": ESCALATED, "CANCELLED": CANCELLED}
_FULFILMENTS = """
SELECT f.id, o.ref AS order_ref, coalesce(l.ref, '') AS place, f.status, i.id AS item, i.order_item_id,
       i.requested_quantity AS units, i.rejected_quantity AS rejected
FROM orders o JOIN fulfilment f ON f.order_id = o.id JOIN fulfilment_item i ON i.fulfilment_id = f.id
LEFT JOIN location l ON l.primary_address_id = f.from_address_id
WHERE o.ref LIKE $1 || '-%' ORDER BY f.id"""
_WAVES = """
SELECT w.id, array_agg(j.fulfilment_id ORDER BY j.fulfilment_id) AS parts FROM wave w
JOIN wave_fulfilment j ON j.wave_id = w.id WHERE w.status = 'PICK' AND j.fulfilment_id = ANY($1)
GROUP BY w.id ORDER BY w.id"""
_POSITIONS = """
SELECT p.location_ref AS place, p.on_hand, p.reserved, v.quantity AS for_sale FROM inventory_position p
JOIN virtual_position v ON v.position_id = p.id WHERE p.product_ref = $1"""
_LEDGER = """
SELECT q.type, sum(q.quantity)::int AS units FROM inventory_quantity q JOIN inventory_position p ON p.id = q.position_id
WHERE p.ref = $1 AND q.status IN ('CREATED', 'ACTIVE') GROUP BY q.type"""
_SUM = """
SELECT v.quantity FROM virtual_position v JOIN virtual_catalogue c ON c.id = v.catalogue_id
WHERE c.type = 'AGGREGATE' AND v.product_ref = $1"""
_numbers = itertools.count(1)
_Any = TypeVar("_Any")


@pytest.fixture(scope="module")
async def street(depot: Depot) -> Depot:
    """Stores beside the warehouses."""
    await depot.shop.add("STORE", STORES)
    return depot


class Play:
    """One product, its orders and the model of both; what there is nobody for does not happen."""

    def __init__(self, house: Depot, product: str) -> None:
        self._house, self._product = house, product
        self.model = Model({place: Position() for place in PLACES})
        for position in self.model.positions.values():
            position.apply(Step("load", first=START))

    async def step(self, kind: str, *given_: Any) -> None:
        """Let a step happen, and look."""
        await getattr(self, f"_{kind}")(*given_)
        await self._house.penstock.settle()
        await self._look()

    async def _count(self, place: str, step: Step) -> None:
        await self._house.send(self._product, place, step)
        self.model.count(place, step)

    async def _order(self, units: list[int]) -> None:
        """Place orders with one request: they are sourced together, and nobody says in which order."""
        purchases = [Purchase(f"{self._product}-{next(_numbers)}", {self._product: n}) for n in units]
        for purchase, n in zip(purchases, units, strict=True):
            self.model.order(purchase.ref, n)
        await self._house.shop.sell(purchases)

    async def _cancel(self, number: int) -> None:
        for order in self._booked(number):
            self.model.cancel(order)
            await self._house.shop.send(order.ref, "OrderCancel")

    async def _cancel_units(self, number: int, units: int) -> None:
        for order in self._booked(number):
            less = min(units, order.wanted)
            item = next(r["order_item_id"] for r in await self._fulfilments() if r["order_ref"] == order.ref)
            self.model.cancel_units(order, less)
            entry = {"orderItemId": str(item), "quantity": less, "reason": {"value": "CHANGE_MIND"}}
            await self._house.shop.send(order.ref, "CancelOrderItems", items=[entry])

    def _booked(self, number: int) -> list[Order]:
        """Return one of the orders that can be cancelled, if there is any."""
        return _one([order for order in self.model.orders if order.booked], number)

    async def _wave(self, number: int, most: int) -> None:
        """Let a store begin with some of what waits there."""
        for waiting in _one(self.model.having(WAITING), number):
            parts = self.model.having(WAITING, waiting.place)[:most]
            for part in parts:
                self.model.begin(part)
            ids = {"fulfilmentIds": [str(part.id) for part in parts]}
            await self._house.penstock.post("CreateWaveByUserSelection", "LOCATION", waiting.place, ids)

    async def _pick(self, number: int, found: int) -> None:
        for wave, parts in await self._waves(number):
            for part, units in zip(parts, _shared([p.units for p in parts], found), strict=True):
                self.model.confirm(part, units)
            catalogue = f"PC:MASTER:{self._house.penstock.retailer}"
            picked = {"productRef": self._product, "catalogueRef": catalogue, "availableQty": found}
            await self._house.penstock.post("PickConfirmAndWaveComplete", "WAVE", wave, {"pickedItems": [picked]})

    async def _leave(self, number: int) -> None:
        """Let a store give up a wave."""
        for wave, parts in await self._waves(number):
            for part in parts:
                part.state = WAITING
            await self._house.penstock.post("WaveCancel", "WAVE", wave)

    async def _waves(self, number: int) -> list[tuple[int, list[Part]]]:
        """Return one of the waves that are being picked, if there is any."""
        waves = await self._house.fetch(_WAVES, list(self.model.parts))
        return [(w["id"], [self.model.parts[id_] for id_ in w["parts"]]) for w in _one(waves, number)]

    async def _pack(self, number: int, found: int) -> None:
        """Let the warehouse tell what it has packed."""
        for part in _one(self.model.having(PICKING, WAREHOUSE), number):
            picked = min(part.units, found)
            item = next(r["item"] for r in await self._fulfilments() if r["id"] == part.id)
            self.model.confirm(part, picked)
            line = {"id": str(item), "requestedQuantity": part.units, "filledQuantity": picked}
            lines = [{**line, "rejectedQuantity": part.units - picked}]
            await self._house.penstock.post("FulfilmentPack", "FULFILMENT", part.id, {"fulfilmentItems": lines})

    async def _reject(self, number: int) -> None:
        for part in _one(self.model.having(WAITING), number):
            self.model.confirm(part, 0)
            await self._house.penstock.post("RejectByStore", "FULFILMENT", part.id)

    async def _expire(self, number: int) -> None:
        for part in _one(self.model.having(WAITING), number):
            self.model.give_up(part)
            await self._house.penstock.post("FulfilmentExpiry", "FULFILMENT", part.id)

    async def _fulfilments(self) -> list[Any]:
        return await self._house.fetch(_FULFILMENTS, self._product)

    async def _look(self) -> None:
        told = await self._fulfilments()
        known = self.model.parts
        for r in told:
            if r["id"] not in known:
                self.model.take(r["id"], r["order_ref"], r["place"], r["units"], _STATES.get(r["status"], OVER))
        self.model.sourced()
        assert [_told(r) for r in told] == [part.told for part in self.model.parts.values()]
        shown = {r["place"]: tuple(r)[1:] for r in await self._house.fetch(_POSITIONS, self._product)}
        positions = self.model.positions
        assert shown == {place: (p.on_hand, p.reserved, p.for_sale) for place, p in positions.items()}
        assert await self._house.value(_SUM, self._product) == sum(p.for_sale for p in positions.values())
        for place, position in positions.items():
            ledger = await self._house.fetch(_LEDGER, position_ref(self._product, place))
            assert dict(map(tuple, ledger)) == position.ledger, place


def _told(record: Any) -> tuple[str, str, int, int, str]:
    state = _STATES.get(record["status"], OVER)
    return record["order_ref"], record["place"], record["units"], record["rejected"], state


def _one(found: list[_Any], number: int) -> list[_Any]:
    """Return one of what was found, or nothing where nothing was."""
    return [found[number % len(found)]] if found else []


def _shared(wanted: list[int], units: int) -> list[int]:
    """Share units out, the first first."""
    before = itertools.accumulate(wanted, initial=0)
    return [max(0, min(want, units - taken)) for want, taken in zip(wanted, before, strict=False)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
@given(HISTORIES)
async def test_orders_ledger_and_what_is_for_sale_equal_the_model(
    street: Depot, history: list[tuple[Any, ...]]
) -> None:
    product = f"B{next(_numbers)}"
    await street.shop.stock({product: START}, PLACES)
    play = Play(street, product)
    for step in history:
        await play.step(*step)
