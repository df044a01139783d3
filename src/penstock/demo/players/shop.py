"""The web shop: takes the orders, in the order of their time, and places them with Penstock."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from penstock.demo.client import Api, GraphQLError
from penstock.demo.load.frame import frame_of
from penstock.demo.load.places import address_fields
from penstock.demo.plan.orders import PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.demo.client.api import Node
    from penstock.demo.load.shelf import Shelf
    from penstock.demo.plan.shapes import Customer, Line, Order

_ORDER_EXISTS, _EXISTS = "C0121E", "C0123E"
_PLACED = """query ($refs: [String], $after: String) {
  orders(ref: $refs, first: 5000, after: $after) {
    edges { node { ref } cursor } pageInfo { hasNextPage } } }"""
_CUSTOMERS = """query ($names: [String], $after: String) {
  customers(username: $names, first: 5000, after: $after) {
    edges { node { id username } cursor } pageInfo { hasNextPage } } }"""
_CREATE_CUSTOMER = "mutation ($input: CreateCustomerInput) { createCustomer(input: $input) { id } }"
_DELIVERY = 4.95  # pounds an order


class Shop:
    """Places orders at ``pace`` orders a second, each as soon as its products are on the shelf."""

    def __init__(self, api: Api, orders: Sequence[Order], shelf: Shelf, *, pace: float) -> None:
        self._api = api
        self._orders = orders
        self._shelf = shelf
        self._pause = 1 / pace
        self._customers: dict[str, str] = {}

    async def run(self) -> None:
        """Place what is not placed yet, and return."""
        placed = {node["ref"] for node in await self._api.nodes(_PLACED, "orders", refs=[f"{PREFIX}%"])}
        await self._recall("%")
        for order in self._orders:
            if order.ref not in placed:
                await self._shelf.wait_for(order.products)
                began = time.monotonic()
                await self._place(order)
                await asyncio.sleep(max(0.0, began + self._pause - time.monotonic()))

    async def _place(self, order: Order) -> None:
        customer = await self._customer(order.customer)
        placed = order_input(order, customer, self._api.retailer)
        await self._api.create("createOrder", [placed], _ORDER_EXISTS)

    async def _customer(self, customer: Customer) -> str:
        """Return the customer's id; whoever orders for the first time is registered."""
        if customer.username not in self._customers:
            wanted = customer_input(customer, self._api.retailer)
            try:
                made = await self._api.graphql(_CREATE_CUSTOMER, input=wanted)
                self._customers[customer.username] = made["createCustomer"]["id"]
            except GraphQLError as error:
                if not error.only(_EXISTS):
                    raise
                await self._recall(customer.username)
        return self._customers[customer.username]

    async def _recall(self, username: str) -> None:
        """Look registered customers up."""
        async for node in self._api.pages(_CUSTOMERS, "customers", names=[username]):
            self._customers[node["username"]] = node["id"]


def customer_input(customer: Customer, retailer: str) -> Node:
    """Return the customer as the API takes it."""
    return {
        "username": customer.username,
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "primaryEmail": customer.email,
        "country": customer.address.city.code,
        "timezone": customer.address.city.time_zone,
        "promotionOptIn": False,
        "retailer": {"id": retailer},
    }


def order_input(order: Order, customer: str, retailer: str) -> Node:
    """Return the order as the API takes it; money in pounds."""
    buyer = order.customer
    return {
        "ref": order.ref,
        "type": "HD",
        "retailer": {"id": retailer},
        "customer": {"id": customer},
        "totalPrice": float(order.total),
        "attributes": [{"name": "orderedAt", "type": "STRING", "value": order.ordered_at.isoformat()}],
        "items": [_item(line, frame_of(retailer).products) for line in order.lines],
        "fulfilmentChoice": {
            "ref": f"{order.ref}-HD",
            "currency": "GBP",
            "deliveryType": "STANDARD",
            "fulfilmentPrice": _DELIVERY,
            "deliveryFirstName": buyer.first_name,
            "deliveryLastName": buyer.last_name,
            "deliveryEmail": buyer.email,
            "deliveryAddress": {"ref": f"{order.ref}-TO", **address_fields(buyer.address)},
        },
    }


def _item(line: Line, catalogue: str) -> Node:
    return {
        "ref": line.ref,
        "productRef": line.product,
        "productCatalogueRef": catalogue,
        "quantity": line.quantity,
        "price": float(line.price),
        "paidPrice": float(line.price),
        "totalPrice": float(line.total),
        "currency": "GBP",
    }
