"""Reading what the judgement needs: entities, the trees they stand in, and what waits for them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.model.registry import MODEL
from penstock.model.serving import served
from penstock.model.vocabulary import Lane
from penstock.orchestration.lanes import lane_of, lane_root
from penstock.orchestration.trees import decode

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import asyncpg

    from penstock.model.rows import Row
    from penstock.model.vocabulary import Entity
    from penstock.orchestration.configuration import Configuration

PAGE = 1_000
_NOBODY = uuid.UUID(int=0)  # stands for an event where the lane does not depend on one
_READY = "SELECT DISTINCT lane FROM pending_event WHERE lane = ANY($1::bigint[]) AND NOT scheduled"
_READY_WITHOUT_LANE = "SELECT entity_id FROM pending_event WHERE root_id = ANY($1::bigint[]) AND entity_type = $2"
_TIMERS = (
    "SELECT root_id, name, entity_type, entity_id FROM pending_event WHERE root_id = ANY($1::bigint[]) AND scheduled"
)


@dataclass(frozen=True, slots=True)
class Member:
    """An entity of a tree as far as the judgement needs it."""

    entity_type: str
    id: int
    status: str | None


@dataclass(frozen=True, slots=True)
class Tree:
    """The root's row, the orchestrated members, and the timers: event name, and entity type and id."""

    root: Row | None
    members: list[Member]
    timers: list[tuple[str, tuple[str, int]]]


async def rows(
    connection: asyncpg.Connection, entity: Entity, resting: list[str], after: int, before: datetime
) -> list[Row]:
    """Return the next rows of an entity in other statuses than these that have not changed since a moment, by id."""
    kind = f"AND t.kind = '{entity.variant}'" if entity.variant else ""
    records = await connection.fetch(
        f"SELECT row_to_json(t)::text AS body FROM {entity.table} t WHERE t.id > $1 AND t.status <> ALL($2::text[]) "
        f"AND t.updated_on < $3 {kind} ORDER BY t.id LIMIT {PAGE}",
        *(after, resting, before),
    )
    return [decode(entity.table, r["body"]) for r in records]


async def with_events(connection: asyncpg.Connection, entity: Entity, rows: list[Row]) -> set[int]:
    """Return the ids of the rows whose lanes have an event that is ready to run."""
    if entity.lane is Lane.NONE:
        roots = sorted({root_of(entity, row) for row in rows})
        return {r["entity_id"] for r in await connection.fetch(_READY_WITHOUT_LANE, roots, entity.event)}
    owned = lane_root(entity)
    owners = await related(connection, rows, *owned) if owned else {}
    lanes = {row.id: lane_of(entity, row, {}, _NOBODY, owners.get(_owner_id(row, owned))) for row in rows}
    ready = {r["lane"] for r in await connection.fetch(_READY, sorted(set(lanes.values())))}
    return {id_ for id_, lane in lanes.items() if lane in ready}


async def timers(connection: asyncpg.Connection, roots: list[int]) -> dict[int, list[tuple[str, tuple[str, int]]]]:
    """Return the timers below these roots, by root: event name, and entity type and id."""
    found: dict[int, list[tuple[str, tuple[str, int]]]] = defaultdict(list)
    for record in await connection.fetch(_TIMERS, roots):
        found[record["root_id"]].append((record["name"], (record["entity_type"], record["entity_id"])))
    return found


def _owner_id(row: Row, owned: tuple[Entity, str] | None) -> int:
    return (getattr(row, owned[1]) if owned else None) or 0


async def related(connection: asyncpg.Connection, rows: list[Row], entity: Entity, column: str) -> dict[int, Row]:
    """Return the rows of an entity that these lead to by a column, by id."""
    if column == "id":
        return {row.id: row for row in rows}
    ids = sorted({getattr(row, column) for row in rows} - {None})
    sql = f"SELECT row_to_json(t)::text AS body FROM {entity.table} t WHERE t.id = ANY($1::bigint[])"
    found = [decode(entity.table, r["body"]) for r in await connection.fetch(sql, ids)]
    return {row.id: row for row in found}


async def members(connection: asyncpg.Connection, entity: Entity, roots: list[int]) -> dict[int, list[Member]]:
    """Return the orchestrated members of the trees of these roots; what is no tree has none but itself."""
    found: dict[int, list[Member]] = defaultdict(list)
    if entity.tree is None or not roots:
        return found
    members = [e for e in MODEL.tree(entity.tree) if e.orchestrated]
    parts = [
        f"SELECT t.{MODEL.root_column(e)} AS root, '{e.event}' AS type, t.id, t.status FROM {e.table} t "
        f"WHERE t.{MODEL.root_column(e)} = ANY($1::bigint[])"
        for e in members
    ]
    for record in await connection.fetch(" UNION ALL ".join(parts), roots):
        found[record["root"]].append(Member(record["type"], record["id"], record["status"]))
    return found


def root_of(entity: Entity, row: Row) -> int:
    """Return the id of the root of a row's workflow."""
    id_: int | None = getattr(row, MODEL.root(entity)[1])
    return row.id if id_ is None else id_  # what may be without a root is its own


def retailer_of(row: Row, root: Row | None) -> int | None:
    """Return the retailer's id; None for what several retailers may share."""
    return getattr(row, "retailer_id", None) or getattr(root, "retailer_id", None)


def retailers_of(row: Row, root: Row | None, configuration: Configuration) -> Iterable[int]:
    """Return the ids of the retailers whose workflows may handle the row, the own one or those of its catalogue."""
    own = retailer_of(row, root)
    if own is not None:
        return [own]
    refs = getattr(root or row, "retailer_refs", None)
    return served(refs, configuration.retailers) or configuration.retailers
