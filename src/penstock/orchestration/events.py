"""Events from outside: posting, and running one and waiting for its end (spec 11 §1.4)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.model.registry import MODEL
from penstock.model.vocabulary import Lane
from penstock.model.writes import Changes
from penstock.orchestration import queue
from penstock.orchestration.actions import event_id
from penstock.orchestration.expand import pending
from penstock.orchestration.failing import complain, unfinished
from penstock.orchestration.lanes import lane_root
from penstock.orchestration.meter import events_counted
from penstock.orchestration.places import entity_of
from penstock.orchestration.posting import Target, queued, where
from penstock.orchestration.trace import decode as decode_trace
from penstock.orchestration.trees import decode, read
from penstock.waiting import came

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator

    from penstock.clock import Clock
    from penstock.database.pools import Database
    from penstock.database.signals import Signals
    from penstock.metrics import Family
    from penstock.model.rows import Row
    from penstock.model.together import Together
    from penstock.model.vocabulary import Entity
    from penstock.orchestration.contract import Contracts
    from penstock.orchestration.records import EventRecord, PendingEvent
    from penstock.rules.context import Event

# Seconds that a synchronous caller waits: known clients give up after 30 (spec 11 §1.4), so the answer comes before.
WAIT = 28.0
_LOOK = 0.02  # seconds between looks for the end of a lane's events
_RESULT = "SELECT status, code, failure, CASE status WHEN 'NO_MATCH' THEN trace END AS trace FROM event WHERE id = $1"
_BUSY = "SELECT EXISTS (SELECT FROM pending_event WHERE lane = $1 AND NOT scheduled)"


@dataclass(frozen=True)
class PostedEvent:
    """An event that was accepted; ``root`` names the root of its workflow, for the log."""

    id: uuid.UUID
    entity_id: str | None
    status: str
    root: str = ""


@dataclass(frozen=True)
class RanEvent:
    """An event that somebody waited for; status PENDING when the wait was over first. ``root`` is for the log."""

    id: uuid.UUID
    entity_id: str | None
    status: str
    code: int | None
    message: str | None
    root: str = ""


class Events:
    """The events of one account."""

    def __init__(
        self,
        account: str,
        database: Database,
        signals: Signals,
        clock: Clock,
        together: Together,
        contracts: Contracts | None = None,
    ) -> None:
        """Prepare; without ``contracts`` nobody looks at the attributes of synchronous events."""
        self._account = account
        self._contracts = contracts
        self._database = database
        self._signals = signals
        self._clock = clock
        self._together = together
        self._refusals = events_counted()
        self._waiting: dict[str, asyncio.Event] = {}
        self._listening = False
        self._released = False

    def release(self) -> None:
        """Let everybody who waits go: this process stops. Their events go on, and the answers say PENDING."""
        self._released = True
        self._done("")

    async def post(self, event: Event, *, generated_by: str, may_come: bool = False) -> PostedEvent:
        """Store an event for later; one to an unknown entity is stored FAILED.

        ``may_come``: the entity of an event of the future may come until then (spec 11 §1.5), if it is named by ref.
        """
        stored, row, _ = await self._prepared(event, generated_by, sync=False)
        shown = pending(self._account, stored)["context"]["entityId"] or event.entity_ref
        if row is None and not (may_come and stored.scheduled and event.entity_id is None):
            await self._refused(stored, shown, _unknown(event), 404)
            return PostedEvent(stored.id, shown, "FAILED" if stored.scheduled else "PENDING", _root(stored))
        await self._store(stored)
        return PostedEvent(stored.id, shown, "SCHEDULED" if stored.scheduled else "PENDING", _root(stored))

    async def run(self, event: Event, *, generated_by: str) -> RanEvent:
        """Store an event, wait until its context is done, and tell how it went; one of the future is SCHEDULED."""
        stored, row, root = await self._prepared(event, generated_by, sync=True)
        shown = pending(self._account, stored)["context"]["entityId"]
        if row is None:
            return await self._refused(stored, shown or event.entity_ref, _unknown(event), 404)
        if stored.scheduled:  # nobody waits for tomorrow
            await self._store(stored)
            return RanEvent(stored.id, shown, "SCHEDULED", None, None)
        broken = await self._contracts.broken(stored, row, root) if self._contracts else None
        if broken is not None:
            return await self._refused(stored, shown, broken, 400)
        await self._listen()
        done = self._waiting[str(stored.id)] = asyncio.Event()
        try:
            await self._store(stored)
            record = await self._result(stored.id, done)
        finally:
            del self._waiting[str(stored.id)]
        if record is None:
            return RanEvent(stored.id, shown, "PENDING", None, None, _root(stored))
        message = record["failure"] or (_unmatched(stored, record["trace"]) if record["status"] == "NO_MATCH" else None)
        return RanEvent(stored.id, shown, record["status"], record["code"], message, _root(stored))

    async def _store(self, row: PendingEvent | EventRecord) -> None:
        changes = Changes()
        changes.insert(row)
        await self._together.write(changes)
        self._signals.send(queue.WORK)

    async def _refused(self, event: PendingEvent, entity_id: str | None, message: str, code: int) -> RanEvent:
        """Store an event that FAILED before it ran."""
        record = unfinished(event, message, code)
        await self._store(record)
        self._refusals.add(record.name, record.status)
        complain(self._account, record)
        return RanEvent(event.id, entity_id, "FAILED", code, message)

    def families(self) -> Iterator[Family]:
        """Yield what was counted here: events that failed before a worker saw them."""
        return self._refusals.families()

    async def settled(self, lane: int, event: uuid.UUID) -> None:
        """Wait until no event of a lane is pending, 30 seconds at most; ``event`` is its first one (design §4.6)."""
        await self._listen()
        done = self._waiting[str(event)] = asyncio.Event()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(WAIT):
                    while not self._released and await self._busy(lane):
                        await self._look(done)
        finally:
            del self._waiting[str(event)]

    async def _look(self, done: asyncio.Event) -> None:
        """Wait for the signal that an event is done, a second at most; what may follow in its lane is looked for."""
        if done.is_set():
            await asyncio.sleep(_LOOK)
            return
        await came(done, 1.0)

    async def _busy(self, lane: int) -> bool:
        return bool(await self._database.fetchval(_BUSY, lane))

    async def _result(self, id_: uuid.UUID, done: asyncio.Event) -> Any:
        deadline = asyncio.get_running_loop().time() + WAIT
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            await came(done, min(left, 1.0))  # a signal may be lost: look anyway
            record = await self._database.fetchrow(_RESULT, id_)
            if record is not None or self._released:
                return record
            done.clear()
        return None

    async def _listen(self) -> None:
        if not self._listening:
            self._listening = True
            await self._signals.listen(queue.DONE, self._done)

    def _done(self, payload: str) -> None:
        if payload in self._waiting:
            self._waiting[payload].set()
        elif not payload:  # signals may have been missed
            for waiting in self._waiting.values():
                waiting.set()

    # --- posting ---

    async def _prepared(self, event: Event, user: str, *, sync: bool) -> tuple[PendingEvent, Row | None, Row | None]:
        """Return the event as it is stored, its entity and the root of its workflow."""
        now = self._clock.now()
        row, root, owner = await self._resolve(event)
        target = None if row is None else Target(row, root, owner)
        mode = "SYNC" if sync else "ASYNC"
        waits = sync and not (event.scheduled_on is not None and event.scheduled_on > now)
        stored = queued(event, target, event_id(now), now=now, user=user, mode=mode, sync=waits)
        if row is None:
            _as_given(stored, event)
        return stored, row, root

    async def _resolve(self, event: Event) -> tuple[Row | None, Row | None, Row | None]:
        """Return the event's entity, the root of its workflow and the owner of its lane."""
        for entity in MODEL.of_event(event.entity_type):
            row = await self._find(entity, event)
            if row is not None:
                own = entity_of(row)
                root_entity, column = MODEL.root(own)
                root = row if column == "id" else await read(self._database, root_entity, getattr(row, column))
                leads = lane_root(own) if own.lane is Lane.OWNER else None
                owner = await read(self._database, leads[0], getattr(row, leads[1])) if leads else None
                return row, root, owner
        return None, None, None

    async def _find(self, entity: Entity, event: Event) -> Row | None:
        if event.entity_id is not None:
            row = await read(self._database, entity, event.entity_id)
            # An event speaks of its own retailer's entities; another's is as unknown as one that does not exist.
            return row if getattr(row, "retailer_id", event.retailer_id) == event.retailer_id else None
        arguments: list[Any] = [event.entity_ref]

        def bind(value: Any) -> str:
            arguments.append(value)
            return f"${len(arguments)}"

        conditions = " AND ".join(["t.ref = $1", *where(entity, event, bind, by_id=False)])
        sql = f"SELECT row_to_json(t)::text FROM {entity.table} t WHERE {conditions} ORDER BY t.id LIMIT 1"
        body = await self._database.fetchval(sql, *arguments)
        return None if body is None else decode(entity.table, body)


