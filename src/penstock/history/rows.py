"""Rows as traces keep them, decoded; and how two states of a row differ."""

from __future__ import annotations

from types import GenericAlias
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.model.registry import MODEL
from penstock.model.rows import ROWS
from penstock.model.vocabulary import Column
from penstock.orchestration.places import event_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.model.rows import Row

_DECODERS = {table: msgspec.json.Decoder(struct) for table, struct in ROWS.items()}
_LISTS: dict[str, msgspec.json.Decoder[Any]] = {
    table: msgspec.json.Decoder(GenericAlias(list, struct)) for table, struct in ROWS.items()
}
_BY_STRUCT = {struct.__name__: table for table, struct in ROWS.items()}
_BY_COLUMNS = {frozenset(struct.__struct_fields__): table for table, struct in ROWS.items()}
# Columns that rows in older traces lack.
_LATER = {
    "virtual_position": {"share", "buffer", "statuses"},
    "inventory_position": {"also_counted"},
}
_BY_COLUMNS |= {frozenset(ROWS[table].__struct_fields__) - columns: table for table, columns in _LATER.items()}
_FIELDS: dict[str, dict[str, Any]] = {
    table: {f.name: f.type for f in msgspec.structs.fields(struct)} for table, struct in ROWS.items()
}
_encode = msgspec.json.Encoder().encode

# Columns that the engine does not decide: bookkeeping, and what the database counts by itself.
# The latter with the column of the row without which the database does not count it.
COUNTED = {
    (e.table, c.column): c.counted_by for e in MODEL.entities for c in e.columns if isinstance(c, Column) and c.counter
}
BOOKKEEPING = "revision"


def counted(table: str, column: str | None, row: Row | None) -> bool:
    """Return whether the database counts a column of a row by itself."""
    by = COUNTED.get((table, column or ""), "")
    return by is None or (by != "" and row is not None and getattr(row, by) is not None)


def event_row_table(entity_type: str) -> str | None:
    """Return the table of an event's entity."""
    return event_table(entity_type)


def table_of_struct(name: str) -> str | None:
    """Return the table of a row by the name that actions give it, such as ``OrdersRow``."""
    return _BY_STRUCT.get(name)


def decoded_row(table: str, body: bytes | msgspec.Raw) -> Row:
    """Return a row from its JSON."""
    return _DECODERS[table].decode(body)


def decoded_rows(table: str, body: bytes | msgspec.Raw) -> list[Row]:
    """Return rows from their JSON."""
    found: list[Row] = _LISTS[table].decode(body)
    return found


def as_stored(table: str, row: Row) -> Row:
    """Return a copy of a row as the database would give it back: moments and numbers in their types."""
    return _DECODERS[table].decode(_encode(row))


def row_from(table: str, value: dict[str, Any]) -> Row:
    """Return a row from decoded JSON."""
    return _DECODERS[table].decode(_encode(value))


def typed(table: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return column values from decoded JSON in the types of their columns."""
    known = _FIELDS[table]
    return {c: msgspec.convert(v, known[c], strict=False) for c, v in values.items() if c in known}


def looks_like(value: dict[str, Any]) -> str | None:
    """Return the table that a JSON object is a row of; None when it is none."""
    return _BY_COLUMNS.get(frozenset(value))


def differing(table: str, before: Row, after: Row) -> Iterable[tuple[str, Any, Any]]:
    """Yield the columns in which two states of a row differ, all but the bookkeeping."""
    for column in _FIELDS[table]:
        if column != BOOKKEEPING:
            old, new = getattr(before, column), getattr(after, column)
            if old != new:
                yield column, old, new
