"""What virtual positions show under controls (spec 21 §3, §4)."""

from __future__ import annotations

from typing import Any

import pytest
from controlcases import BASE, MODE, REFS, SUMS, Answers, Controlled, Row, control, shown, summing

from penstock.rules import Create, RuleError, SendEvent, Update
from penstock.rules.questions import (
    ById,
    ByRef,
    CataloguesOfNetworks,
    Matching,
    NetworkLocations,
)
from penstock.testing import FakeContext, row, run
from penstock.testing.orders import INVENTORY, POSITION

# --- base virtual positions ---


def base(entity: Row, answers: Answers, catalogue: Row = BASE) -> FakeContext:
    answers[ById("InventoryPosition", 500)] = POSITION  # 7 on hand
    answers[CataloguesOfNetworks("DEFAULT:1", "A")] = [catalogue]
    return FakeContext("VirtualPosition", entity, root=catalogue, answers=answers)


@pytest.mark.parametrize(
    ("controls", "written"),
    [
        ([], {}),
        ([control("a", -5)], {"buffer": -5, "quantity": 2}),
        ([control("a", -9)], {"buffer": -9, "quantity": 0}),
        ([control("SHIRTS", 3)], {"buffer": 3, "quantity": 10}),
        ([control("a", 20, "PERCENTAGE_BUFFER")], {"share": 80, "quantity": 5}),
        ([control("a", None, "EXCLUSION")], {"share": 0, "quantity": 0}),
        ([control("a", -5), control("a:A", -1)], {"buffer": -1, "quantity": 6}),
    ],
)
def test_a_base_position_is_computed_with_the_winning_control(controls: list[Row], written: dict[str, Any]) -> None:
    entity = shown()
    actions = run("globalinventory.UpdateBaseVirtualPosition", base(entity, Controlled(*controls)))
    assert actions == ([Update(entity, written)] if written else [])


def test_a_control_that_is_gone_is_forgotten() -> None:
    entity = shown(buffer=-5, quantity=2)
    actions = run("globalinventory.UpdateBaseVirtualPosition", base(entity, Controlled()))
    assert actions == [Update(entity, {"buffer": None, "quantity": 7})]


@pytest.mark.parametrize("group", [None, row("ControlGroup", id=80, ref="CG", status="INACTIVE")])
def test_without_an_active_group_there_are_no_controls(group: Row | None) -> None:
    context = base(shown(), Controlled(control("a", -5), group=group))
    assert run("globalinventory.UpdateBaseVirtualPosition", context) == []
    assert [type(question) for question, _ in context.asked] == [ById, ByRef, CataloguesOfNetworks]


def test_a_catalogue_without_a_group_asks_nothing_of_controls() -> None:
    context = base(shown(), {}, row("VirtualCatalogue", id=60, ref="BASE:1", type="BASE", **REFS))
    assert run("globalinventory.UpdateBaseVirtualPosition", context) == []


@pytest.mark.parametrize(("mode", "quantity"), [("ADD", 12), ("SUBTRACT", 2)])
def test_the_mode_is_a_setting(mode: str, quantity: int) -> None:
    answers = Controlled(control("a", 5))
    answers[MODE] = mode
    [update] = run("globalinventory.UpdateBaseVirtualPosition", base(shown(), answers))
    assert isinstance(update, Update)
    assert update.values["quantity"] == quantity


def test_an_unknown_mode_is_refused() -> None:
    answers = Controlled(control("a", 5))
    answers[MODE] = "MULTIPLY"
    with pytest.raises(RuleError, match="must be ADD or SUBTRACT, not 'MULTIPLY'") as failure:
        run("globalinventory.UpdateBaseVirtualPosition", base(shown(), answers))
    assert failure.value.code == 422


def test_an_unusable_control_is_refused() -> None:
    with pytest.raises(RuleError, match="control CG:QUANTITY_BUFFER:a: CONTROL_VALUE must be") as failure:
        run("globalinventory.UpdateBaseVirtualPosition", base(shown(), Controlled(control("a", "few"))))
    assert failure.value.code == 422


def test_statuses_that_sell_are_kept_where_they_are_others() -> None:
    entity = shown()
    [update] = run("globalinventory.UpdateBaseVirtualPosition", base(entity, Controlled()), statuses=["AT_RISK"])
    assert update == Update(entity, {"statuses": ["AT_RISK"], "quantity": 0})


def test_a_base_position_that_has_lost_its_stock_finds_it() -> None:
    entity = shown(position_id=None, quantity=0)
    answers = Controlled()
    answers[ByRef("InventoryCatalogue", "DEFAULT:1")] = INVENTORY
    answers[ByRef("InventoryPosition", "a:A:DEFAULT", within=50)] = POSITION
    context = base(entity, answers)
    context.event.attributes = {
        "virtualCatalogueInventoryCatalogueRef": "DEFAULT:1",
        "inventoryPositionRef": "a:A:DEFAULT",
    }
    actions = run("globalinventory.UpdateBaseVirtualPosition", context)
    assert actions == [Update(entity, {"position_id": 500, "quantity": 7})]


