"""An order that was delivered, and a return of it, for tests of the rules of returns."""

from __future__ import annotations

from typing import Any

from penstock.model.registry import MODEL
from penstock.orchestration.places import table_of
from penstock.rules.questions import ById, ByRef, CataloguesOfRetailer, Matching, Setting
from penstock.testing import FakeContext, Tree, row
from penstock.testing.orders import HomeDelivery

Row = Any

SETTINGS = {"DEFAULT_TAX_TYPE": {"country": "AU", "group": "STANDARD", "tariff": "GST"}, "GST": 10}
AUD = row("Currency", id=36, alphabetic_code="AUD", minor_units=2)
STORES = [row("Location", id=n, ref=ref, retailer_id=1) for n, ref in enumerate(("SYD-01", "SYD-02", "DC-01"), 11)]
CATALOGUE = row("ProductCatalogue", id=80, ref="PC:MASTER:1", status="ACTIVE")
SHIRTS = [
    row("VariantProduct", id=id_, ref=ref, catalogue_id=80) for id_, ref in ((1000, "TSHIRT"), (1001, "TSHIRT-L"))
]
INVENTORY = row("InventoryCatalogue", id=50, ref="DEFAULT:1", type="DEFAULT", status="ACTIVE")


class Answering(dict[Any, Any]):
    """Answers of a test, computed from rows and settings."""

    def __init__(self, rows: list[Row], settings: dict[str, Any]) -> None:
        super().__init__()
        self._rows, self._settings = rows, settings

    def __bool__(self) -> bool:
        return True

    def __contains__(self, question: object) -> bool:
        return True

    def get(self, question: Any, default: Any = None) -> Any:
        """Return the answer, as the engine would."""
        match question:
            case Setting(name):
                return self._settings.get(name, default)
            case ById(entity, id_):
                return next((r for r in self._of(entity) if r.id == id_), None)
            case ByRef(entity, ref):
                return next((r for r in self._of(entity) if r.ref == ref), None)
            case Matching(entity, where):
                return [r for r in self._of(entity) if all(getattr(r, c) in values for c, values in where)]
            case CataloguesOfRetailer(entity):
                return self._of(entity)
        raise AssertionError(question)

    def _of(self, entity: str) -> list[Row]:
        return [r for r in self._rows if table_of(r) == MODEL.table_of(entity).name]


class Sale:
    """An order of shirts at 49.95 that was delivered; returns of it are added by a test."""

    def __init__(self, *lines: tuple[str, int], filled: int | None = None, **settings: Any) -> None:
        self.delivery = HomeDelivery(*(lines or (("TSHIRT", 2),)))
        self.order, self.items = self.delivery.order, self.delivery.tree.rows["OrderItem"]
        self.order.ref, self.order.status = "WEB-51", "COMPLETE"
        for number, item in enumerate(self.items, 1):
            item.ref, item.price, item.currency = str(number), 49.95, "AUD"
            item.product_id, item.product_catalogue_ref = 990 + item.id, "PC:MASTER:1"
        all_ = [(i.id, i.quantity, i.quantity if filled is None else filled, 0) for i in self.items]
        self.fulfilment = self.delivery.fulfilment("COMPLETE", *all_)
        self.settings = SETTINGS | settings
        self.rows: list[Row] = [AUD, CATALOGUE, INVENTORY, *SHIRTS, *STORES]

    def returned(self, status: str, *lines: tuple[int, int, str], ref: str = "", **values: Any) -> Row:
        """Add a return with items (index of the order's item, units, status)."""
        known = [r for r in self.rows if table_of(r) == "return_order"]
        link = {"ref": self.order.ref, "retailer": {"id": "1"}}
        about = {"customer_id": 7, "retailer_id": 1, "order_link": link, "status": status}
        id_ = 200 + len(known)
        made = row("ReturnOrder", id=id_, ref=ref or f"WEB-51-R{len(known) + 1}", **about | values)
        items = [
            row(
                "ReturnOrderItem",
                id=id_ * 10 + n,
                ref=f"{made.ref}-{n + 1}",
                return_order_id=id_,
                type="RETURN_ORDER_ITEM",
                status=item_status,
                order_item_link={"ref": self.items[index].ref, "order": link},
                unit_quantity={"quantity": units},
            )
            for n, (index, units, item_status) in enumerate(lines)
        ]
        self.rows += [made, *items]
        return made

    def context(self, **attributes: Any) -> FakeContext:
        """Return the context of an event to the order."""
        return self.delivery.context(attributes=attributes, answers=Answering(self.rows, self.settings))


def back(units: int = 1, item: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    """Return an entry of ``returnItems``."""
    said = {"returnReason": {"value": "WRONGSIZE"}, "returnCondition": {"value": "GOOD"}}
    return {"orderItem": item or {"ref": "1"}, "unitQuantity": {"quantity": units}, **said, **given}


class Back:
    """A return of shirts at 49.95 with its fulfilments."""

    def __init__(self, *units: int, **values: Any) -> None:
        count = sum(units)
        whole = {"total_amount": _aud(49.95 * count), "currency_id": 36, "status": "RECEIVED", "retailer_id": 1}
        whole["order_link"] = {"ref": "WEB-51", "retailer": {"id": "1"}}
        self.row = row("ReturnOrder", id=200, ref="WEB-51-R1", **whole | values)
        items = [
            row(
                "ReturnOrderItem",
                id=2000 + n,
                ref=f"WEB-51-R1-{n}",
                return_order_id=200,
                type="RETURN_ORDER_ITEM",
                status="CREATED",
                product_id=999 + n,
                unit_quantity={"quantity": quantity},
                unit_amount=_aud(49.95),
                item_amount=_aud(49.95 * quantity),
                item_tax_amount=_aud(4.54 if quantity == 1 else 9.08),
                return_condition={"value": "GOOD"},
            )
            for n, quantity in enumerate(units, 1)
        ]
        self.tree = Tree(ReturnOrder=[self.row], ReturnOrderItem=items, ReturnFulfilment=[], ReturnFulfilmentItem=[])
        self.items = self.tree.rows["ReturnOrderItem"]
        self.settings: dict[str, Any] = dict(SETTINGS)
        self.rows: list[Row] = [AUD, INVENTORY, *SHIRTS, *STORES]

    def fulfilment(self, status: str, destination: str = "SYD-02", **values: Any) -> Row:
        """Add a fulfilment of all items."""
        known = self.tree.rows["ReturnFulfilment"]
        where = {"destination_location_link": {"ref": destination}, "status": status, "return_order_id": 200}
        added = row("ReturnFulfilment", id=300 + len(known), ref=f"WEB-51-R1-F{len(known) + 1}", **where | values)
        known.append(added)
        for item in self.items:
            links = {"return_order_fulfilment_id": added.id, "return_order_item_id": item.id}
            all_ = self.tree.rows["ReturnFulfilmentItem"]
            all_.append(row("ReturnFulfilmentItem", id=400 + len(all_), unit_quantity=item.unit_quantity, **links))
        return added

    def context(self, entity: Row | None = None, name: str = "ReturnOrder", **attributes: Any) -> FakeContext:
        """Return the context of an event to the return, or to a fulfilment of it."""
        return FakeContext(
            name,
            self.row if entity is None else entity,
            root=self.row,
            tree=self.tree,
            attributes=attributes,
            answers=Answering(self.rows, self.settings),
        )


def _aud(value: float) -> dict[str, Any]:
    return {"amount": round(value, 2), "scale": 2, "unscaledValue": round(value * 100)}
