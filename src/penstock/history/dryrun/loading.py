"""Reading the contexts of a dry run, and making its world of them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.database.ids import uuid7
from penstock.errors import InvalidValueError, TooComplexError
from penstock.history.dryrun.doubts import Doubts
from penstock.history.dryrun.knowledge import Knowledge
from penstock.history.dryrun.places import alone
from penstock.history.dryrun.world import World
from penstock.history.recorded import Recorded
from penstock.history.versions import Versions
from penstock.model.registry import ALIASES, MODEL
from penstock.model.vocabulary import Lane
from penstock.orchestration.records import EventRecord
from penstock.orchestration.workflow import Workflow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.history.execute import Again
    from penstock.history.pace import Pace
    from penstock.orchestration.trees import Reader

_EARLIEST, _LATEST = datetime.fromtimestamp(0, UTC), datetime(9000, 1, 1, tzinfo=UTC)
_NOTHING, _SECOND = timedelta(), timedelta(seconds=1)
_FIELDS = ", ".join(f"e.{c}" for c in EventRecord.__struct_fields__)
# Events posted in a time; ids begin with it.
_POSTED = f"""
SELECT {_FIELDS} FROM event e WHERE e.id >= $1 AND e.id < $2 AND e.retailer_id = $3 ORDER BY e.id LIMIT $4"""
# The whole history of some lanes that are not those of their roots.
_OF_LANES = f"SELECT {_FIELDS} FROM event e WHERE e.lane = ANY($1::bigint[]) LIMIT $2"
# The whole history of some roots.
_OF_ROOTS = f"SELECT {_FIELDS} FROM event e WHERE e.root_type = $1 AND e.root_id = ANY($2::bigint[]) LIMIT $3"


class _Rule(msgspec.Struct):
    name: str
    props: dict[str, Any] | None = None


class _Trigger(msgspec.Struct):
    status: str


class _Ruleset(msgspec.Struct):
    name: str
    type: str
    subtype: str | None = None
    eventType: str | None = None  # noqa: N815 - as documents spell it
    rules: list[_Rule] | None = None
    triggers: list[_Trigger] | None = None


class _Document(msgspec.Struct):
    """What of a document the engine reads."""

    version: str
    entityType: str  # noqa: N815 - as documents spell it
    rulesets: list[_Ruleset]
    name: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What a dry run is asked for. ``contexts`` is the most that it may read."""

    document: dict[str, Any]
    retailer: int
    since: datetime
    until: datetime
    contexts: int


def changed_workflow(document: dict[str, Any]) -> Workflow:
    """Return the changed workflow of a dry run.

    Raises:
        InvalidValueError: it is no workflow document, or one of entities that lead no workflow.
    """
    try:
        msgspec.convert(document, _Document)
        changed = Workflow(document)
    except (msgspec.ValidationError, ValueError) as error:
        raise InvalidValueError(f"workflow is no workflow document: {error}.") from error
    entities = MODEL.of_event(ALIASES.get(document["entityType"], document["entityType"]))
    if not any(MODEL.root(e)[1] == "id" for e in entities):
        raise InvalidValueError(
            f"workflow has entityType {document['entityType']}: no entity of that type leads a workflow; "
            "ORDER, LOCATION and INVENTORY_CATALOGUE do."
        )
    return changed


async def world_of(reader: Reader, again: Again, wanted: Wanted, pace: Pace) -> World:
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
    knowledge = Knowledge()
    again.bundles.learn(ordered)
    for context in ordered:
        knowledge.learn(context)
        await pace.rest()
    world = World(again, await Versions.read(reader), changed, wanted.until, knowledge, Doubts(knowledge))
    before = [c for c in ordered if c.moment < wanted.since]
    for context in sorted(before, key=lambda c: c.order):
        world.add(context, None)
        await pace.rest()
    happening = [c for c in ordered if wanted.since <= c.moment <= wanted.until]
    for context, rank in _ranked(happening):
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


def _ranked(contexts: list[Recorded]) -> list[tuple[Recorded, int]]:
    """Return contexts with the rank of each at its moment: behind what sent it, and those before it in its lane."""
    ranks: dict[uuid.UUID, int] = {}
    by_id = {c.record.id: c for c in contexts}
    behind: dict[uuid.UUID, Recorded] = {}
    last: dict[int, Recorded] = {}
    for context in sorted(contexts, key=lambda c: c.order):
        if context.lane in last:
            behind[context.record.id] = last[context.lane]
        last[context.lane] = context

    def before(context: Recorded) -> list[Recorded]:
        parent = by_id.get(context.record.parent) if context.record.parent else None
        known = (parent, behind.get(context.record.id))
        return [c for c in known if c is not None and c.moment == context.moment]

    for context in contexts:
        waiting = [context]
        while waiting:
            unranked = [c for c in before(waiting[-1]) if c.record.id not in ranks]
            if unranked:
                waiting += unranked
                continue
            done = waiting.pop()
            ranks[done.record.id] = max((ranks[c.record.id] for c in before(done)), default=-1) + 1
    return [(c, ranks[c.record.id]) for c in contexts]