def test_a_position_without_a_catalogue_is_refused() -> None:
    entity = shown(catalogue_id=60)
    context = FakeContext("VirtualPosition", entity, answers={ById("VirtualCatalogue", 60): None})
    with pytest.raises(RuleError, match="position a:A has no catalogue") as failure:
        run("globalinventory.UpdateBaseVirtualPosition", context)
    assert failure.value.code == 404


def test_a_base_position_is_created_with_the_winning_control() -> None:
    event = {
        "virtualPositionRef": "a:A",
        "virtualPositionProductRef": "a",
        "virtualPositionGroupRef": "A",
        "virtualCatalogueInventoryCatalogueRef": "DEFAULT:1",
        "inventoryPositionRef": "a:A:DEFAULT",
    }
    answers = Controlled(control("A", -2))
    answers[ByRef("InventoryCatalogue", "DEFAULT:1")] = INVENTORY
    answers[ByRef("InventoryPosition", "a:A:DEFAULT", within=50)] = POSITION
    answers[CataloguesOfNetworks("DEFAULT:1", "A")] = [BASE]
    context = FakeContext("VirtualCatalogue", BASE, attributes=event, answers=answers)
    [create] = run("globalinventory.CreateBaseVirtualPosition", context)
    assert isinstance(create, Create)
    made = create.row
    assert (made.type, made.quantity, made.buffer, made.share, made.position_id) == ("BASE", 5, -2, None, 500)


def test_a_reset_position_shows_nothing_until_it_is_computed_anew() -> None:
    entity = shown(buffer=3, quantity=10)
    context = FakeContext("VirtualPosition", entity)
    values = {"share": 0, "buffer": None, "quantity": 0}
    assert run("globalinventory.ResetBaseVirtualPosition", context) == [Update(entity, values)]
    done = FakeContext("VirtualPosition", shown(share=0, quantity=0))
    assert run("globalinventory.ResetBaseVirtualPosition", done) == []


# --- sums ---


def stock(place: str, on_hand: int, status: str = "ACTIVE") -> Row:
    return row("InventoryPosition", ref=f"a:{place}:DEFAULT", location_ref=place, on_hand=on_hand, status=status)


STOCK = [stock("S1", 10), stock("S2", 3), stock("W1", -2), stock("S3", 50, "INACTIVE"), stock("X1", 9)]
EVENT = {"virtualPositionRef": "a:ATS:1", "virtualPositionProductRef": "a", "virtualPositionGroupRef": "ATS:1"}


def summed(*controls: Row, stored: list[Row] | None = None) -> Controlled:
    answers = Controlled(*controls)
    answers[ByRef("InventoryCatalogue", "DEFAULT:1")] = INVENTORY
    answers[ById("Network", 9)] = row("Network", id=9, ref="NET_AU")
    answers[NetworkLocations("NET_AU")] = [{"ref": ref} for ref in ("S1", "S2", "S3", "W1")]
    where = (("catalogue_id", (50,)), ("product_ref", ("a",)))
    answers[Matching("InventoryPosition", where)] = STOCK if stored is None else stored
    return answers


def sums(entity: Row, answers: Answers, catalogue: Row = SUMS) -> FakeContext:
    return FakeContext("VirtualPosition", entity, root=catalogue, answers=answers)


@pytest.mark.parametrize(
    ("controls", "quantity"),
    [
        ([], 13),
        ([control("a", -5)], 5),
        ([control("a", -5), control("a:S1", -1)], 9),
        ([control("a", -5), control("a", -2, "MASTER_BUFFER")], 3),
        ([control("a", -5), control("a", -10, "MASTER_BUFFER")], 0),
        ([control("a", -5), control("a", 4, "MASTER_BUFFER")], 9),
        ([control("a", None, "EXCLUSION"), control("a", 4, "MASTER_BUFFER")], 0),
        ([control("SHIRTS", None, "EXCLUSION"), control("a", 4, "MASTER_BUFFER")], 0),
        ([control("W1", 5)], 16),
    ],
)
def test_locations_of_the_network_are_added_up(controls: list[Row], quantity: int) -> None:
    entity = summing()
    actions = run("globalinventory.UpdateAggregateVirtualPosition", sums(entity, summed(*controls)))
    assert actions == [Update(entity, {"quantity": quantity})]


def test_a_sum_that_is_right_is_left_alone() -> None:
    assert run("globalinventory.UpdateAggregateVirtualPosition", sums(summing(quantity=13), summed())) == []


