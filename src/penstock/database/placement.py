"""Which account is where: one account is one database, on this server or on another."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import asyncpg

from penstock.database.migrate import migrate
from penstock.database.pools import MOST_CONNECTIONS, Database, unusable
from penstock.database.urls import database_of, with_database
from penstock.errors import InvalidValueError, NotFoundError, SetupError, UniqueConstraintError

if TYPE_CHECKING:
    from collections.abc import Iterable

CONTROL_DATABASE = "penstock_control"
CONTROL_CONNECTIONS = 2
OLDEST_SERVER = 15
NAME = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,49}")

# C sorts and compares bytes: the same order on every server, and prefixes can use an index.
CREATE_DATABASE = "CREATE DATABASE \"{}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'"


class Placement:
    """The accounts of an installation and the database of each; make it with ``await Placement.open(...)``.

    Attributes:
        control: the database of accounts, OAuth clients and tokens. It has connections of its own, outside
            the budget of the accounts' databases, so it may be asked while one of theirs is held.
    """

    def __init__(self, url: str, control: Database, *, pool_size: int, statement_timeout_ms: int) -> None:
        self.url = url
        self.control = control
        self._statement_timeout_ms = statement_timeout_ms
        self._limit = asyncio.Semaphore(pool_size)
        self._databases: dict[str, Database] = {}
        self._opening = asyncio.Lock()

    @classmethod
    async def open(cls, url: str, *, pool_size: int = MOST_CONNECTIONS, statement_timeout_ms: int = 60_000) -> Self:
        """Open the control database at ``url``, made and migrated first where that is needed.

        A URL without a database means ``penstock_control``. ``pool_size`` bounds the connections that this
        process uses at once for all accounts together.

        Raises:
            DatabaseAwayError: the server does not answer.
            SetupError: it lets nobody in, or is too old.
        """
        url = url if database_of(url) else with_database(url, CONTROL_DATABASE)
        await _ensure_database(url)
        await migrate(url, "control")
        control = await Database.open(
            url, limit=asyncio.Semaphore(CONTROL_CONNECTIONS), statement_timeout_ms=statement_timeout_ms
        )
        return cls(url, control, pool_size=pool_size, statement_timeout_ms=statement_timeout_ms)

    async def accounts(self) -> list[str]:
        """Return the names of all accounts, sorted."""
        rows = await self.control.fetch("SELECT name FROM account ORDER BY name")
        return [row["name"] for row in rows]

    async def create_account(self, name: str, *, url: str = "") -> Database:
        """Create an account with its database, on the server of ``url`` or else on the control database's.

        Raises:
            InvalidValueError: the name has other characters than A-Z, 0-9, _ and -, or is too long.
            UniqueConstraintError: there is such an account.
        """
        database_name = self._database_name(name)
        if await self._place(name) is not None:
            raise UniqueConstraintError(f"Account {name} exists already; choose another name.")
        dsn = with_database(url or self.url, database_name)
        # The row comes last: a database without it, left by a kill, is found and finished by the next try.
        await _ensure_database(dsn)
        await migrate(dsn, "account")
        await self.control.execute(
            "INSERT INTO account (name, database_url, database_name) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
            *(name, url, database_name),
        )
        return await self.database(name)

    def _database_name(self, name: str) -> str:
        database_name = f"penstock_{name.lower()}"
        if not NAME.fullmatch(name) or database_name in {database_of(self.url), CONTROL_DATABASE}:
            raise InvalidValueError(
                f"account is {name!r}; use at most 50 of A-Z, 0-9, _ and -, and another word than CONTROL."
            )
        return database_name

    async def database(self, name: str) -> Database:
        """Return the database of account ``name``, migrated; its pool is kept for the next call.

        Raises:
            NotFoundError: there is no such account.
        """
        found = self._databases.get(name)
        if found is not None:
            return found
        async with self._opening:
            if name not in self._databases:
                self._databases[name] = await self._open(name)
            return self._databases[name]

    async def _open(self, name: str) -> Database:
        dsn = await self._place(name)
        if dsn is None:
            raise NotFoundError(f"There is no account {name!r}.")
        await migrate(dsn, "account")
        return await Database.open(
            dsn,
            limit=self._limit,
            statement_timeout_ms=self._statement_timeout_ms,
        )

    async def _place(self, name: str) -> str | None:
        row = await self.control.fetchrow("SELECT database_url, database_name FROM account WHERE name = $1", name)
        return with_database(row["database_url"] or self.url, row["database_name"]) if row else None

    async def is_handed_over(self, name: str) -> bool:
        """Return whether somebody holds the credentials of the account's first administrator."""
        return bool(await self.control.fetchval("SELECT handed_over FROM account WHERE name = $1", name))

    async def hand_over(self, name: str) -> None:
        """Note that somebody holds them: they are never made anew from now on."""
        await self.control.execute("UPDATE account SET handed_over = true WHERE name = $1", name)

    async def close(self) -> None:
        """Close all connections."""
        databases: Iterable[Database] = (*self._databases.values(), self.control)
        await asyncio.gather(*(database.close() for database in databases))


async def _ensure_database(url: str) -> None:
    """Create the database of ``url`` unless it exists, and check that its server is new enough."""
    try:
        connection = await _connect_to_any(url)
    except (OSError, asyncpg.PostgresError) as error:
        raise unusable(url, error) from error
    try:
        version = connection.get_server_version().major
        if version < OLDEST_SERVER:
            raise SetupError(f"The server is PostgreSQL {version}; Penstock needs {OLDEST_SERVER} or newer.")
        name = database_of(url)
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            # Another process may be faster.
            with suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                await connection.execute(CREATE_DATABASE.format(name.replace('"', '""')))
    except asyncpg.InsufficientPrivilegeError as error:
        raise SetupError(
            f"The database {name!r} does not exist, and this user may not create it. Create it, or give the "
            "user the right CREATEDB."
        ) from error
    finally:
        await connection.close()


async def _connect_to_any(url: str) -> asyncpg.Connection:
    """Connect to the database itself, or to the server's ``postgres`` while it does not exist."""
    try:
        return await asyncpg.connect(url)
    except asyncpg.InvalidCatalogNameError:
        return await asyncpg.connect(with_database(url, "postgres"))
