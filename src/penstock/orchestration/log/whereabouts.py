"""Where the log holds what happened to an entity: at its root, or in its lane.

All that happens to an entity happens in its lane. For most entities the lane is their root's (an order's, a
return's), so their events are found by the root's id, which is indexed. Of the others, such as positions of stock,
the log keeps the lane. So the entity is looked up, and not the log.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.model.lists import owner
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Lane
from penstock.orchestration.lanes import lane_of, lane_root
from penstock.orchestration.log.marks import leads
from penstock.orchestration.trees import decode

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import asyncpg

    from penstock.model.vocabulary import Entity


@dataclass(frozen=True)
class Arm:
    """A stretch of the log: what has this root, or this lane. Without either: what has no root."""

    root: int | None = None
    lane: int | None = None


_NOBODY = uuid.UUID(int=0)
ROOTLESS = Arm()  # events to what did not exist when they came


async def of_entities(
    connection: asyncpg.Connection, types: Collection[str], ids: Sequence[int], refs: Sequence[str]
) -> set[Arm] | None:
    """Return where to find what happened to the entities with these ids, or else refs; None: anywhere.

    One that does not exist may have existed.
    """
    found: dict[int | str, set[Arm]] = {key: set() for key in ids or refs}
    column = "id" if ids else "ref"
    for entity in _entities(types):
        for row, leader in await _rows(connection, entity, column, ids or refs):
            found[getattr(row, column)] |= {_arm(entity, row, leader)}
    if not all(found.values()):
        return None
    return set().union(*found.values(), {ROOTLESS})


async def of_roots(connection: asyncpg.Connection, types: Collection[str], refs: Sequence[str]) -> set[Arm] | None:
    """Return where to find what has roots with these refs; None: anywhere."""
    found: dict[str, set[Arm]] = {ref: set() for ref in refs}
    for entity in _entities(types):
        if MODEL.root(entity)[1] == "id" or entity.lane is Lane.ROOT:
            for row, _ in await _rows(connection, entity, "ref", refs):
                found[row.ref].add(Arm(root=row.id))
    return set().union(*found.values()) if all(found.values()) else None


def _entities(types: Collection[str]) -> list[Entity]:
    """Return the entities of these event types, one a table; all when no type is given."""
    chosen = [e for t in types for e in MODEL.of_event(t)] if types else [e for e in MODEL.entities if e.event]
    return list({e.table: e for e in chosen}.values())


async def _rows(
    connection: asyncpg.Connection, entity: Entity, column: str, values: Sequence[int] | Sequence[str]
) -> list[tuple[Any, Any]]:
    """Return the rows with these ids or refs, each with the row that its lane belongs to where that is another."""
    kind = "bigint" if column == "id" else "text"
    where = f"t.{column} = ANY($1::{kind}[])" + ("" if column == "id" else _owned(entity))
    other, link = (lane_root(entity) or (entity, "id")) if entity.lane is Lane.OWNER else (entity, "id")
    sql = f"""
    SELECT row_to_json(t)::text, row_to_json(o)::text FROM {entity.table} t
    LEFT JOIN {other.table} o ON o.id = t.{link} WHERE {where}"""
    records = await connection.fetch(sql, values)
    return [(decode(entity.table, own), leader and decode(other.table, leader)) for own, leader in records]


def _owned(entity: Entity) -> str:
    """Return the condition by which an index of owner and ref is used, where refs are an owner's."""
    column = owner(MODEL, entity)
    if column is None:
        return ""
    table = "retailer" if entity.scope == "retailer" else MODEL.root(entity)[0].table
    return f" AND t.{column} = ANY(ARRAY(SELECT id FROM {table}))"


def _arm(entity: Entity, row: Any, leader: Any) -> Arm:
    """Return the stretch of the log that tells of a row."""
    root = getattr(row, MODEL.root(entity)[1])
    root = row.id if root is None else root
    if leads(entity) or entity.lane is Lane.NONE:
        return Arm(root=root)
    return Arm(root=root, lane=lane_of(entity, row, {}, _NOBODY, leader))
