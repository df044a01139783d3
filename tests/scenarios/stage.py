"""What scenarios say and look at, through the public API: places, stock, orders and the plans made for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import queries

from penstock.bootstrap import RETAILER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from running import Client, Node, Running


@dataclass(frozen=True)
class Place:
    """A location; ``hours`` is its time to start picking."""

    ref: str
    type: str
    latitude: float
    longitude: float
    hours: int | None = None


@dataclass
class Stage:
    """One retailer in the middle of a scenario."""

    penstock: Running
    customer: tuple[float, float]

    # --- setting it up ---

    async def build(self, products: dict[str, float], places: Sequence[Place]) -> None:
        """Create products with their prices, places in the network for home delivery, and the customer."""
        network = await self.network(f"HD_{self.retailer}")
        for place in places:
            await self.open(place, network)
        for ref, price in products.items():
            await self.offer(ref, price)
        await self.graphql(
            queries.CREATE_CUSTOMER,
            username="ana",
            firstName="Ana",
            primaryEmail="ana@example.com",
            timezone="UTC",
            promotionOptIn=False,
            retailer={"id": self.retailer},
        )

    async def graphql(self, mutation: str, **given: Any) -> Node:
        """Run a mutation with one input; return what it created."""
        data = await self.penstock.client.graphql(mutation, input=given)
        return next(iter(data.values()))

    async def network(self, ref: str) -> str:
        """Return the id of a network, made where it does not exist."""
        found = (await self.penstock.client.graphql(queries.NETWORK, ref=ref))["network"]
        if found is None:
            found = await self.graphql(queries.CREATE_NETWORK, name=ref, type="HD", retailers=[{"id": self.retailer}])
        return str(found["id"])

    async def open(self, place: Place, *networks: str, **more: Any) -> str:
        """Create a location; return its id. Its store is open at all hours unless ``openingSchedule`` says else."""
        address = {"latitude": place.latitude, "longitude": place.longitude, **more.pop("address", {})}
        days = {
            f"{day}{end}": 0 for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") for end in ("Start", "End")
        }
        made = await self.graphql(
            queries.CREATE_LOCATION,
            ref=place.ref,
            type=place.type,
            name=place.ref,
            retailer={"id": self.retailer},
            primaryAddress={"ref": place.ref, "name": place.ref, **address},
            openingSchedule={"allHours": True, **days, **more.pop("openingSchedule", {})},
            networks=[{"id": network} for network in networks],
            **more,
        )
        if place.hours is not None:
            await self.set("PICK_N_PACK_TIME_LIMIT", place.hours, context="AGENT", context_id=int(made["id"]))
        return str(made["id"])

    async def offer(self, ref: str, price: float = 1.0) -> None:
        """Create a product."""
        prices = [{"type": "DEFAULT", "currency": "AUD", "value": price}]
        catalogue = {"ref": f"PC:MASTER:{self.retailer}"}
        await self.graphql(
            queries.CREATE_PRODUCT, ref=ref, catalogue=catalogue, type="STANDARD", gtin=ref, name=ref, prices=prices
        )

    async def set(self, name: str, value: object, *, context: str = "RETAILER", context_id: int | None = None) -> None:
        """Create a setting."""
        id_ = int(self.retailer) if context_id is None else context_id
        given = (
            {"lobValue": value, "valueType": "JSON"}
            if isinstance(value, dict)
            else {"value": str(value), "valueType": "STRING"}
        )
        await self.graphql(queries.CREATE_SETTING, name=name, context=context, contextId=id_, **given)

    async def limit(self, place: str, hours: int) -> None:
        """Change a location's time to start picking."""
        id_ = int(await self.location_id(place))
        found = await self.penstock.client.graphql(queries.SETTINGS, name=["PICK_N_PACK_TIME_LIMIT"], id=[id_])
        (edge,) = found["settings"]["edges"]
        about = {"valueType": "STRING", "context": "AGENT", "contextId": id_}
        await self.graphql(queries.UPDATE_SETTING, id=edge["node"]["id"], value=str(hours), **about)

    async def user(self, name: str, role: str, *, context: str, context_id: int) -> Client:
        """Create a user with a role in a context; return the API as that user sees it."""
        await self.graphql(
            queries.CREATE_USER,
            ref=name,
            username=name,
            password="Correct-Horse-1",
            primaryEmail=f"{name}@example.com",
            type="USER",
            timezone="UTC",
            roles=[{"role": {"name": role}, "contexts": [{"contextType": context, "contextId": context_id}]}],
        )
        credentials = {**self.penstock.stored.credentials, "username": name, "password": "Correct-Horse-1"}
        return self.penstock.guest(credentials)

    @property
    def retailer(self) -> str:
        """Return the retailer's id."""
        return self.penstock.retailer

    @property
    def stock_catalogue(self) -> str:
        """Return the ref of the inventory catalogue."""
        return f"DEFAULT:{self.retailer}"

    async def location_id(self, ref: str) -> str:
        """Return the id of a location."""
        found = await self.penstock.client.graphql(queries.LOCATIONS, ref=[ref])
        return str(found["locations"]["edges"][0]["node"]["id"])

    async def update_location(self, **given: Any) -> None:
        """Change a location by its id."""
        await self.graphql(queries.UPDATE_LOCATION, **given)

    async def product_id(self, ref: str) -> str:
        """Return the id of a product."""
        found = await self.penstock.client.graphql(
            queries.PRODUCT, **{"ref": ref, "in": {"ref": f"PC:MASTER:{self.retailer}"}}
        )
        return str(found["standardProduct"]["id"])

    # --- stock ---

    async def load(self, product: str, place: str, quantity: int, *, corrected: int = 0) -> str:
        """Report a count and settle; return the event's status."""
        attributes = counted(product, place, quantity, corrected)
        return await self.penstock.send("InventoryChanged", "INVENTORY_CATALOGUE", self.stock_catalogue, attributes)

    async def fill(self, **stock: dict[str, int]) -> None:
        """Report counts by product and place, and settle; ``_`` in a place's name stands for ``-``."""
        for place, counts in stock.items():
            for product, quantity in counts.items():
                attributes = counted(product, place.replace("_", "-"), quantity, 0)
                await self.penstock.post("InventoryChanged", "INVENTORY_CATALOGUE", self.stock_catalogue, attributes)
        await self.penstock.settle()

    async def delta(self, *deltas: tuple[str | None, str, str, int]) -> str:
        """Report changes ``(id, product, place, quantity)`` in one event and settle; return its status."""
        return await self.penstock.send(
            "INVENTORY_DELTA", "INVENTORY_CATALOGUE", self.stock_catalogue, changes(*deltas)
        )

    async def position(self, product: str, place: str) -> Node | None:
        """Return an inventory position with its quantities, oldest first; None where there is none."""
        found = await self.penstock.client.graphql(
            queries.POSITION, **{"ref": f"{product}:{place}:DEFAULT", "in": {"ref": self.stock_catalogue}}
        )
        position: Node | None = found["inventoryPosition"]
        if position is not None:
            position["quantities"] = [edge["node"] for edge in position["quantities"]["edges"]]
        return position

    async def on_hand(self, product: str, place: str) -> int:
        """Return the stock on hand of a position that exists."""
        position = await self.position(product, place)
        assert position is not None, f"no position of {product} at {place}"
        return int(position["onHand"])

    async def ledger(self, product: str, place: str, status: str = "ACTIVE") -> list[str]:
        """Return the quantities in a status, sorted, as in ``["LAST_ON_HAND 5", "RESERVED -2"]``."""
        position = await self.position(product, place)
        assert position is not None, f"no position of {product} at {place}"
        return sorted(f"{q['type']} {q['quantity']}" for q in position["quantities"] if q["status"] == status)

    async def virtual(self, product: str, place: str) -> Node | None:
        """Return a base virtual position; None where there is none."""
        return await self.shown(f"{product}:{place}", f"BASE:{self.retailer}")

    async def shown(self, ref: str, catalogue: str) -> Node | None:
        """Return a virtual position of a catalogue; None where there is none."""
        found = await self.penstock.client.graphql(queries.VIRTUAL, **{"ref": ref, "in": {"ref": catalogue}})
        position: Node | None = found["virtualPosition"]
        return position

    async def sellable(self, product: str, place: str) -> int | None:
        """Return the quantity of a base virtual position; None where there is none."""
        position = await self.virtual(product, place)
        return None if position is None else int(position["quantity"])

    @property
    def sums(self) -> str:
        """Return the ref of the catalogue of sums."""
        return f"ATS_HD:{self.retailer}"

    async def sum_up(self) -> None:
        """Create the catalogue of sums over the network for home delivery, where there is none."""
        found = await self.penstock.client.graphql(queries.VIRTUAL_CATALOGUE, ref=self.sums)
        if found["virtualCatalogue"] is None:
            about = {"ref": self.sums, "type": "AGGREGATE", "name": "All places", "retailerRefs": [RETAILER]}
            of = {
                "inventoryCatalogueRef": self.stock_catalogue,
                "productCatalogueRef": f"PC:MASTER:{self.retailer}",
                "networkIds": [await self.network(f"HD_{self.retailer}")],
            }
            await self.graphql(queries.CREATE_VIRTUAL, **about, **of)

    async def total(self, product: str) -> Node | None:
        """Return the virtual position of a product over all places; None where there is none."""
        return await self.shown(f"{product}:{self.sums}", self.sums)

    async def ats(self, product: str) -> int | None:
        """Return what can be sold of a product over all places; None where nobody has counted it yet."""
        position = await self.total(product)
        return None if position is None else int(position["quantity"])

    # --- orders ---

    async def order_input(self, ref: str, *lines: tuple[str, int], **choice: Any) -> Node:
        """Return the input of a home delivery order of ``(product, quantity)`` lines to the customer's door."""
        found = await self.penstock.client.graphql(queries.CUSTOMER)
        latitude, longitude = self.customer
        address = {"ref": f"{ref}-TO", "name": "Ana", "street": "8 Pitt St", "city": "Sydney", "country": "AU"}
        located = {**address, "latitude": latitude, "longitude": longitude}
        return {
            "ref": ref,
            "type": "HD",
            "retailer": {"id": self.retailer},
            "customer": {"id": found["customers"]["edges"][0]["node"]["id"]},
            "items": [
                {
                    "ref": f"{ref}-{number}",
                    "productRef": product,
                    "productCatalogueRef": f"PC:MASTER:{self.retailer}",
                    "quantity": quantity,
                }
                for number, (product, quantity) in enumerate(lines, 1)
            ],
            "fulfilmentChoice": {"deliveryType": "STANDARD", "deliveryAddress": located, **choice},
        }

    async def place(self, ref: str, *lines: tuple[str, int], **choice: Any) -> Node:
        """Create an order; return what the mutation answers."""
        given = await self.order_input(ref, *lines, **choice)
        return await self.graphql(queries.CREATE_ORDER, **given)

    async def buy(self, ref: str, *lines: tuple[str, int], **choice: Any) -> list[str]:
        """Create an order and settle; return the plan made for it."""
        await self.place(ref, *lines, **choice)
        await self.penstock.settle()
        return await self.plan(ref)

    async def order(self, ref: str) -> Node:
        """Return an order with its fulfilments, oldest first, each with items and articles as lists."""
        found = (await self.penstock.client.graphql(queries.ORDER, ref=[ref]))["orders"]["edges"]
        assert len(found) == 1, f"{len(found)} orders {ref}"
        order: Node = _flat(found[0]["node"])
        order["fulfilments"].sort(key=lambda f: int(f["id"]))
        return order

    async def fulfilments(self, ref: str) -> list[Node]:
        """Return the fulfilments of an order, oldest first."""
        return list((await self.order(ref))["fulfilments"])

    async def statuses(self, ref: str) -> list[str]:
        """Return the order's status, and for each fulfilment its place and status: ``["BOOKED", "S1 EXPIRED"]``."""
        order = await self.order(ref)
        return [order["status"], *(f"{f['fromAddress']['ref']} {f['status']}" for f in order["fulfilments"])]

    async def plan(self, ref: str) -> list[str]:
        """Return the fulfilments of an order, oldest first, as spec 23 writes them: ``["S1[A2,B1]"]``."""
        return [bracketed(f) for f in await self.fulfilments(ref)]

    async def ratings(self, ref: str) -> list[tuple[str, float]]:
        """Return place and rating of every location that sourcing proposed for an order, in order of time."""
        events = await self.penstock.events(name="CheckProposedFulfilmentExists", context__rootEntityRef=ref)
        told = [self.values(event) for event in reversed(events) if event["type"] == "ORCHESTRATION"]
        proposals = [v["proposedFulfilment"] for v in told if "proposedFulfilment" in v]
        return [(str(p["locationRef"]), float(p["rating"])) for p in proposals]

    async def names(self, ref: str) -> list[str]:
        """Return the names of all events of an order, in order of time."""
        found = await self.penstock.events(context__rootEntityRef=ref, eventType="ORCHESTRATION")
        return [event["name"] for event in reversed(found)]

    async def second_retailer(self) -> Node:
        """Create a retailer with the same products; return the input by which an order names it and its customer."""
        made = await self.graphql(queries.CREATE_RETAILER, name="OTHER")
        retailer = {"id": made["id"]}
        catalogue = {"ref": f"PC:MASTER:{made['id']}"}
        await self.graphql(queries.CREATE_CATALOGUE, **catalogue, type="MASTER", name="Other", retailerRefs=["OTHER"])
        for ref in ("TSHIRT", "JEANS", "CAP"):
            await self.graphql(
                queries.CREATE_PRODUCT, ref=ref, catalogue=catalogue, type="STANDARD", gtin=ref, name=ref
            )
        person = {"primaryEmail": "bea@example.com", "timezone": "UTC", "promotionOptIn": False}
        customer = await self.graphql(queries.CREATE_CUSTOMER, username="bea", retailer=retailer, **person)
        return {"retailer": retailer, "customer": {"id": customer["id"]}}

    async def cancel(self, ref: str) -> str:
        """Cancel an order and settle; return the event's status."""
        return await self.penstock.send("OrderCancel", "ORDER", ref)

    async def cancel_fulfilment(self, ref: str, number: int) -> str:
        """Cancel a fulfilment of an order, counted from 0, and settle; return the event's status."""
        fulfilment = (await self.fulfilments(ref))[number]
        return await self.penstock.send("CancelFulfilment", "FULFILMENT", fulfilment["id"])

    @staticmethod
    def values(event: Node) -> Node:
        """Return the attributes of a stored event by name."""
        return {a["name"]: a["value"] for a in event["attributes"] or ()}


