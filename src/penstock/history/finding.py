"""Finding what to replay: an entity by id or ref, and the contexts of its lane in the log."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError, NotFoundError, TooComplexError
from penstock.history.recorded import Recorded, in_order
from penstock.history.tree import whole
from penstock.model.identifiers import parse
from penstock.model.registry import ALIASES, MODEL
from penstock.model.vocabulary import Lane
from penstock.orchestration import trees
from penstock.orchestration.lanes import lane_of
from penstock.orchestration.places import entity_of, root_of
from penstock.orchestration.records import EventRecord, PendingEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from penstock.database.reading import Reader
    from penstock.history.tree import Rows
    from penstock.model.rows import Row

PAGE = 500
SCANNED = 20_000  # contexts that one replay may read
_FIELDS = ", ".join(f"e.{c}" for c in EventRecord.__struct_fields__)
_OF_ROOT = f"""
SELECT {_FIELDS} FROM event e
WHERE e.id > $1 AND e.root_type = $2 AND e.root_id = $3 AND e.members IS NULL ORDER BY e.id LIMIT {PAGE}"""
_OF_LANE = f"""
SELECT {_FIELDS} FROM event e WHERE e.id > $1 AND e.lane = $2 AND e.members IS NULL ORDER BY e.id LIMIT {PAGE}"""
_FIRST = uuid.UUID(int=0)


@dataclass(frozen=True)
class Subject:
    """What is replayed: the root of a lane."""

    row: Row
    lane: int

    @property
    def root(self) -> tuple[str, int]:
        """Return event type and id of the root of its workflow."""
        return root_of(self.row)


async def find(reader: Reader, entity_type: str, named: str, retailer: int | None = None) -> Subject:
    """Return the entity with this id or ref, a ref within one retailer where that is given.

    Raises:
        InvalidValueError: the type is none whose events run in a lane of its own, or the ref is not unique.
        NotFoundError: there is none.
    """
    type_ = ALIASES.get(entity_type, entity_type)
    entities = [e for e in MODEL.of_event(type_) if e.lane is Lane.SELF or (e.lane is Lane.ROOT and e.tree == e.name)]
    if not entities:
        raise InvalidValueError(f"{entity_type} has no lane of its own; replay the root of its tree, such as an ORDER.")
    found: list[Any] = []
    for table in dict.fromkeys(e.table for e in entities):
        retailers = any(c.column == "retailer_id" for e in entities for c in e.columns)
        narrowed = " AND t.retailer_id = $2" if retailers and retailer is not None else ""
        more = (retailer,) if narrowed else ()
        if (id_ := parse(named)) is not None:
            found += await _rows(reader, table, f"t.id = $1{narrowed}", id_, *more)
        if not found:
            found += await _rows(reader, table, f"t.ref = $1{narrowed}", named, *more)
    if not found:
        raise NotFoundError(f"{entity_type} {named} does not exist.")
    if len(found) > 1:
        raise InvalidValueError(f"there are {len(found)} {entity_type} with the ref {named}; give an id or a retailer.")
    row = found[0]
    return Subject(row, lane_of(entity_of(row), row, {}, _FIRST))


async def _rows(reader: Reader, table: str, condition: str, *arguments: Any) -> list[Row]:
    sql = f"SELECT row_to_json(t)::text AS body FROM {table} t WHERE {condition} ORDER BY t.id LIMIT 2"
    return [trees.decode(table, r["body"]) for r in await reader.fetch(sql, *arguments)]


async def contexts_of(reader: Reader, subject: Subject) -> list[Recorded]:
    """Return the recorded contexts of a lane, in order.

    Raises:
        TooComplexError: it has more events than one replay may read.
    """
    return in_order([c async for c in _contexts(reader, subject)])


async def _contexts(reader: Reader, subject: Subject) -> AsyncIterator[Recorded]:
    type_, id_ = subject.root
    leads = id_ == subject.row.id and type_ == entity_of(subject.row).event
    own: tuple[Any, ...] = (_OF_ROOT, type_, id_) if leads else (_OF_LANE, subject.lane)
    last, read = _FIRST, 0
    while True:
        page = await reader.fetch(own[0], last, *own[1:])
        for stored in page:
            context = Recorded.of(stored)
            if whole(type_) or context.lane == subject.lane:
                yield context
        read += len(page)
        if len(page) < PAGE:
            return
        if read >= SCANNED:
            what = f"{entity_of(subject.row).event} {subject.row.ref}"
            raise TooComplexError(f"{what} has more than {SCANNED} events; that is more than one replay reads.")
        last = page[-1]["id"]


async def stored_rows(reader: Reader, subject: Subject, known: Rows) -> Rows:
    """Return the rows of the lane as they are stored now: the whole tree, or those that the replay knows."""
    type_, id_ = subject.root
    if whole(type_):
        run = (await trees.load(reader, [_asking(type_, id_, subject.lane)]))[0]
        return run.rows
    found: Rows = {}
    for table, rows in known.items():
        sql = f"SELECT row_to_json(t)::text AS body FROM {table} t WHERE t.id = ANY($1::bigint[])"
        read = [trees.decode(table, r["body"]) for r in await reader.fetch(sql, sorted(rows))]
        found[table] = {row.id: row for row in read}
    return found


def _asking(root_type: str, root_id: int, lane: int) -> PendingEvent:
    """Return an event that nobody sends, to load the tree of a root."""
    about: dict[str, Any] = {"entity_type": root_type, "entity_id": root_id, "root_type": root_type, "root_id": root_id}
    created: Any = None
    return PendingEvent(id=_FIRST, lane=lane, name="", retailer_id=0, attributes={}, created=created, **about)
