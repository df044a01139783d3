"""Databases of the throw-away server: the copy, and a branch of it for each variant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg

from penstock.database.migrate import migrate
from penstock.database.placement import CREATE_DATABASE
from penstock.database.urls import database_of, with_database
from penstock.simulation.fork.carried import carried

if TYPE_CHECKING:
    from datetime import datetime

_FIRST = "fork"
# What would leave is not even stored. There are no keys to sign with, and nobody here delivers, but this holds for
# whoever comes by another way.
_NOTHING_LEAVES = """
CREATE FUNCTION nothing_leaves() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER nothing_leaves BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION nothing_leaves()"""


@dataclass(frozen=True)
class Fork:
    """A copy of an account: the URL of its database, and the moment of the state that it has."""

    url: str
    moment: datetime

    async def branch(self, name: str) -> str:
        """Return the URL of a copy of the copy; nobody may be connected to it."""
        # Files are copied as they are: through the log, which is the default, it takes longer the more there is.
        await _execute(self.url, f'CREATE DATABASE "{name}" TEMPLATE "{_FIRST}" STRATEGY FILE_COPY')
        return with_database(self.url, name)

    async def drop(self, branch: str) -> None:
        """Give up a branch."""
        await _execute(self.url, f'DROP DATABASE "{database_of(branch)}" WITH (FORCE)')


async def prepared(server: str) -> str:
    """Make the database that an account is copied into; return its URL."""
    await _execute(server, CREATE_DATABASE.format(_FIRST))
    url = with_database(server, _FIRST)
    await migrate(url, "account")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_NOTHING_LEAVES)
        # Migrations bring a few rows along, such as currencies; the account has its own.
        await connection.execute(f"TRUNCATE {', '.join(carried())}")
    finally:
        await connection.close()
    return url


async def _execute(server: str, statement: str) -> None:
    connection = await asyncpg.connect(with_database(server, "postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