def counted(product: str, place: str, quantity: int, corrected: int = 0) -> Node:
    """Return the attributes of an ``InventoryChanged`` event for a count (spec 20 §6.3)."""
    return {
        "inventoryPosition": {
            "ref": f"{product}:{place}:DEFAULT",
            "type": "DEFAULT",
            "productRef": product,
            "locationRef": place,
            "qty": quantity,
            "correctedQty": corrected,
            "inventoryQuantity": {"ref": None, "qty": quantity, "type": "LAST_ON_HAND", "attributes": {}},
        }
    }


def changes(*deltas: tuple[str | None, str, str, int]) -> Node:
    """Return the attributes of an ``INVENTORY_DELTA`` event for ``(id, product, place, quantity)``."""
    entries = [
        {"deltaId": id_, "type": "DELTA", "productRef": product, "locationRef": place, "qty": quantity}
        for id_, product, place, quantity in deltas
    ]
    return {"deltas": entries}


def bracketed(fulfilment: Node) -> str:
    """Return place and units of a fulfilment, as in ``S1[A2,B1]``."""
    units: dict[str, int] = defaultdict(int)
    for item in fulfilment["items"]:
        units[item["orderItem"]["product"]["ref"]] += item["requestedQuantity"]
    return f"{fulfilment['fromAddress']['ref']}[{','.join(f'{p}{n}' for p, n in sorted(units.items()))}]"


def _flat(value: Any) -> Any:
    """Return JSON with every connection replaced by the list of its nodes."""
    if isinstance(value, dict):
        if set(value) == {"edges"}:
            return [_flat(edge["node"]) for edge in value["edges"]]
        return {name: _flat(part) for name, part in value.items()}
    return value
