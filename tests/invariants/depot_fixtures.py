"""The fixture ``depot``, for the modules that name this one as a plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest
from depot import Depot, controlled

from conftest import create_database, drop_database
from penstock.demo.client import Api, Connection
from running import first_start, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Stream


@pytest.fixture(scope="module")
async def depot(postgres: str, templates: dict[Stream, str]) -> AsyncIterator[Depot]:
    """Return a depot that the tests of a module share."""
    control, account = [await create_database(postgres, template=templates[s]) for s in ("control", "account")]
    stored = await first_start(control, account)
    async with running(stored) as penstock:
        given_ = penstock.stored.credentials
        connection = Connection(
            url=penstock.url,
            account_id=given_["accountId"],
            retailer_id=given_["retailerId"],
            username=given_["username"],
            password=given_["password"],
            client_id=given_["clientId"],
            client_secret=given_["clientSecret"],
        )
        watch = await asyncpg.connect(account)
        async with Api(connection) as api:
            made = Depot(penstock, api, connection, watch)
            await made.shop.open()
            await controlled(made)
            yield made
        await watch.close()
    await stored.drop()
    await drop_database(postgres, control)
