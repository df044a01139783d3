"""Batch pre-processing: which records need no event, since they change nothing (spec 20 §7.2)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from penstock.database.arrays import given, literal
from penstock.ingest.counts import LAST_ON_HAND
from penstock.ingest.loading import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.database.reading import Reader
    from penstock.ingest.counts import Count, Counted

Conditions = tuple[list[str], list[str]]  # types and statuses, pairwise
_TYPES, _STATUSES = ("SALE", "CORRECTION", "DELTA"), ("ACTIVE", "CREATED")
DEFAULT: Conditions = (
    [type_ for type_ in _TYPES for _ in _STATUSES],
    [status for _ in _TYPES for status in _STATUSES],
)

# The numbers of the records whose quantity is stored as they say, with nothing transient beside it. Without a ref, the
# quantity is that which the upsert would update: the one with the usual ref, else the first one of the type. Each
# position's quantities are looked at once, all of them. Types, refs and statuses may be empty, which is the usual case:
# then all counts are of the type $2, and say neither ref nor status.
_UNCHANGED = f"""
WITH seen AS (
  SELECT w.number,
    bool_or(q.ref = w.usual AND (w.ref IS NOT NULL OR q.type = w.type) AND q.quantity = w.quantity
      AND coalesce(w.status, q.status) = q.status) AS same,
    CASE WHEN w.ref IS NULL AND NOT bool_or(q.ref = w.usual AND q.type = w.type)
      THEN min(q.id) FILTER (WHERE q.type = w.type) END AS other
  FROM (
    SELECT u.*, coalesce(u.ref, u.position || ':' || u.type) AS usual FROM (
      SELECT position, quantity, coalesce(type, $2::text) AS type, ref, status, number
      FROM unnest($3::text::text[], $4::text::integer[], $5::text[], $6::text[], $7::text[])
        WITH ORDINALITY u (position, quantity, type, ref, status, number)
    ) u
  ) w
  JOIN inventory_position p ON p.catalogue_id = $1 AND p.ref = w.position
  JOIN inventory_quantity q ON q.position_id = p.id
  GROUP BY w.number, w.ref
  HAVING NOT bool_or((q.type, q.status) IN (SELECT * FROM unnest($8::text[], $9::text[])))
)
SELECT s.number FROM seen s LEFT JOIN inventory_quantity o ON o.id = s.other
WHERE s.same OR (o.quantity = ({given(4, "integer")})[s.number]
  AND coalesce(($7::text[])[s.number], o.status) = o.status)"""

# Of usual counts, those that may be the same: the quantity with the usual ref is as they say, or it is not the one that
# they count. Only of one whose ref is another position's they may be the same as well, and are brought in for nothing.
# Where nearly all differ, that alone takes half of what it takes to look at all quantities of a position.
_MAYBE = f"""
SELECT w.number FROM unnest({given(2, "text")}, {given(3, "integer")})
  WITH ORDINALITY w (position, quantity, number)
LEFT JOIN inventory_quantity q ON q.catalogue_id = $1 AND q.ref = w.position || ':{LAST_ON_HAND}'
WHERE q.id IS NULL OR q.quantity = w.quantity OR q.type <> '{LAST_ON_HAND}'"""
MANY, SAMPLED = 1_000, 20  # counts; every so manieth of them is looked at first


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


async def unchanged(reader: Reader, seen: Sequence[Counted], conditions: Conditions) -> list[bool]:
    """Return for each count whether it would change nothing."""
    same = [False] * len(seen)
    by_catalogue: dict[int, list[int]] = defaultdict(list)
    for number, (_, catalogue) in enumerate(seen):
        by_catalogue[catalogue.id].append(number)
    for id_, numbers in by_catalogue.items():
        for number in await _same(reader, id_, seen, numbers, conditions):
            same[number] = True
    return same


async def _same(
    reader: Reader, catalogue: int, seen: Sequence[Counted], numbers: Sequence[int], conditions: Conditions
) -> list[int]:
    """Return the numbers of counts of a catalogue that would change nothing; a sample says how to find out."""
    usual = all(_is_usual(seen[n][0]) for n in numbers)

    async def among(some: Sequence[int]) -> list[int]:
        columns = _columns([seen[n] for n in some], usual=usual)
        return [some[n - 1] for (n,) in await reader.fetch(_UNCHANGED, catalogue, LAST_ON_HAND, *columns, *conditions)]

    async def maybe(some: Sequence[int]) -> list[int]:
        positions, quantities, *_ = _columns([seen[n] for n in some], usual=True)
        return [some[n - 1] for (n,) in await reader.fetch(_MAYBE, catalogue, positions, quantities)]

    if usual and len(numbers) >= MANY:
        sample = numbers[::SAMPLED]
        found = await maybe(sample)
        if len(found) * 2 < len(sample):
            numbers = found + await maybe([n for place, n in enumerate(numbers) if place % SAMPLED])
    return await among(numbers) if numbers else []


def _is_usual(count: Count) -> bool:
    return count.type == LAST_ON_HAND and count.ref is None and count.status is None


def _columns(seen: Sequence[Counted], *, usual: bool) -> tuple[Any, ...]:
    """Return what counts say, by columns; those that say what is usual for all of them are empty."""
    counts = [count for count, _ in seen]
    positions = [count.position_ref(catalogue.type) for count, catalogue in seen]
    rest = ("type", "ref", "status")
    others = ([] if usual else [getattr(count, name) for count in counts] for name in rest)
    return literal(positions), literal([count.quantity for count in counts]), *others
