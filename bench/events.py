"""The log of events: what it costs to write and to drop, and how long searches take that find little."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.tools import cpu
from bench.tools.history import stored_contexts
from bench.tools.table import Row, at_most
from penstock.bootstrap import ACCOUNT
from penstock.database.pools import Database
from penstock.errors import SlowSearchError
from penstock.orchestration.configuration import Configurations
from penstock.orchestration.log.marks import set_marks
from penstock.orchestration.records import EventRecord
from penstock.orchestration.search import EventQuery, Search
from penstock.orchestration.trace import decode

if TYPE_CHECKING:
    from pathlib import Path

    import asyncpg

    from bench.tools.house import House

ROUNDS = 5
SLOWEST_MS = 1_000
WRITTEN = 5_000  # rows of a round
RATIO = 1.3
MARKING_US = 20
DROPPED = 100_000
FASTER = 5

# The log as it was before it had partitions: one table, its four indexes, no marks.
_PLAIN = """
CREATE TABLE event_plain (LIKE event INCLUDING STORAGE);
ALTER TABLE event_plain DROP COLUMN ended, DROP COLUMN lane, DROP COLUMN marks, DROP COLUMN failed,
  DROP COLUMN events, DROP COLUMN entries, ADD PRIMARY KEY (id);
CREATE INDEX ON event_plain (root_id, id);
CREATE INDEX ON event_plain (parent) WHERE parent IS NOT NULL;
CREATE INDEX ON event_plain (id) WHERE status = 'FAILED'"""
_COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped"
_NEW_ID = "overlay(md5(random()::text) placing left(id::text, 8) || substr(id::text, 10, 4) from 1 for 12)::uuid"


async def events(data: Path, contexts: int) -> list[Row]:
    """Return the figures of a log of so many contexts."""
    async with stored_contexts(data / f"events-{contexts}", contexts) as house:
        database = await Database.open(house.dsn, statement_timeout_ms=0)
        try:
            rows = await _searches(database)
            rows += [await _marking(database), await _writing(house, database), await _dropping(house, database)]
        finally:
            await database.close()
    return rows


# --- searching ---


async def _searches(database: Database) -> list[Row]:
    found = Search(ACCOUNT, database, Configurations(database))
    return [await _search(found, what, asked) for what, asked in (await _questions(database)).items()]


async def _questions(database: Database) -> dict[str, dict[str, Any]]:
    order = await database.fetchrow("SELECT id, ref FROM orders ORDER BY id DESC LIMIT 1")
    assert order is not None
    fulfilment = await database.fetchval("SELECT id FROM fulfilment WHERE order_id = $1", order["id"])
    first = await database.fetchval("SELECT id FROM event WHERE root_id = $1 ORDER BY id LIMIT 1", order["id"])
    rule = f"{ACCOUNT}.order.ConfirmFulfilmentItems"
    return {
        "the newest": {},
        "eventStatus=FAILED": {"statuses": ["FAILED"]},
        "category=exception": {"categories": ["exception"]},
        "name of an event": {"names": ["FulfilmentPack"], "types": ["ORCHESTRATION"]},
        "name of an event, audit too": {"names": ["FulfilmentPack"]},
        "name of a rule": {"names": [rule]},
        "a name that nothing has": {"names": ["Nobody"]},
        "context.entityId of a fulfilment": {"context": {"entityType": ["FULFILMENT"], "entityId": [str(fulfilment)]}},
        "context.rootEntityId": {"context": {"rootEntityId": [str(order["id"])]}},
        "context.rootEntityRef": {"context": {"rootEntityRef": [order["ref"]]}},
        "context.sourceEvents": {"source_events": [first]},
        "start=5000": {"start": 5_000},
        "start=200000": {"start": 200_000},
    }


async def _search(found: Search, what: str, asked: dict[str, Any]) -> Row:
    taken, count = [], 0
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        try:
            count = len(await found.find(EventQuery(since=datetime.now(UTC) - timedelta(days=30), **asked)))
        except SlowSearchError:
            return Row(f"search: {what}", "refused", "", f"at most {SLOWEST_MS} ms", passed=False)
        taken.append(time.perf_counter() - begun)
    return at_most(f"search: {what}", 1000 * median(taken), SLOWEST_MS, "ms", f"found {count}")


# --- writing ---


async def _marking(database: Database) -> Row:
    """Time what is done for each context so that searches need not open it."""
    records = [_record(r) for r in await database.fetch("SELECT * FROM event ORDER BY id LIMIT 1000")]
    bodies = [decode(r.trace) for r in records]
    taken = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for record, body in zip(records, bodies, strict=True):
            set_marks(record, body)
        taken.append((time.process_time() - begun) / len(records))
    return at_most("CPU of a context's marks", 1e6 * median(taken), MARKING_US, "µs")


def _record(stored: asyncpg.Record) -> EventRecord:
    return EventRecord(**{f: stored[f] for f in EventRecord.__struct_fields__})


async def _writing(house: House, database: Database) -> Row:
    """Compare the server's CPU for rows of the log with that for rows of one plain table."""
    await database.execute(_PLAIN)
    columns = {table: [r[0] for r in await database.fetch(_COLUMNS, table)] for table in ("event_plain", "event")}
    costs: dict[str, list[float]] = {table: [] for table in columns}
    await database.execute(f"CREATE TABLE sample AS SELECT * FROM event ORDER BY id DESC LIMIT {WRITTEN}")
    for _ in range(ROUNDS + 1):
        for table, own in columns.items():
            chosen = ", ".join(_NEW_ID if c == "id" else c for c in own)
            before = cpu.of_server(house.server.pid)
            await database.execute(f"INSERT INTO {table} ({', '.join(own)}) SELECT {chosen} FROM sample")
            costs[table].append((cpu.of_server(house.server.pid) - before) / WRITTEN)
    plain, ours = (1e6 * median(figures[1:]) for figures in costs.values())
    await database.execute("DROP TABLE sample, event_plain")
    text = f"{ours:.1f} µs, {ours / plain:.2f}x"
    return Row(
        "CPU of a row of the log", text, f"{plain:.1f} µs in one plain table", f"under {RATIO}x", ours < RATIO * plain
    )


