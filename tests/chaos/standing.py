"""A house on the tests' server, with databases of its own."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
from bench.proving.house import House
from bench.proving.shop import Shop

from conftest import create_database, drop_database
from penstock.bootstrap import ACCOUNT
from penstock.database.urls import database_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from conftest import Stream


@asynccontextmanager
async def standing(postgres: str, templates: dict[Stream, str], logs: Path) -> AsyncIterator[tuple[House, Shop]]:
    """Open a house with its shop; no worker runs when it is handed out."""
    control = await create_database(postgres, template=templates["control"])
    account = await create_database(postgres, template=templates["account"])
    connection = await asyncpg.connect(control)
    await connection.execute("INSERT INTO account (name, database_name) VALUES ($1, $2)", ACCOUNT, database_of(account))
    await connection.close()
    house = await House.open(control, logs)
    try:
        house.worker()
        shop = Shop(house)
        async with asyncio.timeout(60):
            await shop.open()
        await house.quiet()
        await house.stop_workers()
        yield house, shop
    finally:
        await house.close()
        await drop_database(postgres, control)
        await drop_database(postgres, account)
