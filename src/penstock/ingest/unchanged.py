"""Batch pre-processing: which records need no event, since they change nothing (spec 20 §7.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.ingest.loading import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.database.reading import Reader
    from penstock.ingest.counts import Count
    from penstock.model.rows import Row

Conditions = tuple[list[str], list[str]]  # types and statuses, pairwise
_TYPES, _STATUSES = ("SALE", "CORRECTION", "DELTA"), ("ACTIVE", "CREATED")
DEFAULT: Conditions = (
    [type_ for type_ in _TYPES for _ in _STATUSES],
    [status for _ in _TYPES for status in _STATUSES],
)

# The numbers of the records whose quantity is stored as they say, with nothing transient beside it. Without a ref, the
# quantity is that which the upsert would update: the one with the usual ref, else the first one of the type. Each
# position's quantities are looked at once, all of them.
_UNCHANGED = """
WITH seen AS (
  SELECT w.number,
    bool_or(q.ref = w.usual AND (w.ref IS NOT NULL OR q.type = w.type) AND q.quantity = w.quantity
      AND coalesce(w.status, q.status) = q.status) AS same,
    CASE WHEN w.ref IS NULL AND NOT bool_or(q.ref = w.usual AND q.type = w.type)
      THEN min(q.id) FILTER (WHERE q.type = w.type) END AS other
  FROM (
    SELECT *, coalesce(ref, position || ':' || type) AS usual
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[])
      WITH ORDINALITY u (catalogue, position, type, ref, quantity, status, number)
  ) w
  JOIN inventory_position p ON p.catalogue_id = w.catalogue AND p.ref = w.position
  JOIN inventory_quantity q ON q.position_id = p.id
  GROUP BY w.number, w.ref
  HAVING NOT bool_or((q.type, q.status) IN (SELECT * FROM unnest($7::text[], $8::text[])))
)
SELECT s.number FROM seen s LEFT JOIN inventory_quantity o ON o.id = s.other
WHERE s.same OR (o.quantity = ($5::integer[])[s.number]
  AND coalesce(($6::text[])[s.number], o.status) = o.status)"""


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
    same = {number for (number,) in await reader.fetch(_UNCHANGED, *map(list, columns), *conditions)}
    return [number in same for number in range(1, len(seen) + 1)]


def _columns(seen: Seen) -> tuple[Any, ...]:
    count, catalogue = seen.count, seen.catalogue
    position = count.position_ref(catalogue.type)
    return catalogue.id, position, count.type, count.ref, count.quantity, count.status
