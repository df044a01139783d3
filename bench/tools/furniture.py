"""A retailer with one of most things, made over the public API: something to find and to break.

The orders are of a type without a workflow, so that nothing changes by itself.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

if TYPE_CHECKING:
    from io import BytesIO

Node = dict[str, Any]

OPEN = {f"{day}{end}": 0 for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") for end in ("Start", "End")}


class Browser:
    """One user over HTTP, whose requests may be as wrong as they like."""

    def __init__(self, url: str, token: str | None) -> None:
        self.token = token
        self.http = aiohttp.ClientSession(url)

    async def send(self, method: str, path: str, content: bytes | BytesIO = b"", **headers: str) -> tuple[int, Any]:
        """Send bytes as they are; return status and decoded body, which is always JSON."""
        given = {"Authorization": f"Bearer {self.token}"} if self.token is not None else {}
        async with self.http.request(method, path, data=content, headers=given | headers) as response:
            return response.status, msgspec.json.decode(await response.read())

    async def post(self, path: str, body: object) -> tuple[int, Any]:
        """Post JSON."""
        return await self.send("POST", path, msgspec.json.encode(body))

    async def answer(self, document: str, variables: object = None) -> Node:
        """Run an operation; return what came back, errors and all."""
        status, body = await self.post("/graphql", {"query": document, "variables": variables})
        assert status == HTTPStatus.OK, body
        return dict(body)

    async def run(self, document: str, variables: object = None) -> Any:
        """Run an operation that has to succeed; return its first field."""
        body = await self.answer(document, variables)
        assert "errors" not in body, body
        return next(iter(body["data"].values()))

    async def create(self, entity: str, **given: Any) -> str:
        """Create an entity; return its id."""
        made = await self.run(
            f"mutation ($i: Create{entity}Input) {{ create{entity}(input: $i) {{ id }} }}", {"i": given}
        )
        return str(made["id"])


async def furnished(admin: Browser, retailer: str, name: str) -> dict[str, str]:
    """Give a retailer one of most things, and two stores with a fulfilment each; return their ids by name."""
    own = {"retailer": {"id": retailer}}
    ids = {"retailer": retailer}
    refs = [(await admin.run("query ($i: ID!) { retailerById(id: $i) { ref } }", {"i": retailer}))["ref"]]
    catalogue = {"ref": f"PC-{name}"}
    ids["catalogue"] = await admin.create("ProductCatalogue", **catalogue, type="PLAIN", name=name, retailerRefs=refs)
    await admin.create(
        "StandardProduct",
        ref=f"SHOE-{name}",
        catalogue=catalogue,
        type="STANDARD",
        gtin="1",
        name="Shoe",
        prices=[{"type": "DEFAULT", "currency": "GBP", "value": 1.5}],
    )
    await admin.create("Category", ref=f"CAT-{name}", catalogue=catalogue, type="PLAIN", name=name)
    await _stock(admin, name, refs)
    ids["network"] = await admin.create("Network", name=f"NET-{name}", type="PLAIN", retailers=[{"id": retailer}])
    ids["customer"] = await admin.create(
        "Customer", username=f"ana-{name}", primaryEmail="a@b.example", timezone="UTC", promotionOptIn=False, **own
    )
    ids["carrier"] = await admin.create("Carrier", ref=f"VAN-{name}", name="Van", type="PLAIN", **own)
    ids["setting"] = await admin.create(
        "Setting", name="SECRET", valueType="STRING", value=name, context="RETAILER", contextId=int(retailer)
    )
    for store in ("north", "south"):
        await _store(admin, ids, name, store)
    await _bills(admin, ids, name)
    await _returns(admin, ids, name)
    await _carried(admin, ids, name)
    await _promises(admin, ids, name, refs)
    return ids


def _money(amount: float) -> Node:
    return {"amount": amount, "scale": 2, "unscaledValue": round(amount * 100)}


def _sums(*names: str) -> Node:
    tax = {"country": "GB", "group": "STANDARD", "tariff": "20"}
    return {"currency": {"alphabeticCode": "GBP"}, "defaultTaxType": tax, **{n: _money(1.5) for n in names}}


_TOTALS = ("subTotalAmount", "totalTax", "totalAmount")
_LINE = {"ref": "1", "type": "PLAIN", "unitQuantity": {"quantity": 1}, "unitAmount": _money(1.5)}


async def _bills(admin: Browser, ids: dict[str, str], name: str) -> None:
    """Give the customer an account with an invoice, a credit memo and a payment."""
    own, account = {"retailer": {"id": ids["retailer"]}}, {"billingAccount": {"ref": f"BA-{name}"}}
    who = {"customer": {"ref": f"ana-{name}"}, "address": {"city": name}}
    await admin.create("BillingAccount", ref=f"BA-{name}", type="CUSTOMER", name=name, **who, **own)
    bill = {"type": "PLAIN", "issueDate": "2026-01-01T00:00:00Z", **_sums(*_TOTALS, "totalBalance"), **account}
    line = _LINE | {"amount": _money(1.5), "taxAmount": _money(0)}
    await admin.create("Invoice", ref=f"IN-{name}", items=[line], **bill)
    await admin.create("CreditMemo", ref=f"CM-{name}", items=[line], invoice={"ref": f"IN-{name}"}, **bill)
    secret = {"clientId": "1", "clientSecret": "2", "serviceAuthToken": "3", "host": "pay.example", "port": 443}
    await admin.create("PaymentServiceProvider", ref=f"PSP-{name}", **secret, **own)
    moved = {"type": "PLAIN", "amount": _money(1.5), "currency": {"alphabeticCode": "GBP"}, "paymentMethod": "CARD"}
    by = {"paymentServiceProvider": {"ref": f"PSP-{name}"}}
    await admin.create(
        "Payment",
        ref=f"P-{name}",
        type="PLAIN",
        amount=_money(1.5),
        paymentTransactions=[{"ref": f"PT-{name}", **moved, **by}],
        **own,
        **account,
    )


async def _returns(admin: Browser, ids: dict[str, str], name: str) -> None:
    """Let the customer give a shoe back, on its way to the north store."""
    own, ref = {"retailer": {"id": ids["retailer"]}}, f"R-{name}"
    product = {"product": {"ref": f"SHOE-{name}", "catalogue": {"ref": f"PC-{name}"}}}
    line = _LINE | product | {"itemTaxAmount": _money(0), "itemAmount": _money(1.5)}
    await admin.create(
        "ReturnOrder",
        ref=ref,
        type="PLAIN",
        customer={"ref": f"ana-{name}"},
        order={"ref": f"HD-north-{name}", **own},
        returnVerifications=[{"ref": "1", "type": "RECEIPT", "verificationDetails": "42"}],
        returnOrderItems=[line],
        **own,
        **_sums(*_TOTALS),
    )
    key = {"returnOrder": {"ref": ref, **own}}
    item = {"ref": "1", "returnOrderItem": {"ref": "1", **key}, "unitQuantity": {"quantity": 1}}
    to = {"destinationLocation": {"ref": f"north-{name}"}}
    await admin.create("ReturnFulfilment", ref=f"RF-{name}", type="PLAIN", returnFulfilmentItems=[item], **to, **key)


async def _carried(admin: Browser, ids: dict[str, str], name: str) -> None:
    """Book the north store's parcel in the carrier's own workflow, and write the carrier's list."""
    await admin.create(
        "CarrierConsignment",
        ref=f"CC-{name}",
        carrier={"id": ids["carrier"]},
        retailer={"id": ids["retailer"]},
        carrierConsignmentArticles=[{"article": {"id": ids["north article"]}}],
    )
    await admin.create(
        "Manifest",
        ref=f"M-{name}",
        name=name,
        type="PLAIN",
        carrier={"ref": f"VAN-{name}"},
        location={"id": ids["north"]},
        carrierConsignments=[{"ref": f"CC-{name}"}],
    )
    await admin.create("Comment", entityType="ORDER", entityId=ids["north order"], text=f"for {name}")


