"""One database as the rest of Penstock sees it: a few connections, with their statements counted.

The pool is our own: asyncpg's costs 0.1 ms of CPU each time a connection is lent, more than a small statement
(tasks, timers and a proxy for each), and Penstock needs none of what that buys.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self

import asyncpg

from penstock.database.urls import without_password
from penstock.errors import DatabaseAwayError, SetupError
from penstock.waiting import came

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
    from contextlib import AbstractAsyncContextManager

# A cached complex statement takes some 300 KB in each backend, so few of them on few connections.
MOST_CONNECTIONS = 8
STATEMENTS_KEPT_PER_CONNECTION = 100
SECONDS_UNTIL_AN_IDLE_CONNECTION_CLOSES = 60
SECONDS_TO_FINISH = 10
# What asyncpg raises when the server goes away, however far a statement had come.
LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    DatabaseAwayError,  # in which it is told to people
)
# The same, and what it says when it cannot work now: it is no fault of what was asked.
UNREACHABLE = (
    *LOST,
    asyncpg.exceptions.OperatorInterventionError,  # it stops, starts, recovers, or cancels a statement
    asyncpg.exceptions.InsufficientResourcesError,
)


def away(error: Exception) -> bool:
    """Return whether an error says that the database cannot work now, and not that it cut a statement off."""
    return isinstance(error, UNREACHABLE) and not isinstance(error, asyncpg.QueryCanceledError)


class CountingConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg ships no types: to mypy it is Any
    """An asyncpg connection that counts the statements it sends, BEGIN and COMMIT included."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.statements = 0

    # No coroutines of our own around asyncpg's: each would cost a statement a few microseconds.

    def execute(self, query: str, *args: Any, **options: Any) -> Coroutine[Any, Any, str]:
        """Run statements without a result; return the last one's status, such as ``UPDATE 3``."""
        self.statements += 1
        status: Coroutine[Any, Any, str] = super().execute(query, *args, **options)
        return status

    def executemany(self, command: str, args: Iterable[Sequence[Any]], **options: Any) -> Coroutine[Any, Any, None]:
        """Run one statement for each tuple of arguments, in one round trip."""
        self.statements += 1
        done: Coroutine[Any, Any, None] = super().executemany(command, args, **options)
        return done

    def fetch(self, query: str, *args: Any, **options: Any) -> Coroutine[Any, Any, list[asyncpg.Record]]:
        """Return all rows."""
        self.statements += 1
        rows: Coroutine[Any, Any, list[asyncpg.Record]] = super().fetch(query, *args, **options)
        return rows

    def fetchrow(self, query: str, *args: Any, **options: Any) -> Coroutine[Any, Any, asyncpg.Record | None]:
        """Return the first row, or None."""
        self.statements += 1
        row: Coroutine[Any, Any, asyncpg.Record | None] = super().fetchrow(query, *args, **options)
        return row

    def fetchval(self, query: str, *args: Any, **options: Any) -> Coroutine[Any, Any, Any]:
        """Return one value of the first row, or None."""
        self.statements += 1
        value: Coroutine[Any, Any, Any] = super().fetchval(query, *args, **options)
        return value


class _Loan:
    """A connection for the time of an ``async with``; a class, since a generator costs three times as much."""

    __slots__ = ("_connection", "_lend", "_since", "_take_back")

    def __init__(self, lend: Callable[[], Awaitable[CountingConnection]], take_back: Callable[..., None]) -> None:
        self._lend, self._take_back = lend, take_back

    async def __aenter__(self) -> CountingConnection:
        self._connection = await self._lend()
        self._since = time.perf_counter()
        return self._connection

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        # Of a lost connection the server is gone; of a cancelled one the statement may still run.
        reusable = not isinstance(error, (asyncio.CancelledError, *LOST))
        self._take_back(self._connection, time.perf_counter() - self._since, reusable=reusable)


