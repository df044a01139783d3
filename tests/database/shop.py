"""A small shop in a database, for tests of mutations: documents in, answers and rows out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

import penstock.api.graphql.mutations as registered
from penstock.api.graphql.mutations import Finder, Writer
from penstock.api.graphql.service import GraphQL
from penstock.clock import SystemClock
from penstock.database.ids import IdSource
from penstock.identity.permissions import PERMISSIONS
from penstock.identity.principal import Principal, Scope
from penstock.model.together import Together
from penstock.orchestration.configuration import Configurations

if TYPE_CHECKING:
    from uuid import UUID

    from penstock.database.pools import Database

assert registered

RETAILER = """mutation($name: String!) { createRetailer(input: {name: $name}) { id ref } }"""
CUSTOMER = """mutation($r: ID!, $u: String!) { createCustomer(input: {username: $u, primaryEmail: "a@b.c",
  timezone: "UTC", promotionOptIn: false, retailer: {id: $r}}) { id ref status retailer { id } } }"""
CATALOGUE = """mutation($refs: [String]) { createProductCatalogue(input: {ref: "PC", type: "MASTER", name: "All",
  retailerRefs: $refs}) { ref status workflowRef } }"""
PRODUCT = """mutation($ref: String!) { createVariantProduct(input: {ref: $ref, catalogue: {ref: "PC"}, type: "VARIANT",
  gtin: "1", name: "Thing", prices: [{type: "DEFAULT", currency: "GBP", value: 2.5}],
  taxType: {country: "GB", group: "STANDARD", tariff: "20"}}) { ref prices { type value } catalogue { ref } } }"""
ORDER = """mutation($input: CreateOrderInput) { createOrder(input: $input) { id ref status workflowRef workflowVersion
  customer { id } fulfilmentChoice { ref type deliveryAddress { ref city } }
  items { edges { node { ref quantity product { ref } fulfilmentChoice { ref } attributes { name value } } } } } }"""


class Shop:
    """One account with one retailer, a customer, a catalogue and two products."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.graphql = GraphQL()
        self.woken = 0
        self.revoked: list[int] = []
        self.awaited: list[int] = []
        together = Together(database)
        self.writer = Writer(
            SystemClock(),
            IdSource(database),
            Configurations(database),
            Finder(database),
            together,
            self._wake,
            self._revoke,
            self._settled,
        )
        self.principal = self.user(Scope(everything=True))
        self.retailer = 0
        self.customer = ""

    async def _revoke(self, user_id: int) -> None:
        self.revoked.append(user_id)

    async def _settled(self, lane: int, _event: UUID) -> None:
        self.awaited.append(lane)

    def _wake(self) -> None:
        self.woken += 1

    def user(self, scope: Scope, refs: dict[int, str] | None = None) -> Principal:
        """Return a user who holds every permission in this scope."""
        return Principal("ACME", 1, "admin", None, dict.fromkeys(PERMISSIONS, scope), refs or {})

    async def answer(self, query: str, principal: Principal | None = None, **variables: Any) -> dict[str, Any]:
        """Return the whole response."""
        body = await self.graphql.execute(
            self.database, principal or self.principal, query, variables, None, self.writer
        )
        decoded: dict[str, Any] = msgspec.json.decode(body)
        return decoded

    async def run(self, query: str, principal: Principal | None = None, **variables: Any) -> Any:
        """Return the first field of a response without errors."""
        answer = await self.answer(query, principal, **variables)
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))

    async def code(self, query: str, principal: Principal | None = None, **variables: Any) -> str:
        """Return the code of the first error."""
        answer = await self.answer(query, principal, **variables)
        found: str = answer["errors"][0]["extensions"]["code"]
        return found

    def order(self, ref: str = "HD-1", **changes: Any) -> dict[str, Any]:
        """Return the input of an order of two lines."""
        return {
            "ref": ref,
            "type": "HD",
            "retailer": {"id": self.retailer},
            "customer": {"id": self.customer},
            "items": [
                {"ref": f"{ref}-1", "productRef": "P1", "quantity": 2, "price": "2.50"},
                {"ref": f"{ref}-2", "productRef": "P2", "productCatalogueRef": "PC", "quantity": 1},
            ],
            "fulfilmentChoice": {
                "ref": "C1",
                "deliveryType": "STANDARD",
                "deliveryAddress": {"ref": "A1", "city": "Leeds"},
            },
            **changes,
        }


async def open_shop(database: Database) -> Shop:
    """Return a shop with its master data stored."""
    made = Shop(database)
    retailer = await made.run(RETAILER, name="Acme Gifts")
    made.retailer = int(retailer["id"])
    made.principal = made.user(Scope(everything=True), {made.retailer: "ACME GIFTS"})
    made.customer = (await made.run(CUSTOMER, r=made.retailer, u="ana"))["id"]
    await made.run(CATALOGUE, refs=["ACME GIFTS"])
    await database.execute("UPDATE product_catalogue SET status = 'ACTIVE'")
    for ref in ("P1", "P2"):
        await made.run(PRODUCT, ref=ref)
    return made
