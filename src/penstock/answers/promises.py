"""Keeping promises: the guard of the engine's final write (design, fixed point 7).

With the positions locked, whole plans are granted in order of acceptance; each granted one gets its RESERVED
ledger rows in the same write that creates its fulfilment. The holds that it has taken over end right before that: so
there is no instant in which anybody else could take their units.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import structlog

from penstock.answers.sets import counted_by
from penstock.answers.stock import GUARDED, checked, promised_in
from penstock.database.arrays import given, literal
from penstock.holding.ending import END
from penstock.holding.records import ORDERED
from penstock.inventory.ledger import COUNTED, ON_HAND, POSITIONS, REFRESH, promisable, refresh, reservation
from penstock.orchestration.trees import columns, rows_of

if TYPE_CHECKING:
    import asyncpg

    from penstock.model.rows import Row
    from penstock.model.writes import Changes
    from penstock.orchestration.batch import Batch
    from penstock.orchestration.run import Run

_TABLE, _VIRTUAL = "inventory_position", "virtual_position"
_SHOWN = f"{refresh(given(1, 'bigint'))} RETURNING {columns(_VIRTUAL)}"
_ALLOW = "SELECT set_config('penstock.allow_negative', $1, true)"  # positions that may go below zero in this write

log = structlog.get_logger()


class StockGuard:
    """Implements :class:`penstock.orchestration.write.Guard` for stock."""

    def __init__(self, *, guarded: bool = GUARDED) -> None:
        self._guarded = guarded

    def locks(self, run: Run) -> dict[str, set[int]]:
        """Return the positions that this run's write concerns and that are stored already."""
        ids = _touched(run) - run.made(_TABLE)
        return {_TABLE: ids} if ids else {}

    async def refused(self, connection: asyncpg.Connection, runs: list[Run], batch: Batch) -> list[Run]:
        """Return the runs whose promises another buyer has won; write ledger rows for the others.

        So are those returned that take stock away from buyers whom they have not seen, and those whose rules gave up
        because others of the batch were faster each time: the fewer they are, the less they are in each other's way,
        and whoever is driven alone loses no race at all.
        """
        free = sorted({i for run in runs if not checked(batch, run) for i in _touched(run)})
        if free:
            await connection.execute(_ALLOW, ",".join(map(str, free)))
        again = await _blind(connection, runs)
        promised = promised_in(batch)
        if not batch.locking:
            again += [run for run in runs if run in promised.gave_up and run not in again]
        wanted = {p for run in runs for promise in run.promises for p in promise.amounts}
        if not wanted:
            return again
        if not self._guarded:
            await connection.execute("SET LOCAL penstock.stock_guard = 'off'")
        positions = {r["id"]: r for r in await connection.fetch(POSITIONS, sorted(wanted))}
        taken: dict[int, int] = defaultdict(int)
        await batch.ids.reserve(sum(len(p.amounts) for run in runs for p in run.promises))
        lost: list[Run] = []
        for run in sorted((r for r in runs if r not in again), key=lambda r: r.events[0].id):
            looked_at = promised.looked_at.get(run, set())
            if self._keeps(run, positions, taken, looked_at, checked=self._guarded and checked(batch, run)):
                run.ledger = _ledger(run, positions, batch)
            else:
                lost.append(run)
        batch.refusals += len(lost)
        if lost:
            log.info("promises refused", orders=len(lost))  # another worker's buyers were faster
        await _end_holds(connection, [run for run in runs if run not in lost and run not in again], batch)
        return again + lost

    @staticmethod
    def _keeps(
        run: Run, positions: dict[int, Any], taken: dict[int, int], catalogues: set[str], *, checked: bool
    ) -> bool:
        """Take what the run promised, if the catalogues that it looked at still show so much; all or nothing.

        What it gives back counts for itself only; what it does not promise of that, nobody of this batch has seen.
        """
        amounts: dict[int, int] = defaultdict(int)
        takes: set[int] = set()
        for promise in run.promises:
            for position_id, units in promise.amounts.items():
                amounts[position_id] += units
                takes |= {position_id} if units > 0 else set()
        left = {p: promisable(positions[p], catalogues) - taken[p] for p in takes if p in positions}
        if checked and any(left.get(p, 0) < amounts[p] for p in takes):
            return False
        for position_id, units in amounts.items():
            taken[position_id] += max(0, units)
        return True

    async def count(self, connection: asyncpg.Connection, run: Run, changes: Changes) -> None:
        """Write the counters of positions with all else of them, in place of the trigger: rows change but once."""
        counted = counted_by(run)
        if not counted:
            return
        await connection.execute(COUNTED)
        rows, made, before = run.rows[_TABLE], run.made(_TABLE), run.before.get(_TABLE, {})
        updates: dict[int, dict[str, Any]] = {}
        for id_, (on_hand, reserved) in counted.items():
            row = rows[id_]
            if id_ in made:
                row.on_hand, row.reserved = on_hand, reserved
                continue
            stored = before[id_].get("on_hand", row.on_hand) if id_ in before else row.on_hand
            values = {"on_hand": (stored or 0) + on_hand} if on_hand else {}
            if reserved:
                values["reserved"] = (row.reserved or 0) + reserved
            if values:
                updates[id_] = values
        changes.update_all(_TABLE, updates)

    async def finish(self, connection: asyncpg.Connection, runs: list[Run], batch: Batch) -> None:
        """Let the base virtual positions follow the positions that were touched."""
        ids = sorted({i for run in runs for i in _shown(run)})
        if ids:
            await connection.execute(REFRESH, ids, batch.now)

    async def finish_set(self, connection: asyncpg.Connection, run: Run, batch: Batch) -> list[Row]:
        """Do the same after a set; return the virtual positions that have changed."""
        ids = sorted(_shown(run))
        return rows_of(_VIRTUAL, await connection.fetch(_SHOWN, literal(ids), batch.now)) if ids else []