class Database:
    """One PostgreSQL database; make it with ``await Database.open(...)``.

    Every method takes a connection for just its own time. A task that holds a connection must not ask for a
    second one: with all of them taken, everybody would wait for ever. No session state may be left behind:
    use SET LOCAL and the advisory locks of transactions.

    When the server is away, every method raises OSError or asyncpg.PostgresError; the next call connects
    again.
    """

    def __init__(self, dsn: str, limit: asyncio.Semaphore, server_settings: dict[str, str]) -> None:
        self.dsn = dsn
        self._limit = limit
        self._server_settings = server_settings
        self._free: list[tuple[CountingConnection, float]] = []  # with the time of its return, oldest first
        self._lent: set[CountingConnection] = set()
        self._returned = asyncio.Event()  # all of them
        self._returned.set()
        self._statements_of_closed = 0
        self.seconds = 0.0  # that connections were lent, altogether
        self._sweep: asyncio.TimerHandle | None = None
        self._closed = False

    @classmethod
    async def open(
        cls,
        dsn: str,
        *,
        limit: asyncio.Semaphore | None = None,
        statement_timeout_ms: int = 60_000,
        application_name: str = "penstock",
    ) -> Self:
        """Check that the database answers, and return it.

        ``limit`` bounds the connections in use at once, over all databases that share it (8 without).

        Raises:
            DatabaseAwayError: the database does not answer.
            SetupError: it answers, and lets nobody in.
        """
        database = cls(
            dsn,
            limit or asyncio.Semaphore(MOST_CONNECTIONS),
            {
                "application_name": application_name,
                "jit": "off",
                "statement_timeout": str(statement_timeout_ms),
                "TimeZone": "UTC",
            },
        )
        try:
            await database.execute("SELECT 1")
        except (OSError, asyncpg.PostgresError) as error:
            raise unusable(dsn, error) from error
        return database

    @property
    def statements(self) -> int:
        """How many statements were sent so far."""
        open_ones = (*self._lent, *(connection for connection, _ in self._free))
        return self._statements_of_closed + sum(connection.statements for connection in open_ones)

    def connection(self) -> AbstractAsyncContextManager[asyncpg.Connection]:
        """Lend a connection outside any transaction."""
        return _Loan(self._lend, self._take_back)

    async def _lend(self) -> CountingConnection:
        await self._limit.acquire()
        try:
            connection = self._take_free() or await self._connect()
        except BaseException:
            self._limit.release()
            raise
        self._lent.add(connection)
        self._returned.clear()
        return connection

    @asynccontextmanager
    async def transaction(self, isolation: str | None = None) -> AsyncIterator[asyncpg.Connection]:
        """Lend a connection inside a transaction, committed at the end and rolled back by an exception.

        ``isolation`` is ``read_committed`` (PostgreSQL's default), ``repeatable_read`` or ``serializable``.
        """
        async with self.connection() as connection, connection.transaction(isolation=isolation):
            yield connection

    def _take_free(self) -> CountingConnection | None:
        while self._free:
            connection, _ = self._free.pop()  # the latest, so that the others may grow old
            if not connection.is_closed():
                return connection
            self._statements_of_closed += connection.statements
        return None

    async def _connect(self) -> CountingConnection:
        if self._closed:
            raise asyncpg.InterfaceError("the database is closed")
        connection: CountingConnection = await asyncpg.connect(
            self.dsn,
            connection_class=CountingConnection,
            statement_cache_size=STATEMENTS_KEPT_PER_CONNECTION,
            server_settings=self._server_settings,
        )
        return connection

    def _take_back(self, connection: CountingConnection, seconds: float, *, reusable: bool) -> None:
        self.seconds += seconds
        self._limit.release()
        self._lent.discard(connection)
        if not self._lent:
            self._returned.set()
        if self._closed or not reusable or connection.is_closed() or connection.is_in_transaction():
            self._statements_of_closed += connection.statements
            connection.terminate()
            return
        self._free.append((connection, time.monotonic()))
        if self._sweep is None:
            self._sweep_later()

    def _sweep_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweep = loop.call_later(SECONDS_UNTIL_AN_IDLE_CONNECTION_CLOSES, self._close_idle)

    def _close_idle(self) -> None:
        """Close the connections that nobody needed for a while."""
        oldest = time.monotonic() - SECONDS_UNTIL_AN_IDLE_CONNECTION_CLOSES
        kept = [(connection, since) for connection, since in self._free if since > oldest]
        for connection, _ in self._free[: len(self._free) - len(kept)]:
            self._statements_of_closed += connection.statements
            connection.terminate()
        self._free = kept
        self._sweep = None
        if self._free or self._lent:
            self._sweep_later()

    async def close(self) -> None:
        """Close all connections; those in use may finish first, for ten seconds at most."""
        self._closed = True
        if self._sweep:
            self._sweep.cancel()
        while self._free:
            await self._free.pop()[0].close()
        await came(self._returned, SECONDS_TO_FINISH)
        for connection in tuple(self._lent):
            connection.terminate()

    async def execute(self, query: str, *args: Any) -> str:
        """Run a statement without a result; return its status, such as ``UPDATE 3``."""
        async with self.connection() as connection:
            status: str = await connection.execute(query, *args)
            return status

    async def executemany(self, query: str, args: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each tuple of arguments, all in one transaction."""
        async with self.connection() as connection:
            await connection.executemany(query, args)

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Return all rows."""
        async with self.connection() as connection:
            rows: list[asyncpg.Record] = await connection.fetch(query, *args)
            return rows

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        """Return the first row, or None."""
        async with self.connection() as connection:
            return await connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        """Return the first column of the first row, or None."""
        async with self.connection() as connection:
            return await connection.fetchval(query, *args)


async def fetch_within(
    connection: asyncpg.Connection, seconds: float | None, query: str, arguments: Sequence[Any]
) -> Any:
    """Return the first column of the first row, or None.

    Raises:
        asyncpg.QueryCanceledError: it took longer than ``seconds``, if so many were given; the server has stopped it.
    """
    try:
        return await connection.fetchval(query, *arguments, timeout=seconds)
    except TimeoutError:
        raise asyncpg.QueryCanceledError(f"the statement took longer than {seconds} s") from None


def unusable(dsn: str, error: Exception) -> SetupError:
    """Return in which words a database that cannot be opened is told to people; its password is not among them."""
    kind, what = (DatabaseAwayError, "does not answer") if away(error) else (SetupError, "lets nobody in")
    return kind(f"The database {without_password(dsn)} {what}: {error}. Check PENSTOCK_DATABASE_URL.")
