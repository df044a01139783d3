"""Statuses by quantity (spec 21 §5)."""

from __future__ import annotations

import pytest
from controlcases import T0, T1, Answers, Row, threshold

from penstock.rules import RuleError, Update
from penstock.rules.questions import (
    Matching,
)
from penstock.testing import FakeContext, row, run

# --- thresholds ---

INVENTORY_RULE = "globalinventory.ApplyThresholdControlsToInventoryPosition"
VIRTUAL_RULE = "globalinventory.ApplyThresholdControlsToVirtualPosition"


def catalogue_with(groups: object, entity: str = "InventoryCatalogue") -> Row:
    attributes = [{"name": "controlGroups", "type": "JSON", "value": groups}]
    return row(entity, id=50, ref="DEFAULT:1", type="DEFAULT", attributes=attributes)


def thresholds(*controls: Row, group: str = "ACTIVE") -> Answers:
    where = (("control_group_id", (80,)), ("type", ("BULK_THRESHOLD",)), ("status", ("ACTIVE",)))
    groups = [row("ControlGroup", id=80, ref="CG", status=group)]
    return {Matching("ControlGroup", (("ref", ("CG",)),)): groups, Matching("Control", where): list(controls)}


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
        (threshold(1, "few", "AT_RISK"), "T1: threshold must be a whole number"),
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
