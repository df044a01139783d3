"""A database: lending connections, counting statements, surviving what happens to them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest

from penstock.database import pools
from penstock.database.pools import Database, away
from penstock.database.urls import with_database
from penstock.errors import DatabaseAwayError, SetupError

if TYPE_CHECKING:
    from conftest import MakeDatabase


async def test_counts_every_statement_wherever_it_is_sent(database: Database) -> None:
    before = database.statements
    await database.execute("CREATE TABLE t (a int)")
    await database.executemany("INSERT INTO t VALUES ($1)", [(1,), (2,)])
    assert [row["a"] for row in await database.fetch("SELECT a FROM t ORDER BY a")] == [1, 2]
    assert await database.fetchrow("SELECT a FROM t WHERE a = $1", 3) is None
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM t") == 2
    assert database.statements - before == 5


async def test_counts_a_transaction_with_its_begin_and_commit(database: Database) -> None:
    before = database.statements
    async with database.transaction() as connection:
        await connection.execute("SELECT 1")
    assert database.statements - before == 3


async def test_an_exception_rolls_back(database: Database) -> None:
    await database.execute("CREATE TABLE t (a int)")
    with pytest.raises(ZeroDivisionError):
        await _insert_and_fail(database)
    assert await database.fetchval("SELECT count(*) FROM t") == 0


async def _insert_and_fail(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO t VALUES (1)")
        raise ZeroDivisionError


async def test_json_stays_text(database: Database) -> None:
    assert await database.fetchval("SELECT '{\"a\":1}'::json") == '{"a":1}'


async def test_a_session_is_set_up(database: Database) -> None:
    assert await database.fetchval("SHOW jit") == "off"
    assert await database.fetchval("SHOW statement_timeout") == "1min"
    assert await database.fetchval("SHOW application_name") == "penstock"


async def test_never_lends_more_connections_than_the_limit(make_database: MakeDatabase) -> None:
    made = await make_database()
    limit = asyncio.Semaphore(2)
    first = await Database.open(made.dsn, limit=limit)
    second = await Database.open(made.dsn, limit=limit)
    sleeping = [each.execute("SELECT pg_sleep(0.05)") for each in (first, second) * 3]
    most = asyncio.create_task(_most_sleepers(made))
    await asyncio.gather(*sleeping)
    assert await most == 2
    await asyncio.gather(first.close(), second.close())


async def _most_sleepers(database: Database) -> int:
    query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(0.05)%' AND state = 'active'"
    query += " AND pid <> pg_backend_pid()"
    seen: list[int] = [await database.fetchval(query) for _ in range(30)]
    return max(seen)


async def test_a_cancelled_statement_does_not_disturb_the_next(database: Database) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await database.execute("SELECT pg_sleep(5)")
    assert await database.fetchval("SELECT 1") == 1


async def test_connects_again_after_the_server_dropped_the_connection(database: Database) -> None:
    with pytest.raises(asyncpg.PostgresError):
        await database.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert await database.fetchval("SELECT 1") == 1


async def test_idle_connections_are_closed(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "SECONDS_UNTIL_AN_IDLE_CONNECTION_CLOSES", 0.02)
    own = await Database.open(database.dsn, application_name="idler")
    before = own.statements
    await asyncio.sleep(0.3)
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'idler'"
    assert await database.fetchval(query) == 0
    assert own.statements == before
    await own.close()


async def test_a_statement_that_runs_too_long_is_ended(database: Database) -> None:
    hasty = await Database.open(database.dsn, statement_timeout_ms=20)
    with pytest.raises(asyncpg.QueryCanceledError):
        await hasty.execute("SELECT pg_sleep(5)")
    await hasty.close()


async def test_close_waits_for_what_runs(database: Database) -> None:
    own = await Database.open(database.dsn)
    running = asyncio.create_task(own.fetchval("SELECT 7 FROM pg_sleep(0.1)"))
    await asyncio.sleep(0.02)
    await own.close()
    assert await running == 7
    with pytest.raises(asyncpg.InterfaceError):
        await own.execute("SELECT 1")


async def test_an_unreachable_server_is_told_in_a_sentence_without_the_password() -> None:
    with pytest.raises(DatabaseAwayError, match=r"127\.0\.0\.1:9") as raised:
        await Database.open("postgresql://u:secret@127.0.0.1:9/x")
    assert "secret" not in raised.value.message
    assert away(raised.value)


async def test_a_server_that_lets_nobody_in_is_not_waited_for(database: Database) -> None:
    with pytest.raises(SetupError, match="nobody-like-that") as raised:
        await Database.open(with_database(database.dsn, "nobody-like-that"))
    assert not away(raised.value)
