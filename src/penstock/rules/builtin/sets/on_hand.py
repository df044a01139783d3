"""Set forms of the rules that keep the stock on hand and the status by how much there is (spec 20 §5, 21 §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError
from penstock.inventory.ledger import COUNTING_STATUSES, COUNTING_TYPES
from penstock.inventory.thresholds import THRESHOLD, status_at
from penstock.model.rows import attribute
from penstock.rules.builtin.inventory.thresholds import GROUPS, MOST_GROUPS, OTHERS
from penstock.rules.sets import (
    ForwardAll,
    LeaveError,
    LedgerSums,
    Members,
    RowsWhere,
    SetAction,
    UpdateAll,
    leave,
    set_form,
)

if TYPE_CHECKING:
    from penstock.model.rows import Row

_CALCULATED, _ALSO = "inventoryPositionOnHandCalculated", "inventoryPositionAlsoCounted"


@set_form("globalinventory.CalculateOnHand")
async def calculate_on_hand(members: Members) -> list[SetAction]:
    """Put the sums into the events, and beside them what a workflow's own choice of types adds."""
    types, statuses = tuple(members.prop("filterTypes")), tuple(members.prop("filterStatuses"))
    sums, usual = await _sums(members, types, statuses), None
    if set(types) != set(COUNTING_TYPES) or set(statuses) != set(COUNTING_STATUSES):
        usual = await _sums(members, COUNTING_TYPES, COUNTING_STATUSES)
    adds = {_CALCULATED: members.blank(), _ALSO: members.blank()}
    for n in members.numbers:
        id_ = members.entities[n].id
        adds[_CALCULATED][n] = sums[id_]
        if usual is not None and sums[id_] != usual[id_]:
            adds[_ALSO][n] = sums[id_] - usual[id_]
    return [ForwardAll(members.prop("eventName"), members.numbers, adds=dict(adds))]


async def _sums(members: Members, types: tuple[str, ...], statuses: tuple[str, ...]) -> dict[int, int]:
    rows = [members.entities[n] for n in members.numbers]
    found: dict[int, int] = await members.ask(LedgerSums(rows, types, statuses))
    return found


@set_form("globalinventory.ForwardIfOnHandChanged")
async def forward_if_on_hand_changed(members: Members) -> list[SetAction]:
    """Forward where the sum is another than the position has, or made up of other types."""
    calculated, also, rows = members.column(_CALCULATED), members.column(_ALSO), members.entities
    going = [
        n
        for n in members.numbers
        if calculated[n] != (rows[n].on_hand or 0) or (also[n] or 0) != (rows[n].also_counted or 0)
    ]
    return [ForwardAll(members.prop("eventName"), going)]


@set_form("globalinventory.SendEventForUnmetFulfilments")
async def send_event_for_unmet_fulfilments(members: Members) -> list[SetAction]:
    """Nothing, where as much is there as is promised; all others go by themselves, since each has its own to tell."""
    after, calculated = members.prop("onlyAfter"), members.column(_CALCULATED)
    columns = [members.column(name) for name in after]
    short = [n for n in members.numbers if calculated[n] < 0]
    told = (n for n in short if not after or any(column[n] is not None for column in columns))
    leave(told, "less is there than is promised")
    return []


@set_form("globalinventory.UpdateOnHand")
async def update_on_hand(members: Members) -> list[SetAction]:
    """Write the sums."""
    calculated, also = members.column(_CALCULATED), members.column(_ALSO)
    changes = []
    for n in members.numbers:
        row, values = members.entities[n], {"on_hand": calculated[n]}
        if (also[n] or 0) != (row.also_counted or 0):
            values["also_counted"] = also[n] or 0
        changes.append((n, row, values))
    return [UpdateAll(changes)]


@set_form("globalinventory.ApplyThresholdControlsToInventoryPosition")
async def apply_threshold_controls_to_inventory_position(members: Members) -> list[SetAction]:
    """Compare ``onHand``."""
    return await _apply(members, "on_hand")


@set_form("globalinventory.ApplyThresholdControlsToVirtualPosition")
async def apply_threshold_controls_to_virtual_position(members: Members) -> list[SetAction]:
    """Compare ``quantity``."""
    return await _apply(members, "quantity")


async def _apply(members: Members, column: str) -> list[SetAction]:
    controls, allowed = await _controls(members), members.prop("statuses")
    changes = []
    known: dict[int, str] = {}
    for n in members.numbers:
        row = members.entities[n]
        if row.status in OTHERS:
            continue
        quantity = getattr(row, column) or 0
        try:
            if quantity not in known:
                known[quantity] = status_at(quantity, controls, members.root.ref)
        except InvalidValueError as error:
            raise LeaveError(members.numbers, error.message) from error
        status = known[quantity]
        if status not in allowed:
            raise LeaveError([n], f"a threshold control sets the unknown status {status}")
        if status != row.status:
            changes.append((n, row, {"status": status}))
    return [UpdateAll(changes)]


async def _controls(members: Members) -> list[Row]:
    refs: Any = attribute(members.root, GROUPS)
    if not refs:
        return []
    if not isinstance(refs, list) or len(refs) > MOST_GROUPS or not all(isinstance(ref, str) for ref in refs):
        raise LeaveError(members.numbers, f"attribute {GROUPS} cannot be used")
    groups = await members.ask(RowsWhere("ControlGroup", (("ref", refs),)))
    ids = [group.id for group in groups if group.status == "ACTIVE"]
    where = (("control_group_id", ids), ("type", [THRESHOLD]), ("status", ["ACTIVE"]))
    found: list[Row] = await members.ask(RowsWhere("Control", where)) if ids else []
    return found
