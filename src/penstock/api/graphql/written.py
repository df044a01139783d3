"""Answering a create from the row that was just written, when nothing but its own columns is asked for.

That saves the statement which reads it back: of three one, for the usual ``{ id ref status }``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from penstock.api.graphql.documents.selection import below
from penstock.api.graphql.failures import encoded
from penstock.model.identifiers import shown
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column, Entity, Scalar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphql.language import FieldNode

    from penstock.api.graphql.documents.document import Document
    from penstock.identity.principal import Scope
    from penstock.model.rows import Row

Plain = tuple[tuple[str, Column], ...]  # response key and column of each selected field


def plain(document: Document, conditions: tuple[bool, ...], node: FieldNode, entity: Entity) -> Plain | None:
    """Return the columns that are selected; None when anything else is."""
    fields: Mapping[str, Sequence[FieldNode]] = document.collector(conditions).fields(entity.name, below([node]))
    found = []
    for key, nodes in fields.items():
        column = entity.by_name.get(nodes[0].name.value)
        if not isinstance(column, Column) or column.many or column.hidden or column.scalar is Scalar.JSON:
            return None
        found.append((key, column))
    return tuple(found)


def seen(scope: Scope, row: Row) -> bool:
    """Return whether a row may be shown without asking the database: its retailer is covered as a whole."""
    return scope.everything or scope.covers(getattr(row, "retailer_id", 0))


def answered(key: str, columns: Plain, entity: str, row: Row) -> bytes:
    """Return the member of the response."""
    declared = MODEL.entity(entity)
    shape = {name: _shown(declared, column, getattr(row, column.column)) for name, column in columns}
    return b'"' + key.encode() + b'":' + encoded(shape)


def _shown(entity: Entity, column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.scalar is Scalar.ID:
        return shown(entity, value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
    return value
