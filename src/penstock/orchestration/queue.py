"""The queue of pending events: entering it, claiming from it, waking timers (design §4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.orchestration.actions import event_id
from penstock.orchestration.lanes import lane_of
from penstock.orchestration.places import addressed, entity_of
from penstock.orchestration.records import PendingEvent
from penstock.tracing import TRACING

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from penstock.database.pools import Database
    from penstock.model.rows import Row
    from penstock.model.writes import Changes

WORK = "penstock_work"  # NOTIFY channel: there are events to process
DONE = "penstock_done"  # NOTIFY channel: an event that somebody waits for is done; payload: its id

_COLUMNS = ", ".join(f"e.{c}" for c in PendingEvent.__struct_fields__)
_WIDTH = len(PendingEvent.__struct_fields__)

# In a batch, whatever its lanes have: a worker shows that it is alive between batches, and what it dies with is tried
# event by event.
MOST_EVENTS = 2_000

# Lanes in which somebody waits for an event come first; with $6 they are a batch of their own, which is over soon.
# Else it finds up to $3 lanes with work in the ranges given, skipping from lane to lane along the index, so that a
# hundred thousand events of one lane cost no more than one; takes up to $4 events of each; notes on the worker's
# row what it took, so that whoever takes over counts the attempt; returns the configuration's revision with each.
CLAIM = f"""
WITH attended AS MATERIALIZED (
  SELECT DISTINCT e.lane FROM pending_event e
  JOIN unnest($1::bigint[], $2::bigint[]) AS r(low, high) ON e.lane BETWEEN r.low AND r.high
  WHERE e.sync AND NOT e.scheduled LIMIT $3
), walked AS (
  SELECT l.lane FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS r(low, high, place),
  LATERAL (
    WITH RECURSIVE walk(lane) AS (
      (SELECT lane FROM pending_event WHERE NOT scheduled AND lane >= r.low AND lane <= r.high ORDER BY lane LIMIT 1)
      UNION ALL
      SELECT n.lane FROM walk w, LATERAL (
        SELECT lane FROM pending_event WHERE NOT scheduled AND lane > w.lane AND lane <= r.high ORDER BY lane LIMIT 1
      ) n
    )
    SELECT lane FROM walk LIMIT $3
  ) l
  WHERE NOT ($6 AND EXISTS (SELECT FROM attended))
  LIMIT $3
), lanes AS (
  SELECT lane FROM attended UNION ALL SELECT lane FROM walked WHERE lane NOT IN (SELECT lane FROM attended)
), taken AS (
  SELECT e.* FROM lanes, LATERAL (
    SELECT * FROM pending_event p WHERE p.lane = lanes.lane AND NOT p.scheduled ORDER BY p.seq LIMIT $4
  ) e LIMIT {MOST_EVENTS}
), noted AS (
  UPDATE worker SET events = coalesce((SELECT array_agg(id) FROM taken), '{{}}')
  WHERE id = $5 AND EXISTS (SELECT FROM taken)
)
SELECT {_COLUMNS}, c.revision AS config FROM taken e, config_revision c ORDER BY e.lane, e.seq"""

_BESIDE = f"""
SELECT {_COLUMNS} FROM pending_event e
WHERE e.lane = $1 AND NOT e.scheduled AND e.members IS NOT NULL AND e.id <> ALL($2::uuid[])
ORDER BY e.seq LIMIT $3"""
_ONE = f"SELECT {_COLUMNS}, c.revision AS config FROM pending_event e, config_revision c WHERE e.id = $1"
_NOTE = "UPDATE worker SET events = $2 WHERE id = $1"

WOKEN = 2_000  # timers in a statement
# Timers that are due join the end of their lane's queue, in the order of their moments: each worker wakes those of its
# own lanes, so that nobody else's statement comes between.
_WAKE = f"""
WITH due AS MATERIALIZED (
  SELECT id, due, seq FROM pending_event e WHERE scheduled AND due <= $1
  AND EXISTS (SELECT FROM unnest($2::bigint[], $3::bigint[]) r(low, high) WHERE e.lane BETWEEN r.low AND r.high)
  ORDER BY due, seq LIMIT {WOKEN} FOR UPDATE SKIP LOCKED
), placed AS MATERIALIZED (
  SELECT id, nextval(pg_get_serial_sequence('pending_event', 'seq')) AS seq
  FROM (SELECT id FROM due ORDER BY due, seq) o
)
UPDATE pending_event e SET scheduled = false, seq = p.seq FROM placed p WHERE e.id = p.id RETURNING 1"""


def enqueue_create(
    changes: Changes, row: Row, root: Row | None, *, now: datetime, user: str | None, owner: Row | None = None
) -> PendingEvent:
    """Add the CREATE event of a new orchestrated row to the same changes (spec 12 §6.2); return it.

    ``root`` is the root of the row's workflow; ``owner`` the row whose lane a quantity shares: its position.
    """
    id_ = event_id(now)
    retailer = getattr(row, "retailer_id", None) or getattr(root, "retailer_id", None) or 0
    pending = PendingEvent(
        id=id_,
        lane=lane_of(entity_of(row), row, {}, id_, owner),
        name="CREATE",
        retailer_id=retailer,
        attributes={},
        meta=TRACING.carried() or None,
        source="Fluent-API",
        generated_by=user,
        created=now,
        **addressed(row, root),
    )
    changes.insert(pending)
    return pending


async def claim(
    database: Database,
    worker: uuid.UUID,
    ranges: list[tuple[int, int]],
    lanes: int,
    events: int,
    *,
    attended: bool = False,
) -> tuple[list[PendingEvent], int]:
    """Take the next events of up to ``lanes`` lanes, up to ``events`` of each; return them and the revision.

    ``attended``: of lanes in which somebody waits only, where there are such lanes.
    """
    records = await database.fetch(CLAIM, *_bounds(ranges), lanes, events, worker, attended)
    return [pending_event(r) for r in records], records[0]["config"] if records else 0


async def one(database: Database, id_: uuid.UUID) -> tuple[list[PendingEvent], int]:
    """Return this event, if it is not done yet, and the revision."""
    records = await database.fetch(_ONE, id_)
    return [pending_event(r) for r in records], records[0]["config"] if records else 0


async def beside(database: Database, claimed: Sequence[PendingEvent], most: int) -> list[PendingEvent]:
    """Return up to so many sets that wait in a lane beside those that were claimed of it."""
    found = await database.fetch(_BESIDE, claimed[0].lane, [event.id for event in claimed], most)
    return [pending_event(record) for record in found]


async def note(database: Database, worker: uuid.UUID, id_: uuid.UUID) -> None:
    """Note that a worker works on this event alone: should it die, the event counts one more attempt."""
    await database.execute(_NOTE, worker, [id_])


async def wake(database: Database, now: datetime, ranges: list[tuple[int, int]]) -> int:
    """Make timers of these lanes that are due pending, ``WOKEN`` at most; return how many."""
    return len(await database.fetch(_WAKE, now, *_bounds(ranges)))


def _bounds(ranges: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [low for low, _ in ranges], [high for _, high in ranges]


def pending_event(record: Any) -> PendingEvent:
    """Return a row of the queue that was read by ``_COLUMNS``, its JSON decoded."""
    event: Any = PendingEvent(*record[:_WIDTH])
    event.attributes = msgspec.json.decode(event.attributes)
    event.meta = msgspec.json.decode(event.meta) if event.meta else None
    found: PendingEvent = event
    return found
