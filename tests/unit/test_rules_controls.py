"""Rules of controls, thresholds and sums: given rows and answers, when a rule runs, then it returns this."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.rules import Create, RuleError, SendEvent, Update
from penstock.rules.questions import (
    ById,
    ByRef,
    CataloguesOfNetworks,
    CataloguesOfRetailer,
    CategoriesOf,
    Matching,
    NetworkLocations,
    Setting,
)
from penstock.testing import FakeContext, row, run
from penstock.testing.orders import INVENTORY, POSITION

Row = Any
Answers = dict[Any, Any]

REFS = {"inventory_catalogue_ref": "DEFAULT:1", "product_catalogue_ref": "PC:1", "network_ids": ["9"]}
BASE = row("VirtualCatalogue", id=60, ref="BASE:1", type="BASE", status="ACTIVE", control_group_ref="CG", **REFS)
SUMS = row("VirtualCatalogue", id=62, ref="ATS:1", type="AGGREGATE", status="ACTIVE", control_group_ref="CG", **REFS)
GROUP = row("ControlGroup", id=80, ref="CG", status="ACTIVE")
MODE = Setting("oms.controls.quantityBuffer.mode")


def control(scope: str, value: object, type_: str = "QUANTITY_BUFFER", **values: Any) -> Row:
    given = [{"name": "CONTROL_VALUE", "type": "INTEGER", "value": value}]
    about = {"ref": f"CG:{type_}:{scope}", "type": type_, "status": "ACTIVE", "values": given, "control_group_id": 80}
    return row("Control", id=81, **about | values)


class Controlled(dict[Any, Any]):
    """Answers of a catalogue whose group has these controls."""

    def __init__(self, *controls: Row, group: Row | None = GROUP) -> None:
        known: Answers = {ByRef("ControlGroup", "CG"): group, CategoriesOf("a", "PC:1"): ["SHIRTS"]}
        super().__init__(known)
        self._controls = controls

    def __contains__(self, question: object) -> bool:
        """Know the controls by any refs."""
        return _controls(question) or super().__contains__(question)

    def get(self, question: Any, default: Any = None) -> Any:
        """Return those controls whose refs are asked for."""
        if not _controls(question):
            return super().get(question, default)
        refs = dict(question.where)["ref"]
        return [c for c in self._controls if c.ref in refs]


def _controls(question: object) -> bool:
    return isinstance(question, Matching) and question.entity == "Control"


# --- base virtual positions ---


def shown(**values: Any) -> Row:
    about = {"id": 61, "ref": "a:A", "product_ref": "a", "group_ref": "A", "position_id": 500, "quantity": 7}
    return row("VirtualPosition", **about | values)


def base(entity: Row, answers: Answers, catalogue: Row = BASE) -> FakeContext:
    answers[ById("InventoryPosition", 500)] = POSITION  # 7 on hand
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
    assert [type(question) for question, _ in context.asked] == [ById, ByRef]


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


def summing(**values: Any) -> Row:
    about = {"id": 63, "ref": "a:ATS:1", "product_ref": "a", "group_ref": "ATS:1", "quantity": 1}
    return row("VirtualPosition", **about | values)


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


# --- thresholds ---

INVENTORY_RULE = "globalinventory.ApplyThresholdControlsToInventoryPosition"
VIRTUAL_RULE = "globalinventory.ApplyThresholdControlsToVirtualPosition"


def threshold(order: int, units: int, status: str) -> Row:
    context = [{"type": "CATALOGUE", "property": "ref", "value": "DEFAULT:1"}]
    values = [
        {"name": "context", "value": context},
        {"name": "threshold", "value": units},
        {"name": "status", "value": status},
    ]
    about = {"type": "BULK_THRESHOLD", "status": "ACTIVE", "values": values, "execution_order": order}
    return row("Control", ref=f"T{order}", **about)


def catalogue_with(groups: object, entity: str = "InventoryCatalogue") -> Row:
    attributes = [{"name": "controlGroups", "type": "JSON", "value": groups}]
    return row(entity, id=50, ref="DEFAULT:1", type="DEFAULT", attributes=attributes)


def thresholds(*controls: Row, group: str = "ACTIVE") -> Answers:
    where = (("control_group_id", (80,)), ("type", ("BULK_THRESHOLD",)), ("status", ("ACTIVE",)))
    groups = [row("ControlGroup", id=80, ref="CG", status=group)]
    return {Matching("ControlGroup", (("ref", ("CG",)),)): groups, Matching("Control", where): list(controls)}


T0, T1 = threshold(1, 0, "OUT_OF_STOCK"), threshold(2, 3, "AT_RISK")


@pytest.mark.parametrize(
    ("quantity", "was", "becomes"),
    [
        (7, "ACTIVE", None),
        (3, "ACTIVE", "AT_RISK"),
        (1, "AT_RISK", None),
        (0, "AT_RISK", "OUT_OF_STOCK"),
        (4, "OUT_OF_STOCK", "ACTIVE"),
        (1, "CREATED", None),
        (1, "INACTIVE", None),
    ],
)
@pytest.mark.parametrize("virtual", [True, False])
def test_quantities_decide_on_statuses(*, quantity: int, was: str, becomes: str | None, virtual: bool) -> None:
    name, column = ("VirtualPosition", "quantity") if virtual else ("InventoryPosition", "on_hand")
    entity = row(name, id=1, status=was, **{column: quantity})
    root = catalogue_with(["CG"], "VirtualCatalogue" if virtual else "InventoryCatalogue")
    context = FakeContext(name, entity, root=root, answers=thresholds(T0, T1))
    actions = run(VIRTUAL_RULE if virtual else INVENTORY_RULE, context)
    assert actions == ([] if becomes is None else [Update(entity, {"status": becomes})])


@pytest.mark.parametrize(
    ("groups", "answers"),
    [(None, {}), ([], {}), (["CG"], thresholds()), (["CG"], thresholds(T0, T1, group="INACTIVE"))],
)
def test_without_thresholds_a_position_is_active(groups: object, answers: Answers) -> None:
    entity = row("InventoryPosition", id=1, status="AT_RISK", on_hand=1)
    context = FakeContext("InventoryPosition", entity, root=catalogue_with(groups), answers=answers)
    assert run(INVENTORY_RULE, context) == [Update(entity, {"status": "ACTIVE"})]


@pytest.mark.parametrize("groups", [["A", "B", "C", "D", "E", "F"], "CG", [1]])
def test_control_groups_that_cannot_be_used_are_named(groups: object) -> None:
    entity = row("InventoryPosition", id=1, status="ACTIVE", on_hand=1)
    context = FakeContext("InventoryPosition", entity, root=catalogue_with(groups))
    with pytest.raises(RuleError, match="controlGroups of catalogue DEFAULT:1 must be a list of at most 5") as failure:
        run(INVENTORY_RULE, context)
    assert failure.value.code == 422


@pytest.mark.parametrize(
    ("control_", "message"),
    [
        (threshold(1, 9, "GONE"), "sets the unknown status GONE"),
        (threshold(1, "few", "AT_RISK"), "T1: threshold must be a whole number"),  # type: ignore[arg-type]  # wrong
    ],
)
def test_thresholds_that_cannot_be_used_are_named(control_: Row, message: str) -> None:
    entity = row("InventoryPosition", id=1, status="ACTIVE", on_hand=1)
    answers = thresholds(control_)
    context = FakeContext("InventoryPosition", entity, root=catalogue_with(["CG"]), answers=answers)
    with pytest.raises(RuleError, match=message) as failure:
        run(INVENTORY_RULE, context)
    assert failure.value.code == 422


def test_a_workflow_may_have_statuses_of_its_own() -> None:
    entity = row("InventoryPosition", id=1, status="ACTIVE", on_hand=1)
    answers = thresholds(threshold(1, 9, "GONE"))
    context = FakeContext("InventoryPosition", entity, root=catalogue_with(["CG"]), answers=answers)
    assert run(INVENTORY_RULE, context, statuses=["ACTIVE", "GONE"]) == [Update(entity, {"status": "GONE"})]


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
