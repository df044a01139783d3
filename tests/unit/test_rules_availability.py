"""Rules from a counted quantity to what virtual catalogues show."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.rules import Create, RuleError, SendEvent, Update
from penstock.rules.questions import ById, ByRef, CataloguesOfNetworks, CataloguesOfRetailer, Matching
from penstock.testing import FakeContext, row, run
from penstock.testing.orders import INVENTORY, POSITION, STORE_A

X = [SendEvent("X")]
VIRTUAL = row("VirtualCatalogue", id=60, ref="BASE:1", type="BASE", inventory_catalogue_ref="DEFAULT:1")
NEAR = CataloguesOfNetworks("DEFAULT:1", "A")


def at_position(event: dict[str, Any] | None = None, answers: dict[Any, Any] | None = None) -> FakeContext:
    return FakeContext("InventoryPosition", POSITION, attributes=event, answers=answers)


def at_catalogue(event: dict[str, Any], answers: dict[Any, Any] | None = None) -> FakeContext:
    return FakeContext("InventoryCatalogue", INVENTORY, attributes=event, answers=answers)


@pytest.mark.parametrize(
    ("product", "location", "name"),
    [("ACTIVE", "ACTIVE", "On"), ("CREATED", "ACTIVE", "Off"), ("ACTIVE", "INACTIVE", "Off"), (None, None, "Off")],
)
def test_a_position_needs_product_and_location(product: str | None, location: str | None, name: str) -> None:
    where = (("catalogue_id", (70,)), ("ref", ("a",)))
    answers = {
        CataloguesOfRetailer("ProductCatalogue"): [row("ProductCatalogue", id=70)],
        Matching("Product", where): [row("VariantProduct", id=71, status=product)] if product else [],
        ByRef("Location", "A", within=1): row("Location", id=11, status=location) if location else None,
    }
    props = {"activeEventName": "On", "inactiveEventName": "Off"}
    context = at_position(answers=answers)
    assert run("globalinventory.LoadProductAndLocationStatus", context, **props) == [SendEvent(name)]


def test_positions_of_a_product_or_location() -> None:
    name = "globalinventory.SendEventForInventoryPositions"
    for attribute, column in (("productRef", "product_ref"), ("locationRef", "location_ref")):
        answers = {Matching("InventoryPosition", (("catalogue_id", (50,)), (column, ("a",)))): [POSITION]}
        actions = run(name, at_catalogue({attribute: "a"}, answers), eventName="X")
        assert actions == [SendEvent("X", to=POSITION, root=INVENTORY)]
    with pytest.raises(RuleError, match="productRef or locationRef"):
        run(name, at_catalogue({}), eventName="X")


def test_a_quantity_tells_its_position() -> None:
    stored = row("InventoryQuantity", id=600, ref="D1", position_id=500, catalogue_id=50)
    answers = {ById("InventoryPosition", 500): POSITION, ById("InventoryCatalogue", 50): INVENTORY}
    context = FakeContext("InventoryQuantity", stored, answers=answers)
    actions = run("globalinventory.SendEventForInventoryPosition", context, eventName="X")
    assert actions == [SendEvent("X", to=POSITION, root=INVENTORY)]


def test_catalogues_are_told() -> None:
    answers = {CataloguesOfRetailer("InventoryCatalogue"): [INVENTORY]}
    product = FakeContext("VariantProduct", row("VariantProduct", id=71, ref="a", kind="VARIANT"), answers=answers)
    [event] = run("globalinventory.NotifyInventoryCatalogueForProduct", product, eventName="X")
    assert event == SendEvent("X", to=INVENTORY, root=INVENTORY, attributes={"productRef": "a"})
    location = FakeContext("Location", STORE_A, answers=answers)
    [event] = run("globalinventory.NotifyInventoryCatalogueForLocation", location, eventName="X")
    assert event == SendEvent("X", to=INVENTORY, root=INVENTORY, attributes={"locationRef": "A"})


def test_virtual_catalogues_are_told() -> None:
    answers = {ById("InventoryCatalogue", 50): INVENTORY, CataloguesOfNetworks("DEFAULT:1", "A"): [VIRTUAL]}
    [event] = run("globalinventory.NotifyVirtualCataloguesOnNetworksMatch", at_position(answers=answers))
    attributes = {"productRef": "a", "locationRef": "A", "inventoryPositionRef": "a:A:DEFAULT"}
    assert event == SendEvent("VirtualCatalogueEvent", to=VIRTUAL, root=VIRTUAL, attributes=attributes)


# --- virtual positions ---


def virtual(event: dict[str, Any], shown: Any = None, position: Any = POSITION) -> FakeContext:
    answers = {
        ByRef("VirtualPosition", "a:A", within=60): shown,
        ByRef("InventoryCatalogue", "DEFAULT:1"): INVENTORY,
        ByRef("InventoryPosition", "a:A:DEFAULT", within=50): position,
        NEAR: [VIRTUAL],
    }
    return FakeContext("VirtualCatalogue", VIRTUAL, attributes=event, answers=answers)


def details(shown: Any = None) -> dict[str, Any]:
    context = virtual({"productRef": "a", "locationRef": "A"}, shown)
    [event] = run("globalinventory.LoadVirtualPositionAndVirtualCatalogueDetails", context, eventName="X")
    assert isinstance(event, SendEvent)
    return event.attributes or {}


def test_a_virtual_position_is_created_for_an_active_position() -> None:
    context = virtual(details())
    assert run("globalinventory.ForwardIfVirtualPositionNotExists", context, eventName="X") == X
    assert run("globalinventory.DownToVirtualPositionIfExists", context, eventName="X") == []
    gate = "globalinventory.ForwardIfInventoryPositionStatusEquals"
    assert run(gate, context, eventName="X", status=["ACTIVE"]) == X
    assert run(gate, context, eventName="X", status=["INACTIVE"]) == []
    [action] = run("globalinventory.CreateBaseVirtualPosition", context)
    assert isinstance(action, Create)
    made = action.row
    assert (made.ref, made.type, made.product_ref, made.group_ref) == ("a:A", "BASE", "a", "A")
    assert (made.quantity, made.position_id, made.catalogue_id) == (7, 500, 60)


def test_a_known_virtual_position_gets_the_event() -> None:
    shown = row("VirtualPosition", id=61, ref="a:A", catalogue_id=60)
    context = virtual(details(shown), shown)
    assert run("globalinventory.ForwardIfVirtualPositionNotExists", context, eventName="X") == []
    down = run("globalinventory.DownToVirtualPositionIfExists", context, eventName="X")
    assert down == [SendEvent("X", to=shown, root=VIRTUAL)]


@pytest.mark.parametrize(
    ("status", "on_hand", "shown", "quantity_"),
    [
        ("ACTIVE", 4, 9, 4),
        ("AT_RISK", 4, 9, 4),
        ("ACTIVE", -3, 9, 0),
        ("INACTIVE", 4, 9, 0),
        ("OUT_OF_STOCK", 4, 9, 0),
        ("ACTIVE", 9, 9, None),
        ("ACTIVE", None, 1, 0),
    ],
)
def test_what_can_be_sold(status: str, on_hand: int | None, shown: int, quantity_: int | None) -> None:
    position = row("InventoryPosition", id=500, status=status, on_hand=on_hand)
    entity = row("VirtualPosition", id=61, quantity=shown, position_id=500, product_ref="a", group_ref="A")
    answers = {ById("InventoryPosition", 500): position, NEAR: [VIRTUAL]}
    context = FakeContext("VirtualPosition", entity, root=VIRTUAL, answers=answers)
    wanted = [] if quantity_ is None else [Update(entity, {"quantity": quantity_})]
    assert run("globalinventory.UpdateBaseVirtualPosition", context) == wanted


def test_nothing_can_be_sold_where_the_catalogue_has_no_network() -> None:
    entity = row("VirtualPosition", id=61, quantity=7, position_id=500, product_ref="a", group_ref="A")
    catalogue = row("VirtualCatalogue", id=60, inventory_catalogue_ref="DEFAULT:1", network_ids=["9"])
    answers = {ById("InventoryPosition", 500): POSITION, NEAR: [row("VirtualCatalogue", id=99)]}
    context = FakeContext("VirtualPosition", entity, root=catalogue, answers=answers)
    [update] = run("globalinventory.UpdateBaseVirtualPosition", context)
    assert update == Update(entity, {"share": 0, "quantity": 0})
