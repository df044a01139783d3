"""Changes of controls, who is told of stock, and gates (spec 20 §5, 21 §4.5)."""

from __future__ import annotations

from typing import Any

import pytest
from controlcases import BASE, GROUP, SUMS, T1, Answers, Row, control, shown, summing

from penstock.rules import RuleError, SendEvent, Update
from penstock.rules.questions import (
    ById,
    ByRef,
    CataloguesOfNetworks,
    CataloguesOfRetailer,
    Matching,
)
from penstock.testing import FakeContext, row, run
from penstock.testing.orders import INVENTORY, POSITION

# --- changes of controls ---

UPDATE, PRODUCE = "globalinventory.UpdateControlValue", "globalinventory.ProduceVirtualPositionEventsForControlUpdate"


def at_control(entity: Row, event: dict[str, Any] | None = None, answers: Answers | None = None) -> FakeContext:
    return FakeContext("Control", entity, root=GROUP, attributes=event, answers=answers)


@pytest.mark.parametrize("value", [-4, "-4"])
def test_a_control_gets_another_value(value: object) -> None:
    entity = control("a", -1)
    entity.values.insert(0, {"name": "note", "type": "STRING", "value": "kept"})
    wanted = [entity.values[0], {"name": "CONTROL_VALUE", "type": "INTEGER", "value": -4}]
    event = {"controlValue": value, "executionOrder": 2}
    assert run(UPDATE, at_control(entity, event)) == [Update(entity, {"values": wanted, "execution_order": 2})]


def test_a_control_gets_another_place_in_the_order() -> None:
    entity = control("a", -1)
    assert run(UPDATE, at_control(entity, {"executionOrder": 2})) == [Update(entity, {"execution_order": 2})]


@pytest.mark.parametrize(
    ("type_", "event", "code", "message"),
    [
        ("QUANTITY_BUFFER", {}, 400, "the event needs the attribute controlValue or executionOrder"),
        ("QUANTITY_BUFFER", {"controlValue": "few"}, 422, "controlValue must be a whole number from .*, not 'few'"),
        ("PERCENTAGE_BUFFER", {"controlValue": 101}, 422, "controlValue must be a whole number from 0 to 100, not 101"),
        ("QUANTITY_BUFFER", {"executionOrder": "last"}, 400, "executionOrder must be a whole number, not 'last'"),
    ],
)
def test_what_a_control_cannot_be_is_named(type_: str, event: dict[str, Any], code: int, message: str) -> None:
    with pytest.raises(RuleError, match=message) as failure:
        run(UPDATE, at_control(control("a", 1, type_), event))
    assert failure.value.code == code


AT_A, AT_B = shown(catalogue_id=60), shown(id=64, ref="a:B", group_ref="B", catalogue_id=60)
OVER_ALL = summing(catalogue_id=62)


def positions(*products: str, catalogues: tuple[int, ...] = (60, 62), found: tuple[Row, ...] = ()) -> Answers:
    where = (("catalogue_id", catalogues), ("product_ref", products))
    other = row("VirtualCatalogue", id=66, ref="OTHER", type="BASE", status="ACTIVE", control_group_ref="CG2")
    return {
        CataloguesOfRetailer("VirtualCatalogue"): [BASE, SUMS, other],
        Matching("VirtualPosition", where): list(found or (AT_A, AT_B, OVER_ALL)),
    }


def told(actions: list[Any]) -> list[tuple[str, dict[str, Any]]]:
    assert all(action.to is action.root and action.name == "X" for action in actions)
    return [(action.to.ref, action.attributes) for action in actions]


A, B, ALL = (
    ("BASE:1", {"productRef": "a", "locationRef": "A"}),
    ("BASE:1", {"productRef": "a", "locationRef": "B"}),
    ("ATS:1", {"productRef": "a"}),
)


@pytest.mark.parametrize(
    ("control_", "products", "wanted"),
    [
        (control("a", -1), ("a",), [A, B, ALL]),
        (control("a", None, "EXCLUSION"), ("a",), [A, B, ALL]),
        (control("a:A", -1), ("a:A", "a"), [A, ALL]),
        (control("a:A", 5, "PERCENTAGE_BUFFER"), ("a:A", "a"), [A, ALL]),
        (control("a", -1, "MASTER_BUFFER"), ("a",), [ALL]),
        (control("a:C", -1), ("a:C", "a"), [ALL]),
    ],
)
def test_positions_of_a_control_are_computed_anew(control_: Row, products: tuple[str, ...], wanted: list[Any]) -> None:
    actions = run(PRODUCE, at_control(control_, answers=positions(*products)), eventName="X")
    assert told(actions) == wanted


