"""Attempts to deliver webhooks stand in the audit of their events, and are found like all else (spec 14 §7)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from penstock.delivery.log import AuditedAttempt
from penstock.model.writes import Changes
from penstock.orchestration import search
from penstock.orchestration.actions import event_id
from penstock.orchestration.configuration import Configurations
from penstock.orchestration.failing import unfinished
from penstock.orchestration.log.attempts import note
from penstock.orchestration.log.marks import CATEGORY, NAME, STATUS, bits, set_marks, text
from penstock.orchestration.records import PendingEvent
from penstock.orchestration.search import EventQuery, Search
from penstock.orchestration.trace import RuleNode, RulesetNode, Trace
from penstock.rules.actions import Webhook
from penstock.rules.context import Event

if TYPE_CHECKING:
    import asyncpg
    import pytest

    from penstock.database.pools import Database

NOW = datetime(2026, 2, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def tried(number: int, event: uuid.UUID, started: datetime, **came: Any) -> AuditedAttempt:
    """Return an attempt as those who deliver keep it."""
    given = {"code": None, "response": None, "error": None, "stopped": started + timedelta(milliseconds=30), **came}
    where: dict[str, Any] = {"target": "https://shop.example:443", "url": "https://shop.example/hook"}
    return AuditedAttempt(id=uuid.uuid4(), event_id=event, attempt=number, started=started, body="{}", **where, **given)


class Kept:
    """What those who deliver answer."""

    def __init__(self, *attempts: AuditedAttempt) -> None:
        self.attempts = attempts

    async def of_events(self, _: asyncpg.Connection, ranges: list[tuple[uuid.UUID, uuid.UUID]]) -> list[AuditedAttempt]:
        """Return the attempts of events in these ranges."""
        return [a for a in self.attempts if any(low <= a.event_id <= high for low, high in ranges)]

    async def event_of(self, _: asyncpg.Connection, attempt: uuid.UUID) -> uuid.UUID | None:
        """Return the event of an attempt."""
        return next((a.event_id for a in self.attempts if a.id == attempt), None)


async def sent(database: Database) -> uuid.UUID:
    """Store an event whose rule sent a webhook."""
    id_ = event_id(NOW)
    about: dict[str, Any] = {"name": "X", "retailer_id": 1, "entity_type": "ORDER", "entity_ref": "O"}
    record = unfinished(PendingEvent(id=id_, lane=1, attributes={}, created=NOW, **about))
    trace = Trace(NOW.timestamp())
    rule = RuleNode("ACME.core.SendWebhook", 0, 1, 2, [], [])
    trace.action(Webhook("https://shop.example/hook", "Hooked"), rule)
    trace.event(Event(id=id_, **about), -1).rulesets.append(RulesetNode("X", 0, 1, 2, [rule]))
    record.status, record.code, record.trace = "SUCCESS", None, trace.stored()
    set_marks(record, trace.body)
    changes = Changes()
    changes.insert(record)
    await changes.write(database)
    return id_


async def test_attempts_are_entries_of_the_audit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = await sent(database)
    attempts = (
        tried(1, id_, NOW + timedelta(seconds=1), accepted=False, error="refused"),
        tried(2, id_, NOW + 3 * DAY, accepted=True, code=200, response="ok"),
    )
    found = Search("ACME", database, Configurations(database), Kept(*attempts))

    async def ids(**query: Any) -> list[str]:
        given = {"since": NOW, **query}
        return [e["id"] for e in await found.find(EventQuery(**given))]

    assert await ids(statuses=["FAILED"]) == []
    async with database.transaction() as connection:
        for attempt in attempts:
            await note(connection, id_, target=attempt.target, accepted=attempt.accepted, stopped=attempt.stopped)
    both = [str(t.id) for t in reversed(attempts)]
    assert await ids(statuses=["FAILED"]) == both[1:]
    assert await ids(source_events=[id_], names=["Send Webhook"]) == both
    assert await ids(source_events=[id_], categories=["action"]) == both  # as many as there were attempts
    queued = await ids(names=["Queue Webhook"], categories=["CUSTOM"])
    assert len(queued) == 1
    # Contexts that were stored before mark it as an action, under the name of today or the one before.
    for name in ("Queue Webhook", "Send Webhook"):
        old = text(bits(CATEGORY, "action") | bits(STATUS, "SUCCESS") | bits(NAME, name))
        await database.execute(f"UPDATE event SET marks = {old[0]}'{old[1:]}' WHERE id = $1", id_)
        assert await ids(names=["Queue Webhook"], categories=["custom"]) == queued
        await database.execute("UPDATE event SET marks = NULL WHERE id = $1", id_)
    assert (await ids())[:2] == both
    assert await ids(since=NOW + DAY) == both[:1]  # the event came in long before
    assert await ids(since=NOW + 4 * DAY) == []
    monkeypatch.setattr(search, "SKIPPED", 1)
    assert await ids(start=1) == (await ids())[1:]
    assert await ids(start=len(await ids())) == []

    shape = await found.get(attempts[0].id, EventQuery(since=NOW, event_id=attempts[0].id))
    assert shape is not None
    assert (shape["category"], shape["eventStatus"], shape["context"]["sourceEvents"]) == (
        "ACTION",
        "FAILED",
        [str(id_)],
    )
    told = {a["name"]: a["value"] for a in shape["attributes"]}
    assert (told["attempt"], told["error"], told["responseCode"]) == (1, "refused", None)
    assert told["stopTimer"] - told["startTimer"] == 30
    assert await found.get(nobody := uuid.uuid4(), EventQuery(since=NOW, event_id=nobody)) is None
