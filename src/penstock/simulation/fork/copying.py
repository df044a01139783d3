"""Copying an account's tables out of one snapshot, while everybody goes on working there."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg

from penstock.errors import SetupError
from penstock.simulation.fork.carried import carried, expression

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from datetime import datetime

HANDS = 2  # connections that copy at once
_AHEAD = 16  # chunks read and not yet written
_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"""
_SIZES = """
SELECT relname, pg_table_size(oid) AS size FROM pg_class
WHERE relname = ANY($1::text[]) AND relnamespace = 'public'::regnamespace"""
_SIZE = """
SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
WHERE relname = ANY($1::text[]) AND relnamespace = 'public'::regnamespace"""
_SEQUENCES = """
SELECT sequencename AS name, coalesce(last_value, start_value) AS value FROM pg_sequences
WHERE schemaname = 'public'"""
_SNAPSHOT = "SELECT pg_export_snapshot() AS snapshot, now() AS moment"
_READING = {"application_name": "penstock simulate", "statement_timeout": "0", "jit": "off"}
# Neither triggers nor foreign keys: what is copied has been through them, and counters come along as they are.
_WRITING = {**_READING, "session_replication_role": "replica"}


@dataclass
class Progress:
    """How far a copy is, in bytes of the tables as the source keeps them."""

    total: int = 0
    done: int = 0
    rows: int = 0


async def size(source: str) -> int:
    """Return about how many bytes a copy of an account takes: those of its tables and their indexes.

    Raises:
        SetupError: the server does not answer, or refuses.
    """
    with _told():
        connection = await asyncpg.connect(source, server_settings=_READING)
        try:
            return int(await connection.fetchval(_SIZE, list(carried())))
        finally:
            await connection.close()


async def copy(source: str, target: str, told: Callable[[Progress], None]) -> datetime:
    """Copy one consistent state into a database with the same, empty tables; return the moment of that state.

    The source sees one transaction that reads. ``told`` is called after each table.

    Raises:
        SetupError: one of the servers does not answer, or refuses.
    """
    with _told():
        leader = await asyncpg.connect(source, server_settings=_READING)
        try:
            async with leader.transaction(isolation="repeatable_read", readonly=True):
                return await _copied(leader, source, target, told)
        finally:
            await leader.close()


@contextmanager
def _told() -> Iterator[None]:
    """Tell what servers refuse in our words."""
    try:
        yield
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise SetupError(f"The account cannot be copied: {error}") from error


async def _copied(leader: asyncpg.Connection, source: str, target: str, told: Callable[[Progress], None]) -> datetime:
    snapshot, moment = await leader.fetchrow(_SNAPSHOT)
    sizes = {r["relname"]: r["size"] for r in await leader.fetch(_SIZES, list(carried()))}
    waiting = deque(sorted(carried(), key=lambda table: (-sizes.get(table, 0), table)))
    progress = Progress(total=sum(sizes.values()))

    async def hand() -> None:
        async with (
            _Connected(source, _READING) as reader,
            _Connected(target, _WRITING) as writer,
            reader.transaction(isolation="repeatable_read", readonly=True),
        ):
            await reader.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            while waiting:
                table = waiting.popleft()
                rows = await _table(reader, writer, table)
                progress.rows += rows  # read after the wait: the other hand counts, too
                progress.done += sizes.get(table, 0)
                told(progress)

    await _all(*(hand() for _ in range(HANDS)))
    await _finish(leader, target)
    found: datetime = moment
    return found


class _Connected:
    """A connection for the time of an ``async with``."""

    def __init__(self, url: str, settings: dict[str, str]) -> None:
        self._url, self._settings = url, settings

    async def __aenter__(self) -> asyncpg.Connection:
        self._connection = await asyncpg.connect(self._url, server_settings=self._settings)
        return self._connection

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is None:
            await self._connection.close()
        else:
            self._connection.terminate()


async def _table(reader: asyncpg.Connection, writer: asyncpg.Connection, table: str) -> int:
    """Copy the rows of a table; return how many. As text, which is the same in every version of PostgreSQL."""
    columns = [r["attname"] for r in await writer.fetch(_COLUMNS, table)]
    chunks: asyncio.Queue[bytes | None] = asyncio.Queue(_AHEAD)

    async def read() -> None:
        wanted = ", ".join(expression(table, column) for column in columns)
        await reader.copy_from_query(f'SELECT {wanted} FROM "{table}"', output=chunks.put)
        await chunks.put(None)

    async def given() -> AsyncIterator[bytes]:
        while (chunk := await chunks.get()) is not None:
            yield chunk

    _, status = await _all(read(), writer.copy_to_table(table, source=given(), columns=columns))
    return int(str(status).rpartition(" ")[2])


async def _all(*work: Coroutine[Any, Any, Any]) -> list[Any]:
    """Do several things at once; when one fails the others end, and its error is raised as it is."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _finish(leader: asyncpg.Connection, target: str) -> None:
    """Let ids go on where those of the source are, and the planner know what there is."""
    values: dict[str, Any] = {r["name"]: r["value"] for r in await leader.fetch(_SEQUENCES)}
    async with _Connected(target, _WRITING) as writer:
        for (name,) in await writer.fetch("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"):
            if name in values:
                await writer.execute("SELECT setval(quote_ident($1)::regclass, $2, true)", name, values[name])
        await writer.execute("ANALYZE")