@pytest.mark.parametrize(("statuses", "quantity"), [(["ACTIVE"], 10), (["ACTIVE", "AT_RISK"], 12)])
def test_statuses_that_count_are_given(statuses: list[str], quantity: int) -> None:
    answers = summed(stored=[stock("S1", 10), stock("S2", 2, "AT_RISK")])
    entity = summing()
    actions = run("globalinventory.UpdateAggregateVirtualPosition", sums(entity, answers), statuses=statuses)
    assert actions == [Update(entity, {"quantity": quantity})]


@pytest.mark.parametrize(("networks", "quantity"), [([], 0), (None, 0), (["9", "10"], 13)])
def test_only_the_first_network_counts(networks: list[str] | None, quantity: int) -> None:
    catalogue = row("VirtualCatalogue", id=62, ref="ATS:1", type="AGGREGATE", **REFS | {"network_ids": networks})
    entity = summing()
    actions = run("globalinventory.UpdateAggregateVirtualPosition", sums(entity, summed(), catalogue))
    assert actions == [Update(entity, {"quantity": quantity})]


@pytest.mark.parametrize("network", ["9", "north"])
def test_a_network_that_does_not_exist_is_named(network: str) -> None:
    catalogue = row("VirtualCatalogue", id=62, ref="ATS:1", type="AGGREGATE", **REFS | {"network_ids": [network]})
    answers = summed()
    answers[ById("Network", 9)] = None
    with pytest.raises(RuleError, match=f"virtual catalogue ATS:1: there is no network {network}") as failure:
        run("globalinventory.UpdateAggregateVirtualPosition", sums(summing(), answers, catalogue))
    assert failure.value.code == 404


def test_an_inventory_catalogue_that_does_not_exist_is_named() -> None:
    answers = summed()
    answers[ByRef("InventoryCatalogue", "DEFAULT:1")] = None
    with pytest.raises(RuleError, match="there is no inventory catalogue DEFAULT:1") as failure:
        run("globalinventory.UpdateAggregateVirtualPosition", sums(summing(), answers))
    assert failure.value.code == 404


def test_a_sum_is_created_once_there_is_something_to_add() -> None:
    context = FakeContext("VirtualCatalogue", SUMS, attributes=EVENT, answers=summed(control("a", -5)))
    [create] = run("globalinventory.CreateAggregateVirtualPosition", context)
    assert isinstance(create, Create)
    made = create.row
    assert (made.ref, made.type, made.product_ref, made.group_ref) == ("a:ATS:1", "AGGREGATE", "a", "ATS:1")
    assert (made.quantity, made.catalogue_id, made.position_id) == (5, 62, None)


@pytest.mark.parametrize("stored", [[], [stock("S3", 50, "INACTIVE")], [stock("X1", 9)]])
def test_nothing_is_created_while_nothing_counts(stored: list[Row]) -> None:
    context = FakeContext("VirtualCatalogue", SUMS, attributes=EVENT, answers=summed(stored=stored))
    assert run("globalinventory.CreateAggregateVirtualPosition", context) == []


# --- details ---

LOAD = "globalinventory.LoadVirtualPositionAndVirtualCatalogueDetails"


def test_a_sum_is_named_after_its_catalogue() -> None:
    known = row("VirtualPosition", id=63, ref="a:ATS:1")
    answers = {ByRef("VirtualPosition", "a:ATS:1", within=62): known}
    context = FakeContext("VirtualCatalogue", SUMS, attributes={"productRef": "a"}, answers=answers)
    [event] = run(LOAD, context, eventName="X", type="AGGREGATE")
    assert isinstance(event, SendEvent)
    assert event.attributes is not None
    assert event.attributes["virtualPositionRef"] == event.attributes["targetVirtualPositionRef"] == "a:ATS:1"
    assert event.attributes["virtualPositionGroupRef"] == "ATS:1"
    assert event.attributes["virtualCatalogueControlGroupRef"] == "CG"
    assert "inventoryPositionRef" not in event.attributes


def test_a_base_position_needs_a_location() -> None:
    context = FakeContext("VirtualCatalogue", BASE, attributes={"productRef": "a"})
    with pytest.raises(RuleError, match="locationRef"):
        run(LOAD, context, eventName="X")


def test_the_group_is_told_only_where_there_is_one() -> None:
    catalogue = row("VirtualCatalogue", id=60, ref="BASE:1", type="BASE", **REFS)
    answers = {ByRef("VirtualPosition", "a:A", within=60): None}
    context = FakeContext(
        "VirtualCatalogue", catalogue, attributes={"productRef": "a", "locationRef": "A"}, answers=answers
    )
    [event] = run(LOAD, context, eventName="X")
    assert isinstance(event, SendEvent)
    assert "virtualCatalogueControlGroupRef" not in (event.attributes or {})
