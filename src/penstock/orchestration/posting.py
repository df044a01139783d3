"""Many events at once: whom they are for is looked up set by set, one statement for each kind and way of naming."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from penstock.model.registry import ALIASES, MODEL
from penstock.model.vocabulary import Lane
from penstock.orchestration.lanes import lane_of, lane_root, numbered
from penstock.orchestration.places import addressed, entity_of
from penstock.orchestration.records import PendingEvent
from penstock.orchestration.trees import decode
from penstock.tracing import TRACING

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from penstock.database.pools import Database
    from penstock.database.reading import Reader
    from penstock.model.rows import Row
    from penstock.model.vocabulary import Entity
    from penstock.rules.context import Event


_ADDRESS = ("entity_type", "entity_id", "entity_ref", "entity_subtype", "root_type", "root_id", "root_ref")
_SET = ", ".join(f"{column} = ${number}" for number, column in enumerate(_ADDRESS, 3))
_READDRESS = f"UPDATE pending_event SET lane = $2, {_SET} WHERE id = $1"


class Target(NamedTuple):
    """An event's entity, the root of its workflow, and the owner of its lane where that is another's."""

    row: Row
    root: Row | None
    owner: Row | None


class Group(NamedTuple):
    """Events whose entities are looked up together: by id or by ref, of one retailer, below one root."""

    entity_type: str
    retailer_id: int
    root_id: int | None
    root_ref: str | None
    by_id: bool


async def targets(reader: Reader, events: Sequence[Event]) -> list[Target | None]:
    """Return whom each event is for; None where there is no such entity."""
    groups: dict[Group, dict[Any, Target | None]] = {}
    for event in events:
        groups.setdefault(_group(event), {})[_key(event)] = None
    for group, found in groups.items():
        for entity in MODEL.of_event(group.entity_type):
            await _find(reader, entity, group, found)
    return [groups[_group(event)][_key(event)] for event in events]


def _group(event: Event) -> Group:
    by_id = event.entity_id is not None
    return Group(event.entity_type, event.retailer_id, event.root_id, event.root_ref, by_id)


def _key(event: Event) -> Any:
    return event.entity_ref if event.entity_id is None else event.entity_id


async def _find(reader: Reader, entity: Entity, group: Group, found: dict[Any, Target | None]) -> None:
    """Fill in the rows of one entity; of several with the same ref the first one counts."""
    wanted = [key for key, target in found.items() if target is None]
    if not wanted:
        return
    sql, arguments = _sql(entity, group, wanted)
    rows = [decode(entity.table, r["body"]) for r in await reader.fetch(sql, *arguments)]
    roots = await _related(reader, rows, *_root(entity))
    owners = await _related(reader, rows, *_owner(entity))
    for row in reversed(rows):
        column = MODEL.root(entity)[1]
        root = row if column == "id" else roots.get(getattr(row, column))
        own = _owner(entity)
        owner = owners.get(getattr(row, own[1])) if own[0] is not None else None
        found[row.id if group.by_id else row.ref] = Target(row, root, owner)


def _sql(entity: Entity, group: Group, wanted: list[Any]) -> tuple[str, list[Any]]:
    arguments: list[Any] = [wanted]

    def bind(value: Any) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    named = "t.id = ANY($1::bigint[])" if group.by_id else "t.ref = ANY($1::text[])"
    conditions = [named, *where(entity, group, bind, by_id=group.by_id)]
    sql = f"SELECT row_to_json(t)::text AS body FROM {entity.table} t WHERE {' AND '.join(conditions)} ORDER BY t.id"
    return sql, arguments


def where(entity: Entity, event: Event | Group, bind: Callable[[Any], str], *, by_id: bool) -> list[str]:
    """Return what narrows the rows ``t`` down that an event may mean: its retailer's; by ref, those below its root."""
    root, column = MODEL.root(entity)
    found = []
    if not by_id and column != "id":
        if event.root_id is not None:
            found.append(f"t.{column} = {bind(event.root_id)}")
        elif event.root_ref is not None:
            found.append(f"t.{column} IN (SELECT r.id FROM {root.table} r WHERE r.ref = {bind(event.root_ref)})")
    if any(c.column == "retailer_id" for c in entity.columns):
        found.append(f"t.retailer_id = {bind(event.retailer_id)}")
    return found


async def readdressed(database: Database, events: Sequence[PendingEvent]) -> set[uuid.UUID]:
    """Give events that came before their entities to these: they wait in their lanes now; return the events' ids."""
    loose: Any = [event for event in events if event.entity_id is None]
    given = set()
    for event, target in zip(loose, await targets(database, loose), strict=True):
        if target is not None:
            about = addressed(target.row, target.root)
            lane = lane_of(entity_of(target.row), target.row, event.attributes, event.id, target.owner)
            await database.execute(_READDRESS, event.id, lane, *(about[column] for column in _ADDRESS))
            given.add(event.id)
    return given


def _root(entity: Entity) -> tuple[Entity | None, str]:
    root, column = MODEL.root(entity)
    return (None, column) if column == "id" else (root, column)


def _owner(entity: Entity) -> tuple[Entity | None, str]:
    leads = lane_root(entity)
    return leads if leads and entity.lane is Lane.OWNER else (None, "")


async def _related(reader: Reader, rows: list[Row], entity: Entity | None, column: str) -> dict[int, Row]:
    """Return the rows of ``entity`` that a column leads to, by id."""
    ids = {getattr(row, column) for row in rows} if entity is not None else set()
    if entity is None or not ids - {None}:
        return {}
    sql = f"SELECT row_to_json(t)::text AS body FROM {entity.table} t WHERE t.id = ANY($1::bigint[])"
    bodies = await reader.fetch(sql, sorted(ids - {None}))
    return {row.id: row for row in (decode(entity.table, r["body"]) for r in bodies)}


def queued(
    event: Event, target: Target | None, id_: uuid.UUID, *, now: datetime, user: str, mode: str = "ASYNC", **more: Any
) -> PendingEvent:
    """Return the row of the queue for an event; without a target it has a lane of its own."""
    later = event.scheduled_on is not None and event.scheduled_on > now
    names: dict[str, Any] = {
        "entity_type": ALIASES.get(event.entity_type, event.entity_type),
        "entity_id": event.entity_id,
        "entity_ref": event.entity_ref,
    }
    lane = numbered(id_.hex)
    if target is not None:
        names = addressed(target.row, target.root)
        lane = lane_of(entity_of(target.row), target.row, event.attributes, id_, target.owner)
    return PendingEvent(
        id=id_,
        lane=lane,
        name=event.name,
        type=event.type,
        retailer_id=event.retailer_id,
        attributes=event.attributes,
        meta={**event.meta, "mode": mode, **TRACING.carried()},
        source=event.source or "Fluent-API",
        generated_by=user,
        created=now,
        due=event.scheduled_on if later else None,
        scheduled=later,
        **names,
        **more,
    )