# --- dropping ---


async def _dropping(house: House, database: Database) -> Row:
    """Compare dropping a partition with deleting as many rows and giving their space back."""
    await database.execute(
        f"CREATE TABLE old PARTITION OF event FOR VALUES FROM ('{uuid.UUID(int=15 << 124)}') TO (MAXVALUE)"
    )
    await database.execute(f"CREATE TABLE sample AS SELECT * FROM event ORDER BY id DESC LIMIT {DROPPED}")
    columns = [
        r[0]
        for r in await database.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'sample'::regclass AND attnum > 0"
        )
    ]
    chosen = ", ".join("('f' || substr(md5(random()::text), 2))::uuid" if c == "id" else c for c in columns)
    fill = f"INSERT INTO event ({', '.join(columns)}) SELECT {chosen} FROM sample"
    deleted, dropped = [
        await _took(house, database, fill, statements)
        for statements in (
            ("DELETE FROM event WHERE id >= 'f0000000-0000-0000-0000-000000000000'", "VACUUM old"),
            ("ALTER TABLE event DETACH PARTITION old; DROP TABLE old",),
        )
    ]
    await database.execute("DROP TABLE sample")
    ratio = deleted[0] / max(dropped[0], 0.01)  # a hundredth of a second is the least that can be told
    figure = f"{1000 * dropped[0]:.0f} ms of CPU in {1000 * dropped[1]:.0f} ms, 1/{ratio:.0f}"
    limit = f"DELETE: {1000 * deleted[0]:.0f} ms of CPU in {1000 * deleted[1]:.0f} ms, VACUUM included"
    return Row(f"drop a week of {DROPPED:,} contexts", figure, limit, f"under 1/{FASTER}", ratio > FASTER)


async def _took(house: House, database: Database, fill: str, statements: tuple[str, ...]) -> tuple[float, float]:
    """Return the server's CPU seconds, and the seconds, of statements after another one that is not counted."""
    await database.execute(fill)
    await database.execute("CHECKPOINT")
    before, begun = cpu.of_server(house.server.pid), time.perf_counter()
    for statement in statements:
        await database.execute(statement)
    return cpu.of_server(house.server.pid) - before, time.perf_counter() - begun