@pytest.mark.parametrize("scope", ["SHIRTS", "A"])
def test_controls_over_categories_and_locations_take_effect_later(scope: str) -> None:
    where = (("catalogue_id", (60, 62)), ("product_ref", (scope,)))
    answers = positions() | {Matching("VirtualPosition", where): []}
    assert run(PRODUCE, at_control(control(scope, -1), answers=answers), eventName="X") == []


@pytest.mark.parametrize("control_", [T1, control("a", -1, "EXPIRY"), control("a", -1, ref="elsewhere")])
def test_other_controls_concern_no_position(control_: Row) -> None:
    context = at_control(control_)
    assert run(PRODUCE, context, eventName="X") == []
    assert context.asked == []


def test_the_catalogue_can_be_named() -> None:
    answers = {ByRef("VirtualCatalogue", "BASE:1"): BASE, **positions("a", catalogues=(60,), found=(AT_A,))}
    assert told(
        run(PRODUCE, at_control(control("a", -1), answers=answers), eventName="X", virtualCatalogueRef="BASE:1")
    ) == [A]


def test_a_named_catalogue_must_exist() -> None:
    context = at_control(control("a", -1), answers={ByRef("VirtualCatalogue", "NONE"): None})
    with pytest.raises(RuleError, match="there is no virtual catalogue NONE") as failure:
        run(PRODUCE, context, eventName="X", virtualCatalogueRef="NONE")
    assert failure.value.code == 404


def test_a_group_that_controls_nothing_tells_nobody() -> None:
    answers: Answers = {CataloguesOfRetailer("VirtualCatalogue"): []}
    assert run(PRODUCE, at_control(control("a", -1), answers=answers), eventName="X") == []


def test_a_control_without_a_group_is_refused() -> None:
    context = FakeContext("Control", control("a", -1), answers={ById("ControlGroup", 80): None})
    with pytest.raises(RuleError, match="CG:QUANTITY_BUFFER:a has no group") as failure:
        run(PRODUCE, context, eventName="X")
    assert failure.value.code == 404


# --- notification ---

ALL_RULE = "globalinventory.NotifyVirtualCataloguesOnNetworksMatch"
BY_REFS = "globalinventory.NotifyVirtualCataloguesByRefsOnNetworksMatch"
STRICT = row(
    "VirtualCatalogue", id=67, ref="STRICT", type="BASE", attributes=[{"name": "controlGroups", "value": ["CG"]}]
)
NEAR = {CataloguesOfNetworks("DEFAULT:1", "A"): [BASE, SUMS, STRICT]}


def notified(rule: str, answers: Answers | None = None, **props: Any) -> list[str]:
    context = FakeContext("InventoryPosition", POSITION, root=INVENTORY, answers=NEAR | (answers or {}))
    actions: list[Any] = run(rule, context, **props)
    return [action.to.ref for action in actions]


def test_catalogues_that_follow_by_themselves_can_be_left_out() -> None:
    assert notified(ALL_RULE) == ["BASE:1", "ATS:1", "STRICT"]
    assert notified(ALL_RULE, unlessFollowing=True) == ["ATS:1", "STRICT"]


def test_listed_catalogues_are_told_if_they_are_near() -> None:
    far = row("VirtualCatalogue", id=68, ref="FAR", type="BASE")
    answers = {ByRef("VirtualCatalogue", "BASE:1"): BASE, ByRef("VirtualCatalogue", "FAR"): far}
    assert notified(BY_REFS, answers, virtualCatalogueRefs=["BASE:1", "FAR"]) == ["BASE:1"]
    assert notified(BY_REFS, answers, virtualCatalogueRefs=["FAR"]) == []


def test_a_listed_catalogue_must_exist() -> None:
    answers = {ByRef("VirtualCatalogue", "BASE:1"): BASE, ByRef("VirtualCatalogue", "NONE"): None}
    with pytest.raises(RuleError, match="there is no virtual catalogue NONE") as failure:
        notified(BY_REFS, answers, virtualCatalogueRefs=["BASE:1", "NONE"])
    assert failure.value.code == 404


# --- gates ---