def _as_given(stored: PendingEvent, event: Event) -> None:
    """Let the event of an entity that is unknown keep the root that it was given, or that its type has."""
    stored.root_type, stored.root_id, stored.root_ref = event.root_type, event.root_id, event.root_ref
    for entity in MODEL.of_event(event.entity_type)[:1]:
        root, column = MODEL.root(entity)
        stored.root_type = stored.root_type or root.event
        if column == "id" and stored.root_id is None and stored.root_ref is None:
            stored.root_id, stored.root_ref = event.entity_id, event.entity_ref


def _unknown(event: Event) -> str:
    named = event.entity_ref or event.entity_id
    return f"No workflow rule matched: {event.entity_type} {named} does not exist"


def _unmatched(event: PendingEvent, trace: bytes) -> str:
    """Return why nothing happened: in which status the entity was, and by which workflow."""
    body = decode_trace(trace)
    named = f"{event.name} of {event.entity_type} {event.entity_ref or event.entity_id}"
    status = body.events[0].status if body.events else None
    where = f"of workflow {body.workflow} {body.version}" if body.workflow else "and there is no workflow for it"
    return f"No workflow rule matched {named} in status {status} {where}"


def _root(event: PendingEvent) -> str:
    return f"{event.root_type} {event.root_ref or event.root_id}"
