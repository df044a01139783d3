"""Which worker serves which slots: lease, heartbeat, fair share, takeover (design §4.1).

A worker is alive while its row says so, its heart beats and its lease connection exists. Whoever finds a dead
one marks it so - its writes are refused from then on - counts an attempt on the events it held, and frees its
slots. All moments here are the database's own: machines may disagree about the time.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from penstock.orchestration.isolation import SUSPECTED
from penstock.orchestration.lanes import SLOTS

if TYPE_CHECKING:
    from collections.abc import Collection

    import asyncpg

_REGISTER = """
INSERT INTO worker (id, alive, heartbeat, backend, backend_start, events)
SELECT $1, true, clock_timestamp(), pid, backend_start, '{}' FROM pg_stat_activity WHERE pid = pg_backend_pid()"""
_BEAT = "UPDATE worker SET heartbeat = clock_timestamp() WHERE id = $1 AND alive RETURNING 1"
# A death with many events in hand makes all of them suspects, however often it happens: only who was alone with its
# worker is guilty enough for a process of its own, of which there is one at a time.
_COUNTED = f"CASE WHEN {{alone}} THEN attempts + 1 ELSE greatest(attempts, least(attempts + 1, {SUSPECTED})) END"
_CUT_OFF = f"""
UPDATE pending_event SET attempts = {_COUNTED.format(alone="cardinality($1::uuid[]) = 1")} WHERE id = ANY($1::uuid[])"""
_BURY = f"""
WITH dead AS (
  UPDATE worker w SET alive = false
  WHERE alive AND id <> $1 AND (heartbeat < clock_timestamp() - make_interval(secs => $2) OR NOT EXISTS (
    SELECT FROM pg_stat_activity a WHERE a.pid = w.backend AND a.backend_start = w.backend_start))
  RETURNING id, events
), counted AS (
  UPDATE pending_event e SET attempts = {_COUNTED.format(alone="d.alone")}
  FROM (SELECT unnest(events) AS id, cardinality(events) = 1 AS alone FROM dead) d WHERE e.id = d.id
)
UPDATE slot SET worker = NULL WHERE worker IN (SELECT id FROM dead)"""
_FORGET = "DELETE FROM worker w WHERE NOT alive AND NOT EXISTS (SELECT FROM slot s WHERE s.worker = w.id)"
_ALIVE = "SELECT count(*) FROM worker WHERE alive"
_TAKE = """
UPDATE slot SET worker = $1 WHERE slot IN (
  SELECT slot FROM slot WHERE worker IS NULL ORDER BY slot LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING slot"""
_GIVE = "UPDATE slot SET worker = NULL WHERE worker = $1 AND slot = ANY($2::smallint[])"
_LEAVE = """
WITH gone AS (UPDATE worker SET alive = false, events = '{}' WHERE id = $1)
UPDATE slot SET worker = NULL WHERE worker = $1"""


class Lease:
    """One worker's lease, on a connection of its own that lives as long as the worker."""

    def __init__(self, connection: asyncpg.Connection, patience: float = 10.0, *, id_: uuid.UUID | None = None) -> None:
        """Prepare a new worker's lease, or share the one with this id."""
        self._connection = connection
        self._patience = patience  # seconds without a heartbeat after which a worker counts as dead
        self._one = asyncio.Lock()  # heartbeat and balance share the connection
        self.id = id_ or uuid.uuid4()
        self.slots: set[int] = set()

    async def register(self) -> None:
        """Announce this worker."""
        await self._connection.execute(_REGISTER, self.id)

    async def beat(self) -> bool:
        """Show that this worker is alive; False when others have declared it dead."""
        async with self._one:
            return bool(await self._connection.fetchval(_BEAT, self.id))

    async def balance(self, keep: Collection[int] = ()) -> None:
        """Bury the dead, and hold this worker's fair share of the slots; call between batches only.

        The slots to ``keep`` are given to nobody: something of theirs is still being tried.
        """
        async with self._one:
            await self._balance(keep)

    async def _balance(self, keep: Collection[int]) -> None:
        await self._connection.execute(_BURY, self.id, self._patience)
        await self._connection.execute(_FORGET)
        share = -(-SLOTS // max(1, await self._connection.fetchval(_ALIVE)))
        if len(self.slots) > share:
            extra = sorted(self.slots.difference(keep))[share - len(self.slots) :]
            await self._connection.execute(_GIVE, self.id, extra)
            self.slots -= set(extra)
        elif len(self.slots) < share:
            taken = await self._connection.fetch(_TAKE, self.id, share - len(self.slots))
            self.slots |= {r["slot"] for r in taken}

    async def cut_off(self, events: Collection[uuid.UUID]) -> None:
        """Count events whose statement the server has cut off as if this worker had died with them."""
        async with self._one:
            await self._connection.execute(_CUT_OFF, list(events))

    async def leave(self) -> None:
        """Give everything back."""
        async with self._one:
            await self._connection.execute(_LEAVE, self.id)
        self.slots.clear()
