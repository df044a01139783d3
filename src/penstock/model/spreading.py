"""Many rows as columns: what is the same for all of them once, the rest as arrays.

For the rows of a set that takes PostgreSQL a quarter less than JSON does; of a few rows it would make more statements
to plan than there are now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.database.arrays import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

MANY = 200
_IN_ARRAYS = frozenset({"bigint", "integer", "text", "boolean", "double precision"})
_DOCUMENT = "jsonb"

Alike = tuple[bool, ...]  # by column


def spread(types: Sequence[str], columns: Sequence[list[Any]]) -> tuple[Alike, list[Any]] | None:
    """Return which columns have one value for all rows, and that or all values of each; None where only JSON will do.

    So it is for documents, and for lists and moments that differ.
    """
    alike, arguments = [], []
    for type_, values in zip(types, columns, strict=True):
        first = values[0]
        same = (first is None or type_ != _DOCUMENT) and values.count(first) == len(values)
        if not same and type_ not in _IN_ARRAYS:
            return None
        alike.append(same)
        arguments.append(first if same else literal(values))
    return tuple(alike), arguments


def source(names: Sequence[str], types: Sequence[str], alike: Alike, number: int) -> tuple[list[str], str]:
    """Return the expressions of the columns, and the rows ``u``; the arguments begin with the one of this number."""
    columns = [*zip(names, types, alike, range(number, number + len(names)), strict=True)]
    arrays = [f"${place}::text::{type_}[]" for _, type_, same, place in columns if not same]
    varying = [name for name, _, same, _ in columns if not same]
    expressions = [f"${place}::{type_}" if same else f"u.{name}" for name, type_, same, place in columns]
    return expressions, f"unnest({', '.join(arrays)}) u ({', '.join(varying)})"