async def _promises(admin: Browser, ids: dict[str, str], name: str, refs: list[str]) -> None:
    """Ask for a fulfilment option, answer it with a plan, and control what is shown."""
    asked = {"ref": f"FO-{name}", "type": "PLAIN", "retailerId": int(ids["retailer"])}
    option = await admin.create("FulfilmentOption", **asked, products=[{"productRef": f"SHOE-{name}"}])
    await admin.create("FulfilmentPlan", **asked | {"ref": f"FP-{name}"}, fulfilmentOptionId={"id": option})
    profile = {"ref": f"SP-{name}", "name": name, "retailer": {"id": ids["retailer"]}}
    await admin.create("SourcingProfile", **profile, sourcingStrategies=[{"ref": "1", "name": "nearest"}])
    await admin.create("ControlGroup", ref=f"CG-{name}", type="PLAIN", name=name, retailerRefs=refs)
    await admin.create("Control", ref="1", type="BUFFER", name=name, controlGroup={"ref": f"CG-{name}"})


async def _stock(admin: Browser, name: str, refs: list[str]) -> None:
    counted = {"ref": f"IC-{name}"}
    await admin.create("InventoryCatalogue", **counted, type="PLAIN", name=name, retailerRefs=refs)
    position = {"ref": f"SHOE-{name}:north", "catalogue": counted}
    await admin.create("InventoryPosition", **position, type="PLAIN", productRef=f"SHOE-{name}", locationRef="north")
    quantity = {"ref": "1", "catalogue": counted, "type": "LAST_ON_HAND", "position": position, "quantity": 1}
    await admin.create("InventoryQuantity", **quantity)
    sold = {"ref": f"VC-{name}"}
    linked = {"inventoryCatalogueRef": f"IC-{name}", "productCatalogueRef": f"PC-{name}", "retailerRefs": refs}
    await admin.create("VirtualCatalogue", **sold, type="PLAIN", name=name, **linked)
    virtual = {"ref": "1", "catalogue": sold, "type": "PLAIN", "quantity": 1, "groupRef": "1", "productRef": "1"}
    await admin.create("VirtualPosition", **virtual)
    seen = {"inventoryCatalogueRef": f"IC-{name}", "networkRef": f"NET-{name}", "retailerRefs": refs}
    await admin.create("VirtualView", ref=f"VV-{name}", name=name, **seen)


