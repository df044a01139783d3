"""The rows that random inputs may name: one of each kind, all of one retailer, order, account and return."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from roundtrip import Made, Node, World

from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from shop import Shop

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OPEN = {"allHours": True, **{f"{day}{end}": 0 for day in _DAYS for end in ("Start", "End")}}
MONEY = {"amount": 1.5, "scale": 2, "unscaledValue": 150}
TAX = {"country": "GB", "group": "STANDARD", "tariff": "20"}
SUMS = {"subTotalAmount": MONEY, "totalTax": MONEY, "totalAmount": MONEY, "defaultTaxType": TAX}
BILL = {**SUMS, "totalBalance": MONEY, "issueDate": "2026-01-01T00:00:00.000Z", "currency": {"alphabeticCode": "GBP"}}
SIZE = {"height": 1, "length": 1, "weight": 1, "width": 1}


class Furnishing:
    """Creates the rows one after another."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.world = World()

    async def create(self, entity: str, given: Node, **links: str) -> Made:
        """Create a row; ``links`` are the rows that its key is made of, beside those that it is to be found by."""
        document = f"mutation ($i: Create{entity}Input) {{ create{entity}(input: $i) {{ id }} }}"
        made = await self.shop.run(document, i=given)
        return self.keep(entity, given, made["id"], **links)

    def keep(self, entity: str, given: Node, id_: str, **links: str) -> Made:
        """Remember a row."""
        rows = {name: self.world.rows[target] for name, target in links.items()}
        return self.world.rows.setdefault(entity, Made(MODEL.entity(entity), given, str(id_), rows))

    async def furnish(self) -> World:
        """Create everything."""
        made = await self.shop.run('mutation { createRetailer(input: {name: "ACME"}) { id } }')
        self.keep("Retailer", {"ref": "ACME"}, made["id"])
        self.keep("Currency", {"alphabeticCode": "GBP"}, "1")
        await self.shop.database.execute("INSERT INTO permission (id, name) VALUES (1, 'ORDER_VIEW')")
        self.keep("Permission", {"name": "ORDER_VIEW"}, "1")
        self.own: Node = {"retailer": {"id": made["id"]}}
        await self._goods()
        await self._places()
        await self._order()
        await self._bills()
        await self._returns()
        return self.world

    async def _goods(self) -> None:
        goods, stock, sold = {"ref": "PC"}, {"ref": "IC"}, {"ref": "VC"}
        await self.create("ProductCatalogue", {**goods, "type": "PLAIN", "name": "goods", "retailerRefs": ["ACME"]})
        await self.shop.database.execute("UPDATE product_catalogue SET status = 'ACTIVE'")
        in_goods: Any = {"catalogue": "ProductCatalogue"}
        await self.create("Category", {"ref": "C", "type": "PLAIN", "name": "c", "catalogue": goods}, **in_goods)
        product = {"ref": "P", "type": "STANDARD", "gtin": "1", "name": "p", "catalogue": goods}
        await self.create("StandardProduct", product, **in_goods)
        await self.create("InventoryCatalogue", {**stock, "type": "PLAIN", "name": "stock"})
        in_stock: Any = {"catalogue": "InventoryCatalogue"}
        place = {"type": "PLAIN", "productRef": "P", "locationRef": "L", "catalogue": stock}
        await self.create("InventoryPosition", {"ref": "IP", **place}, **in_stock)
        linked = {"inventoryCatalogueRef": "IC", "productCatalogueRef": "PC"}
        await self.create("VirtualCatalogue", {**sold, "type": "PLAIN", "name": "sold", **linked})
        await self.create("ControlGroup", {"ref": "CG", "type": "PLAIN", "name": "controls"})

    async def _places(self) -> None:
        person = {"username": "ana", "primaryEmail": "a@b.example", "timezone": "UTC", "promotionOptIn": True}
        made = await self.create("Customer", {**person, **self.own})
        made.given = {**made.given, "ref": "ana"}
        await self.create("Network", {"name": "N", "type": "PLAIN", "retailers": [self.own["retailer"]]})
        address = {"ref": "L", "latitude": 51.5, "longitude": 0.1}
        place = {"ref": "L", "type": "PLAIN", "name": "l", "primaryAddress": address, "openingSchedule": OPEN}
        located = await self.create("Location", {**place, **self.own})
        found = await self.shop.run(
            "query ($i: ID!) { locationById(id: $i) { primaryAddress { id } openingSchedule { id } } }", i=located.id
        )
        self.keep("StoreAddress", address, found["primaryAddress"]["id"])
        self.keep("OpeningSchedule", OPEN, found["openingSchedule"]["id"])
        await self.create("StorageArea", {"ref": "SA", "location": {"id": located.id}})
        await self.create("Carrier", {"ref": "V", "name": "van", "type": "PLAIN", **self.own})
        user = {"ref": "u", "username": "u", "primaryEmail": "u@b.example", "type": "USER", "timezone": "UTC"}
        made = await self.create("User", {**user, "password": "a password of the tests"})
        self.shop.principal = replace(self.shop.principal, user_id=int(made.id))

    async def _order(self) -> None:
        rows = self.world.rows
        line = {"ref": "1", "productRef": "P", "productCatalogueRef": "PC", "quantity": 5}
        choice = {"ref": "CH", "deliveryType": "STANDARD"}
        order = {"ref": "O", "type": "PLAIN", "customer": {"id": rows["Customer"].id}, "items": [line], **self.own}
        made = await self.create("Order", {**order, "fulfilmentChoice": choice}, retailer="Retailer")
        inner = "items { edges { node { id } } } fulfilmentChoice { id }"
        found = await self.shop.run(f"query ($i: ID!) {{ orderById(id: $i) {{ {inner} }} }}", i=made.id)
        self.keep("OrderItem", line, found["items"]["edges"][0]["node"]["id"], order="Order")
        self.keep("FulfilmentChoice", choice, found["fulfilmentChoice"]["id"])
        of_order = {"order": {"id": made.id}}
        paid = {"type": "PLAIN", "amount": 1, "currency": "GBP", "paymentMethod": "CARD"}
        await self.create("FinancialTransaction", {"ref": "FT", **paid, **of_order})
        await self.create("Fulfilment", {"ref": "F", "type": "PLAIN", **of_order})
        parcel = {"ref": "A", "type": "PLAIN", "fulfilments": [{"id": rows["Fulfilment"].id}], **SIZE}
        await self.create("Article", parcel)
        booked = {"carrier": {"id": rows["Carrier"].id}, "carrierConsignmentArticles": []}
        await self.create("CarrierConsignment", {"ref": "CC", **booked, **self.own})

    async def _bills(self) -> None:
        who = {"customer": {"ref": "ana"}, **self.own}
        await self.create("BillingAccount", {"ref": "BA", "type": "PLAIN", "name": "account", **who})
        account = {"billingAccount": {"ref": "BA"}}
        await self.create("Invoice", {"ref": "IN", "type": "PLAIN", **BILL, **account})
        await self.create("CreditMemo", {"ref": "CM", "type": "PLAIN", **BILL, **account})
        reached = {"clientId": "1", "clientSecret": "2", "serviceAuthToken": "3", "host": "h", "port": 1}
        await self.create("PaymentServiceProvider", {"ref": "PSP", **reached, **self.own})
        await self.create("Payment", {"ref": "P", "type": "PLAIN", "amount": MONEY, **account, **self.own})

    async def _returns(self) -> None:
        product = {"product": {"ref": "P", "catalogue": {"ref": "PC"}}}
        amounts = {"unitAmount": MONEY, "itemTaxAmount": MONEY, "itemAmount": MONEY, "unitQuantity": {"quantity": 1}}
        line = {"ref": "1", "type": "PLAIN", **product, **amounts}
        given = {"ref": "RO", "type": "PLAIN", "customer": {"ref": "ana"}, "returnOrderItems": [line], **self.own}
        currency = {"currency": {"alphabeticCode": "GBP"}}
        made = await self.create("ReturnOrder", {**given, **SUMS, **currency}, retailer="Retailer")
        key = {"ref": "RO", **self.own}
        found = await self.shop.run(
            "query ($r: String!, $o: RetailerId!) { returnOrder(ref: $r, retailer: $o) "
            "{ returnOrderItems { edges { node { id } } } } }",
            r="RO",
            o=self.own["retailer"],
        )
        self.keep(
            "ReturnOrderItem", line, found["returnOrderItems"]["edges"][0]["node"]["id"], returnOrder="ReturnOrder"
        )
        assert made.given["ref"] == key["ref"]
        to = {"destinationLocation": {"ref": "L"}, "returnOrder": key}
        await self.create("ReturnFulfilment", {"ref": "RF", "type": "PLAIN", **to}, returnOrder="ReturnOrder")
        asked = {"type": "PLAIN", "retailerId": int(self.own["retailer"]["id"])}
        await self.create("FulfilmentOption", {"ref": "FO", **asked})
