"""A Penstock in a process of its own, with orders to page through, for the clients of this folder."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import asyncpg
from bench.proving.house import House

from conftest import create_database, drop_database
from penstock.bootstrap import ACCOUNT
from penstock.database.urls import database_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from conftest import Stream
    from penstock.demo.client import Connection

ORDERS = 45
TYPE = "CLIENTS"  # of the orders; no workflow is named like it, so that they stay as they are
_CUSTOMER = "mutation ($input: CreateCustomerInput) { createCustomer(input: $input) { id } }"


@dataclass(frozen=True)
class Served:
    """Where Penstock answers, a token for it, and what was put into it."""

    url: str
    token: str
    retailer: str
    customer: str

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that every request needs."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def environment(self) -> dict[str, str]:
        """Return what the Node programs are told."""
        return {
            "PENSTOCK_URL": self.url,
            "PENSTOCK_TOKEN": self.token,
            "PENSTOCK_RETAILER": self.retailer,
            "PENSTOCK_ORDERS": str(ORDERS),
            "PENSTOCK_TYPE": TYPE,
        }

    async def answer(self, document: str, variables: object = None) -> dict[str, Any]:
        """Send an operation as it is; return what came back, errors and all."""
        body = {"query": document, "variables": variables}
        async with (
            aiohttp.ClientSession(headers=self.headers) as http,
            http.post(f"{self.url}/graphql", json=body) as response,
        ):
            assert response.status == 200, await response.text()
            return dict(await response.json())


@asynccontextmanager
async def serving(postgres: str, templates: dict[Stream, str], logs: Path) -> AsyncIterator[Served]:
    """Start an API process on databases of its own, and fill them."""
    control, account = [await create_database(postgres, template=templates[s]) for s in ("control", "account")]
    connection = await asyncpg.connect(control)
    await connection.execute("INSERT INTO account (name, database_name) VALUES ($1, $2)", ACCOUNT, database_of(account))
    await connection.close()
    house = await House.open(control, logs)
    try:
        customer = await _filled(house)
        about = house.connection
        yield Served(about.url, await _token(about), about.retailer_id, customer)
    finally:
        await house.close()
        await drop_database(postgres, control)
        await drop_database(postgres, account)


async def _filled(house: House) -> str:
    """Create two products, a customer and the orders; return the customer's id."""
    retailer = house.connection.retailer_id
    catalogue = {"ref": f"PC:MASTER:{retailer}"}
    tee = {"ref": "TEE", "gtin": "TEE", "name": "Tee", "type": "CLIENTS", "catalogue": catalogue}
    colour = {"name": "colour", "type": "STRING", "value": "red"}
    red = {**tee, "ref": "TEE-RED", "gtin": "TEE-RED", "name": "Red tee", "attributes": [colour]}
    await house.api.create("createStandardProduct", [tee])
    await house.api.create("createVariantProduct", [{**red, "product": {"ref": "TEE", "catalogue": catalogue}}])
    buyer = {"username": "ana", "primaryEmail": "ana@example.com", "timezone": "UTC", "promotionOptIn": False}
    made = await house.api.graphql(_CUSTOMER, input={**buyer, "retailer": {"id": retailer}})
    customer = str(made["createCustomer"]["id"])
    orders = [_order(f"C-{number}", retailer, customer) for number in range(1, ORDERS + 1)]
    await house.api.create("createOrder", orders)
    return customer


def _order(ref: str, retailer: str, customer: str) -> dict[str, Any]:
    items = [
        {"ref": f"{ref}-{n}", "productRef": product, "productCatalogueRef": f"PC:MASTER:{retailer}", "quantity": n}
        for n, product in enumerate(("TEE", "TEE-RED"), start=1)
    ]
    choice = {"ref": f"{ref}-HD", "deliveryType": "STANDARD", "deliveryAddress": {"ref": f"{ref}-TO", "city": "Leeds"}}
    whose = {"retailer": {"id": retailer}, "customer": {"id": customer}}
    return {"ref": ref, "type": TYPE, "totalPrice": 19.5, **whose, "items": items, "fulfilmentChoice": choice}


async def _token(about: Connection) -> str:
    form = {
        "grant_type": "password",
        "scope": "api",
        "username": about.username,
        "password": about.password,
        "client_id": about.client_id,
        "client_secret": about.client_secret,
    }
    async with aiohttp.ClientSession(about.url) as http, http.post("/oauth/token", data=form) as response:
        return str((await response.json())["access_token"])