async def _store(admin: Browser, ids: dict[str, str], name: str, store: str) -> None:
    own, ref = {"retailer": {"id": ids["retailer"]}}, f"{store}-{name}"
    place = await admin.run(
        "mutation ($i: CreateLocationInput) { createLocation(input: $i) { id primaryAddress { id } } }",
        {
            "i": {
                "ref": ref,
                "type": "PLAIN",
                "name": ref,
                "primaryAddress": {"ref": ref, "latitude": 51.5, "longitude": 0.1},
                "openingSchedule": dict(OPEN, allHours=True),
                "networks": [{"id": ids["network"]}],
                "storageAreas": [{"ref": f"AREA-{ref}"}],
                **own,
            }
        },
    )
    order = await admin.run(
        "mutation ($i: CreateOrderInput) { createOrder(input: $i) { id items { edges { node { id } } } } }",
        {"i": order_input(ids, name, f"HD-{ref}")},
    )
    item = order["items"]["edges"][0]["node"]["id"]
    ids |= {f"{store}": place["id"], f"{store} order": order["id"], f"{store} item": item}
    ids[f"{store} fulfilment"] = fulfilment = await admin.create(
        "Fulfilment",
        ref=f"F-{ref}",
        type="PLAIN",
        order={"id": order["id"]},
        fromAddress={"id": place["primaryAddress"]["id"]},
        items=[{"ref": "1", "filledQuantity": 0, "rejectedQuantity": 0, "orderItem": {"id": item}}],
    )
    size = {"height": 1, "length": 1, "weight": 1, "width": 1}
    ids[f"{store} article"] = await admin.create(
        "Article", ref=f"A-{ref}", type="PLAIN", fulfilments=[{"id": fulfilment}], **size
    )
    await admin.create(
        "Consignment",
        ref=f"C-{ref}",
        consignmentReference=ref,
        carrier={"id": ids["carrier"]},
        consignmentArticles=[{"article": {"id": ids[f"{store} article"]}}],
        **own,
    )
    ids[f"{store} wave"] = await admin.create(
        "Wave", ref=f"W-{ref}", type="PLAIN", location={"id": place["id"]}, fulfilments=[{"id": fulfilment}], **own
    )


def order_input(ids: dict[str, str], name: str, ref: str, **changes: Any) -> Node:
    """Return the input of an order of one shoe."""
    line = {"ref": "1", "productRef": f"SHOE-{name}", "productCatalogueRef": f"PC-{name}", "quantity": 1}
    return {
        "ref": ref,
        "type": "PLAIN",
        "retailer": {"id": ids["retailer"]},
        "customer": {"id": ids["customer"]},
        "items": [line],
        "billingAddress": {"name": name},
        "fulfilmentChoice": {"deliveryType": "STANDARD", "deliveryAddress": {"ref": f"TO-{ref}", "name": name}},
        "financialTransactions": [
            {"ref": f"T-{ref}", "type": "PAYMENT", "amount": 1, "currency": "GBP", "paymentMethod": "CARD"}
        ],
        **changes,
    }
