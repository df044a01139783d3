"""What would change if a virtual catalogue were computed anew: done by its workflow, not written (spec 21 §12.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.errors import NotFoundError
from penstock.orchestration.trees import decode
from penstock.recomputing.recomputer import TABLE, carried_of, event_of, positions, retailer_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from penstock.database.pools import Database
    from penstock.model.rows import Row
    from penstock.orchestration.engine import Engine
    from penstock.orchestration.run import Run

_CATALOGUES = f"""
SELECT row_to_json(c)::text FROM {TABLE} c
WHERE c.status = 'ACTIVE' AND ($1::text[] = '{{}}' OR c.ref = ANY($1)) ORDER BY c.ref"""
_ASK = "INSERT INTO recomputation (catalogue_id) SELECT unnest($1::bigint[])"
_LEFT = "SELECT count(*) FROM recomputation WHERE catalogue_id = ANY($1::bigint[])"
_VIRTUAL = "virtual_position"
_QUIET = {"updated_on"}


@dataclass(frozen=True)
class Difference:
    """A virtual position that is not what it should be; ``stored`` is None for one that is missing."""

    ref: str
    stored: dict[str, Any] | None
    computed: dict[str, Any]


@dataclass(frozen=True)
class Portion:
    """How far a check is: positions of stock looked at, those that could not be checked as a set, what differs."""

    checked: int
    left: int
    differences: list[Difference]


async def catalogues(database: Database, refs: list[str]) -> list[Row]:
    """Return the virtual catalogues with these refs, all that are ACTIVE where none is given.

    Raises:
        NotFoundError: one of them does not exist, or is not ACTIVE.
    """
    found = [decode(TABLE, body) for (body,) in await database.fetch(_CATALOGUES, refs)]
    missing = sorted(set(refs) - {row.ref for row in found})
    if missing:
        raise NotFoundError(f"There is no active virtual catalogue {', '.join(missing)}.")
    return found


async def ask(database: Database, chosen: list[Row]) -> None:
    """Ask the workers to compute catalogues anew."""
    await database.execute(_ASK, [row.id for row in chosen])


async def left(database: Database, chosen: list[Row]) -> int:
    """Return how many requests for these catalogues the workers have still to take up."""
    count: int = await database.fetchval(_LEFT, [row.id for row in chosen])
    return count


async def check(engine: Engine, catalogue: Row) -> AsyncIterator[Portion]:
    """Yield what differs, portion by portion; nothing is written."""
    after = 0
    retailer = await retailer_of(engine.database, catalogue)
    seen: set[str] = set()
    while True:
        found = await positions(engine.database, catalogue, after)
        if not found:
            return
        after = found[-1]["id"]
        yield await _portion(engine, catalogue, retailer, found, seen)


async def _portion(engine: Engine, catalogue: Row, retailer: int, found: list[Any], seen: set[str]) -> Portion:
    carried = carried_of(found)
    working = engine.working(await engine.configurations.now())
    pending = event_of(catalogue, carried, retailer, working.now)
    async with engine.database.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            execution, out = await engine.sets.execute(connection, working, pending, carried, catalogue, {})
        finally:
            await transaction.rollback()
    differences = [] if execution is None else [d for d in _differences(execution.run) if d.ref not in seen]
    seen.update(d.ref for d in differences)
    return Portion(len(found), len(out), differences)


def _differences(run: Run) -> list[Difference]:
    rows = run.rows.get(_VIRTUAL, {})
    found = []
    for id_, before in run.before.get(_VIRTUAL, {}).items():
        if id_ not in run.made(_VIRTUAL):
            stored = {column: value for column, value in before.items() if column not in _QUIET}
            computed = {column: getattr(rows[id_], column) for column in stored}
            if stored != computed:
                found.append(Difference(rows[id_].ref, stored, computed))
    made = (rows[id_] for id_ in run.made(_VIRTUAL))
    return [*found, *(Difference(row.ref, None, {"quantity": row.quantity, "status": row.status}) for row in made)]
