"""Whose lane a row is in, and what leads it: positions of stock have lanes of their own, catalogues have none."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from penstock.history.rows import COUNTED
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Lane as Lanes
from penstock.orchestration.lanes import lane_of, numbered, own_lane
from penstock.orchestration.places import entity_of

if TYPE_CHECKING:
    from penstock.history.recorded import Recorded
    from penstock.history.tree import Rows
    from penstock.model.rows import Row

POSITION, QUANTITY, VIRTUAL = "inventory_position", "inventory_quantity", "virtual_position"
STOCK = {table for table, _ in COUNTED}  # positions, real and virtual
_NOBODY = uuid.UUID(int=0)
# Rows that many lanes load and none owns: catalogues.
SHARED = {e.table for e in MODEL.entities if e.event and e.lane is Lanes.NONE}
_LEADING = {e.table for e in MODEL.entities if e.lane is Lanes.SELF or (e.lane is Lanes.ROOT and e.tree == e.name)}
# Rows that lanes load one by one: what else is in such a lane, answers tell.
SINGLE = {e.table for e in MODEL.entities if e.event and e.lane in {Lanes.SELF, Lanes.OWNER}}
_BY_REF = {e.table: e for e in MODEL.entities if e.lane_member is None and e.table in STOCK}


def lane_of_row(row: Row) -> int | None:
    """Return the lane that a row leads; None for one that leads none."""
    entity = entity_of(row)
    return lane_of(entity, row, {}, _NOBODY) if entity.table in _LEADING else None


def leader(rows: Rows, lane: int) -> Row | None:
    """Return the row that leads a lane, where it is among these."""
    found = (row for table in _LEADING & rows.keys() for row in rows[table].values())
    return next((row for row in found if lane_of_row(row) == lane), None)


def in_lane(row: Row, lane: int, rows: Rows) -> bool:
    """Return whether a row that an answer told of belongs to a lane whose other rows are known."""
    entity = entity_of(row)
    if entity.table == QUANTITY:
        owner = rows.get(POSITION, {}).get(row.position_id)
        return owner is not None and lane_of_row(owner) == lane
    return entity.lane is Lanes.SELF and lane_of_row(row) == lane


def lane_by_ref(table: str, catalogue: int, ref: str) -> int | None:
    """Return the lane of the position of a catalogue with this ref; None for a table of others."""
    entity = _BY_REF.get(table)
    return None if entity is None else own_lane(entity, 0, ref, catalogue)


def alone(context: Recorded) -> bool:
    """Return whether the context was the only one of its lane: events to whole catalogues are."""
    return context.complete and context.lane == numbered(context.record.id.hex)
