"""Rows in memory: one msgspec struct a table, generated from the model.

A row has the table's columns as attributes, in snake_case; ids are ``int``, moments ``datetime`` in UTC, JSON
as decoded. Rows are what rules see and what the engine changes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from penstock.model.registry import MODEL, Table
from penstock.model.vocabulary import Column, Embedded, Scalar

Row = Any  # the structs are made at import; their attributes are the columns of the model

_TYPES: dict[Scalar, Any] = {
    Scalar.ID: int,
    Scalar.STRING: str,
    Scalar.INT: int,
    Scalar.FLOAT: float,
    Scalar.BOOLEAN: bool,
    Scalar.DATETIME: datetime,
    Scalar.JSON: Any,
}


def _type(column: Column | Embedded) -> Any:
    if isinstance(column, Embedded) or column.scalar is Scalar.JSON:
        return Any
    return (list[str] if column.many else _TYPES[column.scalar]) | None


def _counts(column: Column | Embedded) -> bool:
    return isinstance(column, Column) and column.counter


def _struct(table: Table) -> type[msgspec.Struct]:
    name = "".join(part.title() for part in table.name.split("_")) + "Row"
    fields = [(c.column, _type(c), 0 if c.column == "revision" or _counts(c) else None) for c in table.columns]
    return msgspec.defstruct(name, fields, module=__name__, weakref=True)


ROWS: dict[str, type[msgspec.Struct]] = {name: _struct(table) for name, table in MODEL.tables.items()}


def row_type(entity: str) -> type[msgspec.Struct]:
    """Return the struct for the rows of an entity, or of an interface whose types share a table."""
    return ROWS[MODEL.table_of(entity).name]


def attribute(row: Row, name: str) -> Any:
    """Return the value of the attribute with this name, compared without case; None when absent."""
    wanted = name.lower()
    return next((a["value"] for a in row.attributes or () if a["name"].lower() == wanted), None)


def merged(old: list[dict[str, Any]] | None, new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return attributes upserted by name: listed ones replaced as a whole, others kept (spec 12 §6.4)."""
    by_name = {a["name"]: a for a in old or ()}
    by_name.update((a["name"], a) for a in new)
    return list(by_name.values())