LOCATION_GATE, GATE = "globalinventory.ForwardIfLocationStatusEquals", "globalinventory.IfPropertyEquals"


@pytest.mark.parametrize(("status", "sent"), [("ACTIVE", True), ("INACTIVE", False), (None, False)])
@pytest.mark.parametrize("own", [True, False])
def test_the_status_of_a_location_is_a_gate(*, status: str | None, sent: bool, own: bool) -> None:
    place = None if status is None else row("Location", id=11, ref="A", status=status)
    answers = {ByRef("Location", "A", within=1): place}
    event = None if own else {"locationRef": "A"}
    name, entity = ("InventoryPosition", POSITION) if own else ("InventoryCatalogue", INVENTORY)
    context = FakeContext(name, entity, attributes=event, answers=answers)
    assert bool(run(LOCATION_GATE, context, eventName="X", status=["ACTIVE", "OPEN"])) == sent


def test_an_event_to_a_catalogue_must_name_the_location() -> None:
    with pytest.raises(RuleError, match="locationRef"):
        run(LOCATION_GATE, FakeContext("InventoryCatalogue", INVENTORY), eventName="X", status="ACTIVE")


@pytest.mark.parametrize(
    ("property_", "value", "sent"),
    [
        ("status", "ACTIVE", True),
        ("status", "CREATED", False),
        ("onHand", "7", True),
        ("productRef", "a", True),
        ("type", "None", False),
        ("COLOUR", "red", True),
        ("colour", "blue", False),
        ("operation", "RESERVE", True),
        ("fast", "true", True),
        ("catalogueId", "50", False),
        ("nothing", "None", False),
    ],
)
def test_a_property_is_a_gate(*, property_: str, value: str, sent: bool) -> None:
    about = {"status": "ACTIVE", "on_hand": 7, "product_ref": "a", "catalogue_id": 50, "type": None}
    entity = row("InventoryPosition", id=1, attributes=[{"name": "colour", "value": "red"}], **about)
    event = {"operation": "RESERVE", "fast": True, "status": "EVENT"}
    context = FakeContext("InventoryPosition", entity, attributes=event)
    assert run(GATE, context, property=property_, value=value, eventName="X") == ([SendEvent("X")] if sent else [])


# --- quantities of old workflows ---

OLD = "globalinventory.UpdateInventoryQuantity"


def old(qty: object, *known: Row) -> FakeContext:
    record = {"ref": "a:A:DEFAULT", "productRef": "a", "locationRef": "A", "qty": qty}
    where = (("position_id", (500,)), ("type", ("DISPLAY",)))
    counts = (("position_id", (500,)), ("type", ("LAST_ON_HAND",)))
    answers = {Matching("InventoryQuantity", where): list(known), Matching("InventoryQuantity", counts): []}
    return FakeContext("InventoryPosition", POSITION, attributes={"inventoryPosition": record}, answers=answers)


def test_the_quantity_of_a_type_is_updated() -> None:
    known = row("InventoryQuantity", id=600, ref="D", type="DISPLAY", quantity=3, position_id=500)
    assert run(OLD, old(5, known), type="DISPLAY") == [Update(known, {"quantity": 5})]
    assert run(OLD, old(-5, known), type="DISPLAY") == [Update(known, {"quantity": -5})]


@pytest.mark.parametrize(
    ("qty", "type_", "code", "message"),
    [
        (5, "DISPLAY", 404, "position a:A:DEFAULT has no quantity of type DISPLAY"),
        ("x", "DISPLAY", 400, "inventoryPosition.qty must be a whole number, not 'x'"),
        (-1, "LAST_ON_HAND", 422, "must not be negative for a count, but is -1"),
    ],
)
def test_a_quantity_that_cannot_be_updated_is_named(qty: object, type_: str, code: int, message: str) -> None:
    with pytest.raises(RuleError, match=message) as failure:
        run(OLD, old(qty), type=type_)
    assert failure.value.code == code


def test_the_position_of_a_quantity_must_exist() -> None:
    record = {"inventoryPosition": {"ref": "b", "productRef": "b", "locationRef": "A", "qty": 1}}
    answers = {ByRef("InventoryPosition", "b", within=50): None}
    context = FakeContext("InventoryCatalogue", INVENTORY, attributes=record, answers=answers)
    with pytest.raises(RuleError, match="has no position b") as failure:
        run(OLD, context, type="DISPLAY")
    assert failure.value.code == 404
