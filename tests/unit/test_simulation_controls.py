"""Controls with the reference workflows: given a shop with stock, when controls or stock change, then what is sold."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.testing.simulation import Simulation
from penstock.testing.simulation.shop import Shop
from penstock.workflows.documents import reference

DOCUMENTS = reference("ACME", 1)
LEEDS, LONDON = (53.7965, -1.5478), (51.5072, -0.1276)
Row = Any


class Store:
    """A shop with ten caps in Leeds and three in London, sums over both, and a group of controls over all of it."""

    def __init__(self) -> None:
        self.shop = Shop(Simulation(DOCUMENTS))
        self.simulation = self.shop.simulation
        self.shop.place("DC", "WAREHOUSE", LEEDS, {"CAP": 10})
        self.shop.place("SOHO", "STORE", LONDON, {"CAP": 3})
        add, base = self.simulation.add, self.shop.virtual
        self.group = add("ControlGroup", ref="CG", type="DEFAULT", status="ACTIVE")
        base.control_group_ref = "CG"
        about = {
            name: getattr(base, name) for name in ("inventory_catalogue_ref", "product_catalogue_ref", "network_ids")
        }
        self.sums = add(
            "VirtualCatalogue", ref="ATS", type="AGGREGATE", status="ACTIVE", control_group_ref="CG", **about
        )
        self.tell("DC")

    def tell(self, place: str) -> None:
        """Let a place tell the catalogues of its stock."""
        self.simulation.send(
            "NotifyVirtualCatalogues", self.simulation.one("InventoryPosition", ref=f"CAP:{place}:DEFAULT")
        )

    def control(self, type_: str, scope: str, value: int | None = None, **values: Any) -> Row:
        """Create a control, and let its workflow work."""
        given = [{"name": "CONTROL_VALUE", "type": "INTEGER", "value": value}]
        about = {"ref": f"CG:{type_}:{scope}", "type": type_, "values": given, "control_group_id": self.group.id}
        control = self.simulation.add("Control", **about | values)
        self.simulation.send("CREATE", control)
        return control

    def thresholds(self, catalogue: Row, *steps: tuple[int, str]) -> None:
        """Give a catalogue thresholds."""
        catalogue.attributes = [{"name": "controlGroups", "type": "JSON", "value": ["CG"]}]
        context = [{"type": "CATALOGUE", "property": "ref", "value": catalogue.ref}]
        for order, (units, status) in enumerate(steps, 1):
            values = [
                {"name": "context", "value": context},
                {"name": "threshold", "value": units},
                {"name": "status", "value": status},
            ]
            ref = f"{catalogue.ref} {status}"
            self.control("BULK_THRESHOLD", ref, values=values, execution_order=order)

    @property
    def shown(self) -> list[int]:
        """Return what can be sold in Leeds, in London, and over both."""
        refs = ("CAP:DC", "CAP:SOHO", "CAP:ATS")
        return [self.simulation.one("VirtualPosition", ref=ref).quantity for ref in refs]

    @property
    def statuses(self) -> list[str]:
        """Return the statuses of the virtual positions in Leeds, in London, and over both."""
        refs = ("CAP:DC", "CAP:SOHO", "CAP:ATS")
        return [self.simulation.one("VirtualPosition", ref=ref).status for ref in refs]

    def buy(self, ref: str, units: int) -> list[str]:
        """Order caps; return where they come from."""
        self.simulation.send("CREATE", self.shop.order(ref, {"CAP": units}))
        order = self.simulation.one("Order", ref=ref)
        return [f"{f.ref} {f.status}" for f in self.simulation.rows("Fulfilment", order_id=order.id)]


def test_a_sum_is_created_and_follows_promises() -> None:
    store = Store()
    assert store.shown == [10, 3, 13]
    assert store.buy("O1", 2) == ["O1-1 ASSIGNED"]
    assert store.shown == [8, 3, 11]


@pytest.mark.parametrize(
    ("type_", "scope", "value", "shown"),
    [
        ("QUANTITY_BUFFER", "CAP", -5, [5, 0, 5]),
        ("QUANTITY_BUFFER", "CAP:SOHO", -1, [10, 2, 12]),
        ("QUANTITY_BUFFER", "CAP", 2, [12, 5, 17]),
        ("PERCENTAGE_BUFFER", "CAP", 50, [5, 1, 6]),
        ("EXCLUSION", "CAP", None, [0, 0, 0]),
        ("MASTER_BUFFER", "CAP", -4, [10, 3, 9]),
    ],
)
def test_a_new_control_is_effective_at_once_and_can_be_switched_off(
    type_: str, scope: str, value: int | None, shown: list[int]
) -> None:
    store = Store()
    control = store.control(type_, scope, value)
    assert store.shown == shown
    store.simulation.send("DeactivateControl", control)
    assert store.shown == [10, 3, 13]


def test_a_control_that_is_updated_is_effective_at_once() -> None:
    store = Store()
    control = store.control("QUANTITY_BUFFER", "CAP:DC", -1)
    assert store.shown == [9, 3, 12]
    store.simulation.send("UpdateControl", control, {"controlValue": -4})
    assert store.shown == [6, 3, 9]


def test_a_category_is_effective_at_the_next_change() -> None:
    store = Store()
    category = store.simulation.add("Category", ref="HATS", catalogue_id=store.shop.products.id)
    above = store.simulation.add("Category", ref="CLOTHES", catalogue_id=store.shop.products.id)
    store.simulation.one("Category", ref="HATS").parent_category_id = above.id
    product = store.simulation.one("StandardProduct", ref="CAP")
    store.simulation.join("product_category", product_id=product.id, category_id=category.id)
    store.control("QUANTITY_BUFFER", "CLOTHES", -3)
    assert store.shown == [10, 3, 13]
    store.tell("DC")
    assert store.shown == [7, 3, 7]  # the sum is made of what every place would show


def test_what_is_held_back_is_not_sold() -> None:
    store = Store()
    store.control("QUANTITY_BUFFER", "CAP", -9)
    assert store.shown == [1, 0, 1]
    assert store.buy("O1", 1) == ["O1-1 ASSIGNED"]
    assert store.shown == [0, 0, 0]
    assert store.buy("O2", 1) == ["O2-1 ESCALATED"]
    assert store.simulation.one("InventoryPosition", ref="CAP:DC:DEFAULT").on_hand == 9


def test_headroom_is_shown_and_not_sold() -> None:
    store = Store()
    store.control("QUANTITY_BUFFER", "CAP", 5)
    assert store.shown == [15, 8, 23]
    store.buy("O1", 15)
    on_hand = [p.on_hand for p in store.simulation.rows("InventoryPosition")]
    assert sorted(on_hand) == [0, 0]
    assert store.shown == [5, 5, 10]


def test_thresholds_follow_promises() -> None:
    store = Store()
    store.thresholds(store.shop.virtual, (0, "OUT_OF_STOCK"), (3, "AT_RISK"))
    store.thresholds(store.sums, (0, "OUT_OF_STOCK"), (6, "AT_RISK"))
    store.tell("DC")
    store.tell("SOHO")
    assert store.statuses == ["ACTIVE", "AT_RISK", "ACTIVE"]
    store.buy("O1", 7)
    assert store.statuses == ["AT_RISK", "AT_RISK", "AT_RISK"]
    assert store.buy("O2", 3) == ["O2-1 ASSIGNED"]  # what is at risk can be sold
    assert store.statuses == ["OUT_OF_STOCK", "AT_RISK", "AT_RISK"]


def test_inventory_positions_have_thresholds_as_well() -> None:
    store = Store()
    store.thresholds(store.shop.inventory, (0, "OUT_OF_STOCK"), (3, "AT_RISK"))
    store.buy("O1", 7)
    assert store.simulation.one("InventoryPosition", ref="CAP:DC:DEFAULT").status == "AT_RISK"
    assert store.shown == [3, 3, 6]
    store.buy("O2", 3)
    assert store.simulation.one("InventoryPosition", ref="CAP:DC:DEFAULT").status == "OUT_OF_STOCK"
    assert store.shown == [0, 3, 3]


def test_a_position_that_is_switched_off_is_not_counted() -> None:
    store = Store()
    position = store.simulation.one("InventoryPosition", ref="CAP:DC:DEFAULT")
    store.simulation.send("DeactivateInventoryPosition", position)
    assert store.shown == [0, 3, 3]
    store.simulation.send("ActivateInventoryPosition", position)
    assert store.shown == [10, 3, 13]