async def _blind(connection: asyncpg.Connection, runs: list[Run]) -> list[Run]:
    """Return the runs that leave a position below zero by what was promised of it since they read it.

    They have to decide again who loses; whatever they leave above zero is right without knowing the buyers. What is
    about to be promised in the same write counts as promised.
    """
    taken: dict[int, int] = defaultdict(int)
    for position_id, units in (pair for run in runs for promise in run.promises for pair in promise.amounts.items()):
        taken[position_id] += units
    fallen = {id_: (run, row) for run in runs for id_, row in run.rows.get(_TABLE, {}).items() if _fell(run, row)}
    records = await connection.fetch(ON_HAND, sorted(fallen)) if fallen else []
    found = []
    for id_, stored in records:
        run, row = fallen[id_]
        since = (stored or 0) - taken[id_] - _loaded(run, row)
        if since < 0 and (row.on_hand or 0) + since < 0 and run not in found:
            found.append(run)
    return found


def _fell(run: Run, row: Row) -> bool:
    return (row.on_hand or 0) < _loaded(run, row)


def _loaded(run: Run, row: Row) -> int:
    """Return what was on hand when the run read the position."""
    return int(run.was(_TABLE, row.id).get("on_hand", row.on_hand) or 0)


async def _end_holds(connection: asyncpg.Connection, runs: list[Run], batch: Batch) -> None:
    """End the holds that runs have taken over; the runs' promises are written after that."""
    orders = {p.fulfilment_id: run.events[0].root_ref for run in runs for p in run.promises if p.ends_hold}
    if orders:
        await connection.execute(END, list(orders), ORDERED, batch.now, list(orders.values()))


def _touched(run: Run) -> set[int]:
    """Return the ids of all positions whose stock, or whose virtual positions, this run concerns."""
    ids = {p for promise in run.promises for p in promise.amounts}
    ids |= run.changed(_TABLE)
    for table in ("inventory_quantity", _VIRTUAL):
        ids |= {run.rows[table][id_].position_id for id_ in run.changed(table)}
    return ids - {None}


def _shown(run: Run) -> set[int]:
    """Return those that a virtual position may show: of a new one there is none but what the same run makes."""
    return _touched(run) - (set() if run.changed(_VIRTUAL) else run.made(_TABLE))


def _ledger(run: Run, positions: dict[int, Any], batch: Batch) -> list[Row]:
    """Return the RESERVED rows of the run's promises."""
    return [
        reservation(positions[position_id], promise.fulfilment_id, units, id_=batch.ids.take(), now=batch.now)
        for promise in run.promises
        for position_id, units in sorted(promise.amounts.items())
        if units > 0
    ]
