"""What a recorded context had made of rows by the time that one of its rules asked."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from penstock.history.answers import placed
from penstock.history.rows import row_from, table_of_struct, typed
from penstock.model.rows import merged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from penstock.history.answers import Place
    from penstock.history.recorded import Recorded
    from penstock.model.rows import Row


def rows_at(context: Recorded, place: Place, table: str, rows: Mapping[int, Row]) -> dict[int, Row]:
    """Return the rows of a table as a context saw them at a place; ``rows`` are those that it began with."""
    found = dict(rows)
    for here, rule in placed(context.body):
        if here == place:
            break
        for kind, struct, *details in (a for a in rule.actions if a[0] in {"Create", "Update"}):
            if table_of_struct(struct) == table:
                given = context.plain(details)
                row = row_from(table, given[0]) if kind == "Create" else _updated(found, table, *given)
                if row is not None:
                    found[row.id] = row
    return found


def _updated(rows: Mapping[int, Row], table: str, id_: int, values: dict[str, object]) -> Row | None:
    if id_ not in rows:
        return None
    row = copy.copy(rows[id_])
    for column, value in typed(table, values).items():
        setattr(row, column, merged(row.attributes, value) if column == "attributes" else value)
    return row
