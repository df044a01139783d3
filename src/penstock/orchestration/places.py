"""Where a row stands: its entity, the root of its workflow, and how events address it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.registry import ALIASES, MODEL
from penstock.model.rows import ROWS

if TYPE_CHECKING:
    from penstock.model.rows import Row
    from penstock.model.vocabulary import Entity

_TABLES: dict[type, str] = {struct: table for table, struct in ROWS.items()}
_SINGLE: dict[type, Entity] = {ROWS[t.name]: t.entities[0] for t in MODEL.tables.values() if not t.shared}
_VARIANTS: dict[tuple[type, str], Entity] = {(ROWS[e.table], e.variant): e for e in MODEL.entities if e.variant}
_EVENT_TABLES = {e.event: e.table for e in MODEL.entities if e.event}
_ROOTS = {
    e.name: (str(root.event), column, root.table) for e in MODEL.entities if e.root for root, column in [MODEL.root(e)]
}
_EVENT_TABLES |= {alias: _EVENT_TABLES[name] for alias, name in ALIASES.items() if name in _EVENT_TABLES}


def table_of(row: Row) -> str:
    """Return the table of a row."""
    return _TABLES[type(row)]


def entity_of(row: Row) -> Entity:
    """Return the entity of a row; in a shared table its ``kind`` decides."""
    return _SINGLE.get(type(row)) or _VARIANTS[type(row), row.kind]


def event_table(entity_type: str) -> str | None:
    """Return the table of an event's entity type; None for an unknown type."""
    return _EVENT_TABLES.get(entity_type)


def _root(row: Row) -> tuple[str, int, str]:
    """Return event type, id and table of a row's root; a row that may be without one is then its own."""
    entity = entity_of(row)
    event, column, table = _ROOTS[entity.name]
    id_ = getattr(row, column)
    return (event, id_, table) if id_ is not None else (str(entity.event), row.id, entity.table)


def root_of(row: Row) -> tuple[str, int]:
    """Return the event type and id of the root of a row's workflow."""
    event, id_, _ = _root(row)
    return event, id_


def root_place(row: Row) -> tuple[str, int]:
    """Return the table and id of the same root."""
    _, id_, table = _root(row)
    return table, id_


def subtype_of(row: Row) -> str | None:
    """Return what a ruleset's ``subtype`` is compared with: the type, or the kind in a shared table."""
    return row.kind if entity_of(row).variant else getattr(row, "type", None)


def addressed(row: Row, root: Row | None = None) -> dict[str, Any]:
    """Return the fields of an event that name this entity and its root."""
    entity = entity_of(row)
    root_type, root_id, _ = _root(row)
    own_root = root_id == row.id and root_type == entity.event
    return {
        "entity_type": entity.event,
        "entity_id": row.id,
        "entity_ref": getattr(row, "ref", None),
        "entity_subtype": getattr(row, "type", None),
        "root_type": root_type,
        "root_id": root_id,
        "root_ref": getattr(row, "ref", None) if own_root else getattr(root, "ref", None),
    }


def workflow_name(row: Row, root: Row | None) -> str:
    """Return the name of the workflow that handles a row's events: ``<root's event type>::<root's type>``."""
    own = getattr(row, "workflow_ref", None)
    if own:
        return str(own)
    root_type, _ = root_of(row)
    return f"{root_type}::{getattr(root or row, 'type', None)}"
