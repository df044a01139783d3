"""What the house sells: locations, products, stock and orders, all by the public API."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from penstock.demo.load.until import until

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from penstock.demo.client import Api, Connection

Node = dict[str, Any]

WAREHOUSES = {"W-LEEDS": (53.8, -1.55), "W-YORK": (53.96, -1.08), "W-HULL": (53.74, -0.33)}
BUYER = {"city": "Leeds", "country": "GB", "postcode": "LS1 1AA", "latitude": 53.79, "longitude": -1.54}
_PORTION = 20  # orders in a request
_REQUESTS = 8  # at once
_PATIENCE = 120.0  # seconds
_EXISTS = ("C0121E", "C0123E", "C0128E")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CUSTOMER = "mutation ($input: CreateCustomerInput) { createCustomer(input: $input) { id } }"
_NETWORK = "query ($ref: [String]) { networks(ref: $ref) { edges { node { id } } } }"


@dataclass(frozen=True)
class Purchase:
    """What one buyer orders: units by product; ``hold`` is the ref of the hold that they are kept by, if any."""

    ref: str
    units: dict[str, int]
    hold: str | None = None


class Premises(Protocol):
    """What a shop needs of the house that it is in."""

    api: Api
    connection: Connection

    async def value(self, query: str, *arguments: Any) -> Any:
        """Return one value from the account's database."""
        ...


class Shop:
    """One house's shop; ``open`` it once, with a worker running."""

    def __init__(self, house: Premises) -> None:
        self._house = house
        self._api = house.api
        self._retailer = house.connection.retailer_id
        self._customer = ""

    async def open(self) -> None:
        """Create warehouses and a customer, and wait until the warehouses are active."""
        made = await self._api.graphql(_CUSTOMER, input=self._buyer())
        self._customer = made["createCustomer"]["id"]
        await self.add("WAREHOUSE", WAREHOUSES)

    async def add(self, type_: str, places: dict[str, tuple[float, float]]) -> None:
        """Create locations by ref and coordinates, and wait until they are active."""
        found = await self._api.graphql(_NETWORK, ref=[f"HD_{self._retailer}"])
        network = found["networks"]["edges"][0]["node"]["id"]
        inputs = [self._location(ref, type_, place, network) for ref, place in places.items()]
        await self._api.create("createLocation", inputs, *_EXISTS)

        async def active() -> bool:
            query = "SELECT count(*) = $2 FROM location WHERE ref = ANY($1) AND status = 'ACTIVE'"
            return bool(await self._house.value(query, list(places), len(places)))

        await until(active, f"{', '.join(places)} are not ACTIVE", seconds=_PATIENCE)

    def _location(self, ref: str, type_: str, place: tuple[float, float], network: str) -> Node:
        hours = {f"{day}{end}": 0 for day in _DAYS for end in ("Start", "End")}
        return {
            "ref": ref,
            "type": type_,
            "name": ref,
            "retailer": {"id": self._retailer},
            "primaryAddress": {"ref": ref, "country": "GB", "latitude": place[0], "longitude": place[1]},
            "openingSchedule": {"allHours": True, **hours},
            "networks": [{"id": network}],
        }

    def _buyer(self) -> Node:
        person = {"username": "buyer", "primaryEmail": "buyer@example.com", "timezone": "UTC"}
        return {**person, "promotionOptIn": False, "retailer": {"id": self._retailer}}

    async def stock(self, units: dict[str, int], places: Sequence[str] = tuple(WAREHOUSES)) -> None:
        """Sell new products, with so many units of each in these warehouses; wait until all can be promised."""
        catalogue = f"PC:MASTER:{self._retailer}"
        inputs = [
            {
                "ref": product,
                "catalogue": {"ref": catalogue},
                "type": "STANDARD",
                "gtin": product,
                "name": product,
                "prices": [{"type": "DEFAULT", "currency": "GBP", "value": 1.0}],
            }
            for product in units
        ]
        await self._api.create("createStandardProduct", inputs, *_EXISTS)
        await asyncio.gather(*(self.count(p, place, n) for p, n in units.items() for place in places))

        async def sellable() -> bool:
            query = """
            SELECT count(*) FROM virtual_position
            WHERE product_ref = ANY($1) AND quantity > 0 AND position_id IS NOT NULL"""
            wanted = len(places) * sum(n > 0 for n in units.values())
            return bool(await self._house.value(query, list(units)) == wanted)

        await until(sellable, f"{list(units)} cannot be sold", seconds=_PATIENCE)

    async def count(self, product: str, location: str, units: int) -> None:
        """Report a count of one product in one place (spec 20 §6.3)."""
        position = {
            "ref": position_ref(product, location),
            "type": "DEFAULT",
            "productRef": product,
            "locationRef": location,
            "qty": units,
            "correctedQty": 0,
            "inventoryQuantity": {"qty": units, "type": "LAST_ON_HAND", "attributes": {}},
        }
        await self._api.send(
            "InventoryChanged",
            "INVENTORY_CATALOGUE",
            entity_ref=f"DEFAULT:{self._retailer}",
            attributes={"inventoryPosition": position},
        )

    async def sell(self, purchases: Sequence[Purchase], *, portion: int = _PORTION) -> None:
        """Place the orders, many at once; a request that is repeated finds its orders placed already."""
        inputs = [self._order(p) for p in purchases]
        gate = asyncio.Semaphore(_REQUESTS)

        async def place(some: list[Node]) -> None:
            async with gate:
                await self._api.create("createOrder", some, *_EXISTS)

        async with asyncio.TaskGroup() as tasks:
            for start in range(0, len(inputs), portion):
                tasks.create_task(place(inputs[start : start + portion]))

    def _order(self, purchase: Purchase) -> Node:
        named = {} if purchase.hold is None else {"attributes": [attribute("holdRef", purchase.hold)]}
        return {
            **named,
            "ref": purchase.ref,
            "type": "HD",
            "retailer": {"id": self._retailer},
            "customer": {"id": self._customer},
            "items": list(self._items(purchase)),
            "fulfilmentChoice": {
                "ref": f"{purchase.ref}-HD",
                "deliveryType": "STANDARD",
                "deliveryAddress": {"ref": f"{purchase.ref}-TO", **BUYER},
            },
        }

    def _items(self, purchase: Purchase) -> Iterable[Node]:
        for number, (product, units) in enumerate(purchase.units.items()):
            item = {"ref": f"{purchase.ref}-{number}", "productRef": product, "quantity": units}
            yield {**item, "productCatalogueRef": f"PC:MASTER:{self._retailer}"}

    async def send(self, order: str, name: str, **attributes: Any) -> str:
        """Post an event to an order; return the event's id."""
        return await self._api.send(name, "ORDER", entity_ref=order, attributes=attributes)


def attribute(name: str, value: str) -> Node:
    """Return an attribute that is a text."""
    return {"name": name, "type": "STRING", "value": value}


def position_ref(product: str, location: str) -> str:
    """Return the ref of an inventory position (spec 20 §1.2)."""
    return f"{product}:{location}:DEFAULT"
