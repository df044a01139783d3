"""Bring a database to the newest schema.

Alembic orders the migrations and turns them into SQL; asyncpg runs that SQL, in one transaction under a lock.
So there is one driver, a failed migration leaves nothing behind, and any number of processes may start at
once. The price: a migration cannot read rows in Python; it does its work in SQL.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import asyncpg

from penstock.database.pools import unusable
from penstock.errors import SetupError

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x70656E73746F636B  # "penstock"


async def migrate(dsn: str, stream: Literal["control", "account"]) -> bool:
    """Apply the migrations of ``stream`` that the database lacks; return whether there were any.

    Raises:
        DatabaseAwayError: the database does not answer.
        SetupError: it lets nobody in, or was written by a newer Penstock.
    """
    try:
        connection = await asyncpg.connect(dsn, statement_cache_size=0, server_settings={"jit": "off"})
    except (OSError, asyncpg.PostgresError) as error:
        raise unusable(dsn, error) from error
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            statements = _pending(stream, await _version(connection, stream))
            if statements:
                await connection.execute(statements)
            return bool(statements)
    finally:
        await connection.close()


async def _version(connection: asyncpg.Connection, stream: str) -> str | None:
    """Return the revision that the database stands at; None before the first."""
    table = _version_table(stream)
    if await connection.fetchval("SELECT to_regclass($1)", table) is None:
        return None
    version: str | None = await connection.fetchval(f"SELECT version_num FROM {table}")
    return version


def _version_table(stream: str) -> str:
    return f"migration_{stream}"


def newest_version(stream: str) -> str | None:
    """Return the newest revision of ``stream``: files are named by their revision, which counts up."""
    files = (MIGRATIONS / stream / "versions").glob("[0-9]*.py")
    return max((file.name.partition("_")[0] for file in files), default=None)


def _pending(stream: str, version: str | None) -> str:
    """Return the SQL from revision ``version`` to the newest; empty when it is the newest."""
    newest = newest_version(stream)
    if version == newest:
        return ""
    if version and newest and version > newest:
        raise SetupError(
            f"The {stream} database stands at migration {version}, and this Penstock knows those up to "
            f"{newest}. A newer Penstock wrote it; start that one."
        )
    from penstock.database.migrations.script import migration_sql  # noqa: PLC0415 - Alembic takes half a second to load

    return migration_sql(MIGRATIONS / stream, version, _version_table(stream))
