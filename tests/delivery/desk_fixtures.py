"""The fixtures ``desk`` and ``receiver``, for the modules that name this one as a plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from desk import opened

from conftest import create_database, drop_database
from penstock.database.pools import Database
from receiver import receiving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from desk import Desk

    from conftest import Stream
    from receiver import Receiver


@pytest.fixture(scope="session")
async def delivery_database(postgres: str, templates: dict[Stream, str]) -> AsyncIterator[Database]:
    """Return an account's database that these tests share, one after another."""
    url = await create_database(postgres, template=templates["account"])
    database = await Database.open(url)
    yield database
    await database.close()
    await drop_database(postgres, url)


@pytest.fixture
async def desk(delivery_database: Database) -> AsyncIterator[Desk]:
    """Return an empty outbox and a courier."""
    await delivery_database.execute("TRUNCATE outbox, delivery_attempt, webhook_circuit, webhook_key")
    async with opened(delivery_database) as made:
        yield made


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Return a receiver that accepts everything."""
    async with receiving() as made:
        yield made
