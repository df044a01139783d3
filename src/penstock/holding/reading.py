"""Looking holds up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.holding.records import COLUMNS, as_hold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.database.pools import Database
    from penstock.holding.records import Hold

_ONE = f"SELECT {COLUMNS} FROM hold WHERE id = $1"
_BY_REF = f"SELECT {COLUMNS} FROM hold WHERE retailer_id = $1 AND ref = ANY($2::text[])"


async def find(database: Database, id_: int) -> Hold | None:
    """Return a hold; None where there is none, or not any more."""
    record = await database.fetchrow(_ONE, id_)
    return None if record is None else as_hold(record)


async def by_ref(database: Database, retailer_id: int, refs: Sequence[str]) -> dict[str, Hold]:
    """Return the holds of a retailer that have one of these refs, by ref."""
    return {r["ref"]: as_hold(r) for r in await database.fetch(_BY_REF, retailer_id, list(refs))}


async def listed(
    database: Database,
    retailers: Sequence[int] | None,
    refs: Sequence[str],
    statuses: Sequence[str],
    start: int,
    count: int,
) -> list[Hold]:
    """Return the holds that match, newest first, ``count`` at most.

    ``retailers`` None means all; no refs or statuses mean any.
    """
    conditions: list[str] = []
    arguments: list[Any] = [start, count]
    for column, type_, values in (
        ("retailer_id", "bigint", retailers),
        ("ref", "text", refs or None),
        ("status", "text", statuses or None),
    ):
        if values is not None:
            arguments.append(list(values))
            conditions.append(f"{column} = ANY(${len(arguments)}::{type_}[])")
    where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
    sql = f"SELECT {COLUMNS} FROM hold {where}ORDER BY id DESC OFFSET $1 LIMIT $2"
    return [as_hold(r) for r in await database.fetch(sql, *arguments)]
