"""The status of a position by how much there is of it (spec 21 §5)."""

from __future__ import annotations

from typing import Any

from penstock.inventory.thresholds import THRESHOLD, status_at
from penstock.model.rows import attribute
from penstock.rules import Context, Prop, RuleError, Update, rule
from penstock.rules.builtin.inventory.catalogues import NO_CATALOGUE, catalogue_of
from penstock.rules.builtin.inventory.controls import usable
from penstock.rules.builtin.inventory.virtual_position import changed
from penstock.rules.questions import ById, Matching

Row = Any

GROUPS = "controlGroups"  # attribute of a catalogue: refs of groups with threshold controls
MOST_GROUPS = 5
OTHERS = {"CREATED", "INACTIVE"}  # statuses that say something else than how much there is
_STATUSES = Prop(
    "statuses",
    "statuses that controls may set",
    multiple=True,
    default=["ACTIVE", "AT_RISK", "OUT_OF_STOCK"],
)
_FAILS = NO_CATALOGUE | {422: "controlGroups of the catalogue, or a threshold control, cannot be used"}


@rule(
    "globalinventory.ApplyThresholdControlsToInventoryPosition",
    "Set the status that the threshold controls give to the stock on hand",
    _STATUSES,
    accepts=["INVENTORY_POSITION"],
    sets="{statuses}",
    asks=[ById, Matching],
    reads=["InventoryCatalogue"],
    fails=_FAILS,
)
async def apply_threshold_controls_to_inventory_position(context: Context) -> list[Update]:
    """Compare ``onHand``; a position that is CREATED or INACTIVE stays so."""
    return await _apply(context, context.entity.on_hand or 0)


@rule(
    "globalinventory.ApplyThresholdControlsToVirtualPosition",
    "Set the status that the threshold controls give to the quantity",
    _STATUSES,
    accepts=["VIRTUAL_POSITION"],
    sets="{statuses}",
    asks=[ById, Matching],
    reads=["VirtualCatalogue"],
    fails=_FAILS,
)
async def apply_threshold_controls_to_virtual_position(context: Context) -> list[Update]:
    """Compare ``quantity``; a position that is CREATED or INACTIVE stays so."""
    return await _apply(context, context.entity.quantity or 0)


async def _apply(context: Context, quantity: int) -> list[Update]:
    if context.entity.status in OTHERS:
        return []
    catalogue = await catalogue_of(context)
    controls = await _controls(context, catalogue)
    with usable():
        status = status_at(quantity, controls, catalogue.ref)
    if status not in context.prop("statuses"):
        raise RuleError(f"a threshold control of catalogue {catalogue.ref} sets the unknown status {status}", 422)
    return changed(context.entity, status=status)


async def _controls(context: Context, catalogue: Row) -> list[Row]:
    """Return the threshold controls of the catalogue's groups; none where it names no groups."""
    refs = attribute(catalogue, GROUPS)
    if not refs:
        return []
    if not isinstance(refs, list) or len(refs) > MOST_GROUPS or not all(isinstance(ref, str) for ref in refs):
        what = f"at most {MOST_GROUPS} refs of control groups"
        raise RuleError(f"attribute {GROUPS} of catalogue {catalogue.ref} must be a list of {what}, not {refs!r}", 422)
    groups = await context.ask(Matching("ControlGroup", (("ref", tuple(refs)),)))
    ids = tuple(group.id for group in groups if group.status == "ACTIVE")
    where = (("control_group_id", ids), ("type", (THRESHOLD,)), ("status", ("ACTIVE",)))
    found: list[Row] = await context.ask(Matching("Control", where)) if ids else []
    return found
