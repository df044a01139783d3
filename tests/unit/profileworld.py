"""A small retailer with a sourcing profile, and workflows that source or plan options by it, in memory: spec 22 §7."""

from __future__ import annotations

from typing import Any

from penstock.testing.simulation import Played, Simulation
from penstock.testing.simulation.shop import Shop

CUSTOMER = (-33.8688, 151.2093)
PLACES = {
    "S1": ("STORE", (-33.8390, 151.2070)),
    "S2": ("STORE", (-33.8150, 151.0011)),
    "S3": ("STORE", (-32.9283, 151.7817)),
    "W1": ("WAREHOUSE", (-37.8136, 144.9631)),
}
PRICES = {"A": 10.0, "B": 25.0, "C": 100.0}
Json = dict[str, Any]


def call(name: str, **props: Any) -> Json:
    return {"name": f"ACME.order.{name}", "props": props}


def ruleset(name: str, *rules: Json, type_: str = "ORDER") -> Json:
    return {"name": name, "type": type_, "eventType": "NORMAL", "triggers": [], "rules": list(rules)}


def send(name: str) -> Json:
    return {"name": "ACME.core.SendEvent", "props": {"eventName": name}}


def document(type_: str = "ORDER", subtype: str = "HD", **props: Any) -> Json:
    """Return the workflow of spec 22 §7's table, for events to an order or to a choice."""
    gate = "ForwardIfUnfulfilledItemsExist" + ("" if type_ == "ORDER" else "InFulfilmentChoice")
    rulesets = [
        ruleset(
            "Find",
            call("CreateFulfilmentWithSourcingProfile", sourcingProfileRef="HD", **props),
            send("SourceWithFallback"),
            type_=type_,
        ),
        ruleset("SourceWithFallback", call(gate, eventName="Fallback"), type_=type_),
        ruleset(
            "Fallback",
            call("CreatePartialFulfilmentWithSourcingProfile", sourcingProfileRef="HD", **props),
            send("RejectRemaining"),
            type_=type_,
        ),
        ruleset(
            "RejectRemaining",
            call("CreateRejectedFulfilment", systemRejectedLocationRef="RJT_1"),
            type_=type_,
        ),
        ruleset(
            "CREATE",
            call("ChangeStateForUnfulfilableFulfilment", systemRejectedLocationRef="RJT_1", status="ESCALATED"),
            type_="FULFILMENT",
        ),
    ]
    return {"entityType": "ORDER", "entitySubtype": subtype, "version": "1.0", "statuses": [], "rulesets": rulesets}


def quoting() -> Json:
    """Return a workflow of fulfilment options that are planned by the profile."""
    find, create = "FindFulfilmentPlansWithSourcingProfile", "CreateFulfilmentPlansFO"
    props = {"sourcingProfileRef": "HD", "eventName": "Store"}
    rules = {
        "Find": {"name": f"ACME.globalinventory.{find}", "props": props},
        "Store": {"name": f"ACME.globalinventory.{create}", "props": {"eventName": "Stored"}},
    }
    rulesets = [ruleset(name, called, type_="FULFILMENT_OPTIONS") for name, called in rules.items()]
    about = {"entityType": "FULFILMENT_OPTIONS", "entitySubtype": "HD", "version": "1.0", "statuses": []}
    return {**about, "rulesets": rulesets}


def criteria(*names: str, **params: Any) -> list[Json]:
    return [{"name": n, "type": f"fc.sourcing.criterion.{n}", "params": params.get(n)} for n in names]


def strategy(ref: str, *names: str, **more: Any) -> Json:
    params = more.pop("params", {})
    return {"ref": ref, "name": ref, "status": "ACTIVE", "sourcingCriteria": criteria(*names, **params), **more}


class World:
    """The places of spec 22 §13 with some stock, a profile, and the order's items at their prices."""

    def __init__(
        self,
        stock: dict[str, dict[str, int]],
        *,
        answers: Any = None,
        subtype: str = "HD",
        statuses: list[str] | None = None,
        **profile: Any,
    ) -> None:
        sourced = "ORDER" if subtype == "HD" else "FULFILMENT_CHOICE"
        documents = [document(sourced, subtype, positionStatuses=statuses), quoting()]
        self.simulation = Simulation(documents, answers=answers)
        self.shop = Shop(self.simulation)
        for ref, (type_, at) in PLACES.items():
            self.shop.place(ref, type_, at, stock.get(ref))
        self.simulation.add("Customer", id=1, ref="ana", username="ana", attributes=profile.pop("customer", None))
        self.profile = self.simulation.add(
            "SourcingProfile",
            **{
                "ref": "HD",
                "version": 3,
                "status": "ACTIVE",
                "default_virtual_catalogue_link": {"ref": "BASE:1"},
                "default_network_link": {"ref": "HD_1"},
                "default_max_split": 1,
                "sourcing_strategies": [strategy("NEAREST", "locationDistance")],
                "sourcing_fallback_strategies": [strategy("VALUE", "orderValue", "locationDistance")],
                **profile,
            },
        )

    def order(self, **units: int) -> Any:
        """Add a home delivery order."""
        order = self.shop.order("O1", units, to=CUSTOMER)
        for item in self.simulation.rows("OrderItem"):
            item.price = PRICES[item.product_ref]
        return order

    def source(self, to: Any) -> Played:
        """Send the event that begins to source an order or a choice."""
        return self.simulation.send("Find", to)

    def quote(self, units: dict[str, int], **attributes: Any) -> Played:
        """Ask for an option with these attributes, at the customer's."""
        catalogue = self.shop.products.ref
        wanted = [{"productRef": p, "catalogueRef": catalogue, "requestedQuantity": n} for p, n in units.items()]
        given = [{"name": name, "type": "STRING", "value": value} for name, value in attributes.items()]
        option = self.simulation.add("FulfilmentOption", ref="CART", type="HD", products=wanted, attributes=given)
        at = {"latitude": CUSTOMER[0], "longitude": CUSTOMER[1]}
        return self.simulation.send("Find", option, at)

    def plan(self) -> list[str]:
        """Return all fulfilments with their items and statuses: ``["S1[A2] CREATED"]``."""
        found = []
        for fulfilment in self.simulation.rows("Fulfilment"):
            place = self.simulation.one("Location", primary_address_id=fulfilment.from_address_id)
            items = self.simulation.rows("FulfilmentItem", fulfilment_id=fulfilment.id)
            own = (f"{self.product(i.order_item_id)}{i.requested_quantity}" for i in items)
            found.append(f"{place.ref}[{','.join(own)}] {fulfilment.status}")
        return found

    def product(self, item: int) -> str:
        """Return the product of an order item."""
        return str(self.simulation.one("OrderItem", id=item).product_ref)

    def left(self, product: str, place: str) -> int:
        """Return what can be sold of a product at a place."""
        return int(self.simulation.one("VirtualPosition", ref=f"{product}:{place}").quantity)


def logs(played: Played) -> list[tuple[str, Json]]:
    """Return the log entries of runs of a profile: sentence and attributes."""
    logged = [a for event in played.happened for a in event.actions if a[0] == "Log"]
    return [(message, told) for _, name, message, told in logged if name == "SourcingProfile"]
