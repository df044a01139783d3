"""A small retailer for simulations of the reference workflows: places with stock, and orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from penstock.testing.simulation import Simulation

Row = Any
YORK = (53.9583, -1.0803)


class Shop:
    """Networks, catalogues and places under the refs that the reference workflows use for retailer 1."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        add, retailer = simulation.add, simulation.retailer_id
        self.network = add("Network", ref=f"HD_{retailer}", type="HD", status="ACTIVE")
        refs = {"status": "ACTIVE", "retailer_refs": None}
        self.products = add("ProductCatalogue", ref=f"PC:{retailer}", type="MASTER", **refs)
        self.inventory = add("InventoryCatalogue", ref=f"DEFAULT:{retailer}", type="DEFAULT", **refs)
        self.virtual = add(
            "VirtualCatalogue",
            ref=f"BASE:{retailer}",
            type="BASE",
            inventory_catalogue_ref=self.inventory.ref,
            product_catalogue_ref=self.products.ref,
            network_ids=[str(self.network.id)],
            **refs,
        )
        add("Carrier", ref=f"DEFAULT_CARRIER:{retailer}", type="DEFAULT", status="ACTIVE")
        self.place(f"RJT_{retailer}", "STORE", YORK, network=False)

    def place(
        self,
        ref: str,
        type_: str,
        at: tuple[float, float],
        stock: Mapping[str, int] | None = None,
        *,
        network: bool = True,
    ) -> Row:
        """Add an active place, open all hours, with this stock by product."""
        add = self.simulation.add
        address = add("StoreAddress", latitude=at[0], longitude=at[1], time_zone="Europe/London")
        hours = add("OpeningSchedule", all_hours=True)
        about = {"primary_address_id": address.id, "opening_schedule_id": hours.id, "status": "ACTIVE"}
        place = add("Location", ref=ref, type=type_, **about)
        if network:
            self.simulation.join("network_location", network_id=self.network.id, location_id=place.id)
        for product, units in (stock or {}).items():
            self._stock(place, product, units)
        return place

    def _stock(self, place: Row, product: str, units: int) -> None:
        add, about = self.simulation.add, {"status": "ACTIVE", "product_ref": product}
        if not self.simulation.rows("StandardProduct", ref=product):
            add("StandardProduct", ref=product, catalogue_id=self.products.id, status="ACTIVE")
        position = add(
            "InventoryPosition",
            ref=f"{product}:{place.ref}:DEFAULT",
            type="DEFAULT",
            location_ref=place.ref,
            catalogue_id=self.inventory.id,
            on_hand=units,
            **about,
        )
        ledger = {"type": "LAST_ON_HAND", "status": "ACTIVE", "quantity": units, "position_id": position.id}
        add("InventoryQuantity", ref=f"{position.ref}:LAST_ON_HAND", catalogue_id=self.inventory.id, **ledger)
        add(
            "VirtualPosition",
            ref=f"{product}:{place.ref}",
            type="BASE",
            group_ref=place.ref,
            catalogue_id=self.virtual.id,
            position_id=position.id,
            quantity=units,
            **about,
        )

    def order(self, ref: str, units: Mapping[str, int], to: tuple[float, float] | None = YORK) -> Row:
        """Add a home delivery order in status CREATED; ``to`` None leaves the coordinates of the address open."""
        order = self.simulation.add("Order", ref=ref, type="HD", customer_id=1)
        self.choice(order, f"{ref}-FC", units, to)
        return order

    def choice(
        self,
        order: Row,
        ref: str,
        units: Mapping[str, int],
        to: tuple[float, float] | None = YORK,
        *,
        pickup: str | None = None,
        **values: Any,
    ) -> Row:
        """Add a choice with its lines to an order: home delivery, or collection at the place ``pickup``."""
        add, about = self.simulation.add, {"order_id": order.id, "delivery_type": "STANDARD"}
        latitude, longitude = to or (None, None)
        if pickup is None:
            where = {"country": "GB", "city": "York", "latitude": latitude, "longitude": longitude}
            about |= {"type": "HD", "delivery_address_id": add("CustomerAddress", order_id=order.id, **where).id}
        else:
            about |= {"type": "CC", "pickup_location_ref": pickup}
        choice = add("FulfilmentChoice", ref=ref, **about | values)
        for number, (product, quantity) in enumerate(units.items(), 1 + len(self._lines(order))):
            known = self.simulation.rows("StandardProduct", ref=product)
            item = {"product_ref": product, "product_id": known[0].id if known else None, "quantity": quantity}
            add("OrderItem", ref=str(number), order_id=order.id, fulfilment_choice_id=choice.id, **item)
        return choice

    def _lines(self, order: Row) -> list[Row]:
        return self.simulation.rows("OrderItem", order_id=order.id)
