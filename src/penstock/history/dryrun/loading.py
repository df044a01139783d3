"""Reading the contexts of a dry run, and making its world of them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from penstock.database.ids import uuid7
from penstock.errors import InvalidValueError, TooComplexError
from penstock.history.dryrun.document import changed_workflow
from penstock.history.dryrun.doubts import Doubts
from penstock.history.dryrun.knowledge import Knowledge
from penstock.history.dryrun.places import alone
from penstock.history.dryrun.ranks import ranked
from penstock.history.dryrun.world import World
from penstock.history.recorded import Recorded, in_order
from penstock.history.versions import Versions
from penstock.model.registry import ALIASES, MODEL
from penstock.model.vocabulary import Lane
from penstock.orchestration.records import EventRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.database.reading import Reader
    from penstock.history.dryrun.unchanged import Unchanged
    from penstock.history.execute import Again
    from penstock.history.pace import Pace

_EARLIEST, _LATEST = datetime.fromtimestamp(0, UTC), datetime(9000, 1, 1, tzinfo=UTC)
_NOTHING, _SECOND = timedelta(), timedelta(seconds=1)
_FIELDS = ", ".join(f"e.{c}" for c in EventRecord.__struct_fields__)
# Sets are left out: to a dry run, stock that was loaded has changed from outside.
# Events posted in a time; ids begin with it.
_POSTED = f"""
SELECT {_FIELDS} FROM event e
WHERE e.id >= $1 AND e.id < $2 AND e.retailer_id = $3 AND e.members IS NULL ORDER BY e.id LIMIT $4"""
# The whole history of some lanes that are not those of their roots.
_OF_LANES = f"SELECT {_FIELDS} FROM event e WHERE e.lane = ANY($1::bigint[]) AND e.members IS NULL LIMIT $2"
# The whole history of some roots.
_OF_ROOTS = f"""
SELECT {_FIELDS} FROM event e
WHERE e.root_type = $1 AND e.root_id = ANY($2::bigint[]) AND e.members IS NULL LIMIT $3"""


@dataclass(frozen=True)
class Wanted:
    """What a dry run is asked for. ``contexts`` is the most that it may read."""

    document: dict[str, Any]
    retailer: int
    since: datetime
    until: datetime
    contexts: int


async def world_of(reader: Reader, again: Again, wanted: Wanted, unchanged: Unchanged, pace: Pace) -> World:
    """Read what a dry run needs and return its world, ready to run.

    Raises:
        InvalidValueError: the document or the times are wrong.
        TooComplexError: there are more events than it may read.
    """
    if wanted.since >= wanted.until:
        raise InvalidValueError(f"since is {wanted.since.isoformat()}; it must be before until.")
    changed = changed_workflow(wanted.document)
    root = ALIASES.get(wanted.document["entityType"], wanted.document["entityType"])
    found = await _posted(reader, wanted, pace)
    roots = {c.record.root_id for c in found.values() if c.record.root_type == root and c.record.root_id is not None}
    lanes = {c.lane for c in found.values() if c.body.workflow == changed.name and c.complete}
    if not any(e.lane is Lane.NONE for e in MODEL.of_event(root)):  # all of a catalogue would be too much
        found |= await _of_roots(reader, root, roots, wanted, pace)
    apart = {c.lane for c in found.values() if c.lane in lanes and c.record.lane is not None and not alone(c)}
    found |= await _of_lanes(reader, apart, wanted, pace)
    ordered = sorted(found.values(), key=lambda c: (c.moment, c.order))
    knowledge = Knowledge(wanted.since)
    again.bundles.learn(ordered)
    for context in ordered:
        knowledge.learn(context)
        await pace.rest()
    versions = await Versions.read(reader)
    world = World(again, versions, changed, wanted.until, knowledge, Doubts(knowledge), unchanged)
    before = [c for c in ordered if c.moment < wanted.since]
    for context in in_order(before):
        world.add(context, None)
        await pace.rest()
    happening = [c for c in ordered if wanted.since <= c.moment <= wanted.until]
    for context, rank in ranked(happening):
        world.add(context, rank)
    world.begin(lanes & {c.lane for c in happening}, [c for c in ordered if c.moment > wanted.until])
    return world


async def _posted(reader: Reader, wanted: Wanted, pace: Pace) -> dict[uuid.UUID, Recorded]:
    times = (min(max(t, _EARLIEST), _LATEST) for t in (wanted.since, wanted.until))
    low, high = (
        uuid.UUID(int=uuid7(t + more).int >> 80 << 80) for t, more in zip(times, (_NOTHING, _SECOND), strict=True)
    )
    stored = await reader.fetch(_POSTED, low, high, wanted.retailer, wanted.contexts + 1)
    return await _read(stored, wanted, pace)


async def _of_roots(
    reader: Reader, type_: str, roots: Iterable[int], wanted: Wanted, pace: Pace
) -> dict[uuid.UUID, Recorded]:
    stored = await reader.fetch(_OF_ROOTS, type_, sorted(roots), wanted.contexts + 1)
    return await _read(stored, wanted, pace)


async def _of_lanes(reader: Reader, lanes: Iterable[int], wanted: Wanted, pace: Pace) -> dict[uuid.UUID, Recorded]:
    return await _read(await reader.fetch(_OF_LANES, sorted(lanes), wanted.contexts + 1), wanted, pace)


async def _read(stored: list[Any], wanted: Wanted, pace: Pace) -> dict[uuid.UUID, Recorded]:
    if len(stored) > wanted.contexts:
        raise TooComplexError(
            f"there are more than {wanted.contexts} events since {wanted.since.isoformat()}; ask for a shorter time."
        )
    found = {}
    for row in stored:
        found[row["id"]] = Recorded.of(row)
        await pace.rest()
    return found
