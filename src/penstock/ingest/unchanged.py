"""Batch pre-processing: which records need no event, since they change nothing (spec 20 §7.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.ingest.loading import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.ingest.counts import Count
    from penstock.model.rows import Row
    from penstock.orchestration.trees import Reader

Conditions = tuple[list[str], list[str]]  # types and statuses, pairwise
_TYPES, _STATUSES = ("SALE", "CORRECTION", "DELTA"), ("ACTIVE", "CREATED")
DEFAULT: Conditions = (
    [type_ for type_ in _TYPES for _ in _STATUSES],
    [status for _ in _TYPES for status in _STATUSES],
)

# Of each record, whether its quantity is stored as it says, and nothing transient stands beside it. Without a ref, the
# quantity is that which the upsert would update.
_UNCHANGED = """
SELECT EXISTS (
  SELECT FROM inventory_position p, LATERAL (
    SELECT q.quantity, q.status FROM inventory_quantity q
    WHERE q.position_id = p.id AND CASE WHEN w.ref IS NULL THEN q.type = w.type ELSE q.ref = w.ref END
    ORDER BY q.ref = p.ref || ':' || w.type DESC, q.id LIMIT 1
  ) q
  WHERE p.catalogue_id = w.catalogue AND p.ref = w.position AND q.quantity = w.quantity
    AND (w.status IS NULL OR w.status = q.status)
    AND NOT EXISTS (
      SELECT FROM inventory_quantity t JOIN unnest($7::text[], $8::text[]) c (type, status) USING (type, status)
      WHERE t.position_id = p.id)
) AS unchanged
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[])
  WITH ORDINALITY w (catalogue, position, type, ref, quantity, status, number)
ORDER BY w.number"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A count, and the catalogue that it is for."""

    count: Count
    catalogue: Row


def conditions_of(given: Any) -> Conditions:
    """Return which quantities keep a position from being unchanged, as a batch or the default says."""
    pairs = given.get("hasRelatedInventoryQuantities") if isinstance(given, dict) else None
    if pairs is None:
        return DEFAULT
    return [pair["type"] for pair in pairs], [pair["status"] for pair in pairs]


def last_ones(counts: Sequence[Count | RefusedError]) -> list[int]:
    """Return for each record the number of the last one that counts the same; one that is wrong replaces nothing."""
    identities = [None if isinstance(count, RefusedError) else count.identity for count in counts]
    last = {identity: number for number, identity in enumerate(identities)}
    return [number if identity is None else last[identity] for number, identity in enumerate(identities)]


async def unchanged(reader: Reader, seen: Sequence[Seen], conditions: Conditions) -> list[bool]:
    """Return for each count whether it would change nothing."""
    if not seen:
        return []
    columns = zip(*map(_columns, seen), strict=True)
    rows = await reader.fetch(_UNCHANGED, *map(list, columns), *conditions)
    return [row["unchanged"] for row in rows]


def _columns(seen: Seen) -> tuple[Any, ...]:
    count, catalogue = seen.count, seen.catalogue
    position = count.position_ref(catalogue.type)
    return catalogue.id, position, count.type, count.ref, count.quantity, count.status
