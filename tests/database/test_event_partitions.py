"""The log of events in weeks: made ahead, dropped in an instant, and no insert fails for want of one (spec 19)."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from click.testing import CliRunner

from penstock.cli import main
from penstock.clock import VirtualClock
from penstock.database.ids import uuid7
from penstock.database.migrate import _pending
from penstock.database.urls import database_of
from penstock.model.writes import Changes
from penstock.orchestration.configuration import Configurations
from penstock.orchestration.failing import unfinished
from penstock.orchestration.log import retention
from penstock.orchestration.log.partitions import WEEK, first_id, moment_of, partitions, week_of
from penstock.orchestration.log.retention import DAYS, LEAST_DAYS, Retention
from penstock.orchestration.records import INLINE_MASK, PendingEvent
from penstock.orchestration.search import EARLIEST, EventQuery, Search

if TYPE_CHECKING:
    from conftest import MakeDatabase
    from penstock.database.pools import Database

NOW = datetime(2036, 5, 7, 12, 30, tzinfo=UTC)  # a Wednesday, long after whenever the migration ran
SETTING = """
INSERT INTO setting (id, name, context, context_id, value, value_type)
VALUES (nextval('id_small'), 'event.retention.days', 'ACCOUNT', 0, $1, 'STRING')"""


async def log_event(database: Database, came: datetime, *, done: datetime | None = None, name: str = "X") -> uuid.UUID:
    """Store a done event; return its id."""
    id_ = uuid.UUID(int=uuid7(came).int & ~INLINE_MASK)
    waiting: dict[str, Any] = {"lane": 1, "name": name, "retailer_id": 1, "entity_type": "ORDER", "entity_ref": "O"}
    record = unfinished(PendingEvent(id=id_, attributes={}, created=came, **waiting), "lost", 404)
    record.done = done or came
    changes = Changes()
    changes.insert(record)
    await changes.write(database)
    return id_


async def where(database: Database, *ids: uuid.UUID) -> list[str | None]:
    """Return the partition that holds each event."""
    sql = "SELECT tableoid::regclass::text FROM event WHERE id = $1"
    return [await database.fetchval(sql, id_) for id_ in ids]


async def weeks(database: Database) -> set[str]:
    """Return the names of the partitions that are weeks."""
    async with database.connection() as connection:
        return {p.name for p in await partitions(connection, "event")} - {"event_first", "event_rest"}


def test_a_week_is_a_range_of_ids() -> None:
    assert week_of(NOW) == datetime(2036, 5, 5, tzinfo=UTC)
    assert week_of(week_of(NOW)) == week_of(NOW)
    for moment in (NOW, week_of(NOW), week_of(NOW) - timedelta(milliseconds=1)):
        id_ = uuid7(moment)
        assert first_id(week_of(moment)) <= id_ < first_id(week_of(moment) + WEEK)
        assert moment_of(id_) == moment


async def test_weeks_are_made_ahead_once(database: Database) -> None:
    kept = Retention(database, VirtualClock(NOW))
    for _ in range(2):
        await kept.ahead()
        assert await weeks(database) == {"event_2036_05_05", "event_2036_05_12", "event_2036_05_19"}
    id_ = await log_event(database, NOW)
    assert await where(database, id_) == ["event_2036_05_05"]


async def test_no_part_of_the_log_has_statistics_of_what_sets_are_about(database: Database) -> None:
    """They have thousands of numbers a row, which no index holds: to count them takes the server seconds a time."""
    await Retention(database, VirtualClock(NOW)).ahead()
    columns = await database.fetch(
        "SELECT c.relname, a.attstattarget FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE a.attname = 'keys' AND c.relname LIKE 'event%' AND c.relkind IN ('r', 'p')"
    )
    assert len(columns) == 6  # with three weeks
    assert {target for _, target in columns} == {0}


async def test_what_fits_no_week_is_kept_and_moves_to_its_own(database: Database) -> None:
    clock = VirtualClock(NOW)
    ids = [await log_event(database, NOW + n * WEEK) for n in (-2, 0, 1, 9)]
    assert await where(database, *ids) == ["event_rest"] * 4
    await Retention(database, clock).ahead()
    assert await where(database, *ids) == ["event_2036_04_21", "event_2036_05_05", "event_2036_05_12", "event_rest"]
    names = await database.fetch(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'event_2036_05_05'::regclass"
    )
    assert len(names) == 9  # all that the log has


async def test_old_weeks_go_and_nothing_else(database: Database) -> None:
    clock = VirtualClock(NOW - timedelta(days=DAYS) - WEEK)
    await Retention(database, clock).ahead()
    old = [await log_event(database, clock.now() + n * timedelta(hours=1)) for n in range(3)]
    late = await log_event(database, clock.now(), done=NOW - timedelta(days=1), name="Timer")
    edge = await log_event(database, NOW - timedelta(days=DAYS))
    clock.advance(NOW - clock.now())
    kept = Retention(database, clock)
    await kept.ahead()
    new = await log_event(database, NOW)
    came = NOW + timedelta(seconds=1)
    waits = PendingEvent(
        id=uuid7(came), lane=1, name="W", retailer_id=1, entity_type="ORDER", attributes={}, created=came
    )
    changes = Changes()
    changes.insert(waits)
    await changes.write(database)

    would = await kept.prune(dry=True)
    assert max(d.before for d in would) <= NOW - timedelta(days=DAYS)
    assert all(await where(database, *old))
    dropped = await kept.prune()
    assert [d.name for d in dropped] == [d.name for d in would]
    assert "event_2035_12_24" in {d.name for d in dropped}
    assert await where(database, *old) == [None] * 3
    # A timer that was set long ago, but ran of late, stays; so does a week of which a part is young enough.
    assert await where(database, late, edge, new) == ["event_rest", "event_2035_12_31", "event_2036_05_05"]
    assert await database.fetchval("SELECT count(*) FROM pending_event") == 1
    assert await kept.prune() == []

    found = await Search("TEST", database, Configurations(database)).find(EventQuery(since=EARLIEST, count=10))
    assert [s["name"] for s in found if s["type"] == "ORCHESTRATION"] == ["W", "X", "X", "Timer"]

    clock.advance(timedelta(days=DAYS))
    await kept.prune()
    assert await where(database, late) == [None]
    assert await where(database, new) == ["event_2036_05_05"]  # its week goes when the last of it may


@pytest.mark.parametrize(
    ("value", "days"),
    [(None, DAYS), ("365", 365), ("7", LEAST_DAYS), ("0", None), ("soon", DAYS), ("-5", DAYS), ("9" * 20, 999_999_999)],
)
async def test_the_account_says_how_long(database: Database, value: str | None, days: int | None) -> None:
    if value is not None:
        await database.execute(SETTING, value)
    kept = Retention(database, VirtualClock(NOW))
    assert await kept.days() == days
    await kept.prune()  # whatever the number, nothing breaks
    assert await where(database, await log_event(database, NOW)) == ["event_rest"]


async def test_one_tends_at_a_time_and_waits_for_nobody(database: Database) -> None:
    clock = VirtualClock(NOW)
    await Retention(database, clock).ahead()
    clock.advance(timedelta(days=DAYS + 30))
    kept = Retention(database, clock)
    async with database.transaction() as other:
        await other.fetchval(retention.LOCK)
        assert await kept.prune() == []
    async with database.transaction() as writing:
        await writing.execute("LOCK TABLE event IN ROW EXCLUSIVE MODE")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await kept.prune()
    assert {d.name for d in await kept.prune()} >= {"event_2036_05_05"}


async def test_what_goes_with_the_log_is_told_the_moment(database: Database) -> None:
    asked: list[datetime] = []

    async def expire(connection: asyncpg.Connection, oldest: datetime) -> int:
        asked.append(oldest)
        return int(await connection.fetchval("SELECT 3"))

    await Retention(database, VirtualClock(NOW), (expire,)).prune()
    assert asked == [NOW - timedelta(days=DAYS)]


async def test_the_log_of_an_older_penstock_becomes_the_first_part(make_database: MakeDatabase) -> None:
    database = await make_database("control")
    await database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    whole = _pending("account", None)
    before, after = whole.split("-- The log becomes partitioned")
    await database.execute(before)
    ids = [uuid.UUID(int=uuid7(NOW + timedelta(days=n)).int & ~INLINE_MASK) for n in (-9000, 0, 1)]
    await database.execute(
        """INSERT INTO event (id, name, type, retailer_id, entity_type, entity_id, root_type, root_id, status, created,
           done, names, trace)
           SELECT id, 'Old', 'NORMAL', 1, 'ORDER', 7, 'ORDER', 7, 'SUCCESS', $2, $2, '{Old}',
                  convert_to('[1,0,null,null,[],[]]', 'UTF8')
           FROM unnest($1::uuid[]) id""",
        ids,
        NOW,
    )
    await database.execute(f"-- {after}")
    assert await where(database, *ids) == ["event_first"] * 3
    search = Search("TEST", database, Configurations(database))
    for query in ({"names": ["Old"]}, {"statuses": ["SUCCESS"]}, {"context": {"rootEntityId": ["7"]}}, {"start": 0}):
        found = await search.find(EventQuery(since=EARLIEST, **query))
        assert [s["id"] for s in found] == sorted(map(str, ids), reverse=True)
    assert await search.find(EventQuery(since=EARLIEST, names=["New"])) == []
    assert await search.find(EventQuery(since=EARLIEST, start=501)) == []


async def test_the_command_says_what_it_drops(make_database: MakeDatabase) -> None:
    control, account = await make_database("control"), await make_database("account")
    await control.execute("INSERT INTO account (name, database_name) VALUES ('ACME', $1)", database_of(account.dsn))
    long_ago = datetime.now(UTC) - timedelta(days=DAYS + 14)
    await account.execute("DROP TABLE event_first")
    await Retention(account, VirtualClock(long_ago)).ahead()
    id_ = await log_event(account, long_ago)
    week = f"event_{week_of(long_ago):%Y_%m_%d}"
    environment = {"PENSTOCK_DATABASE_URL": control.dsn}

    async def prune(*options: str) -> str:
        result = await asyncio.to_thread(CliRunner().invoke, main, ["events", "prune", *options], env=environment)
        assert result.exit_code == 0, result.output
        return result.output

    assert "ACME: events are kept for 126 days; " in await prune("--dry-run")
    assert f"{week}: before" in await prune("--dry-run", "--account", "ACME")
    assert await where(account, id_) == [week]
    assert f"{week}: before" in await prune()
    assert await where(account, id_) == [None]
    assert "nothing to drop" in await prune()
