"""A statement that runs into its time limit becomes an error that says how to ask for less (spec 12 §8)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from penstock.api.graphql.service import GraphQL
from penstock.database.pools import Database
from penstock.identity.permissions import PERMISSIONS
from penstock.identity.principal import Principal, Scope

if TYPE_CHECKING:
    from conftest import MakeDatabase

WHO = Principal("TEST", 1, "tester", 1, dict.fromkeys(PERMISSIONS, Scope(everything=True)))


@pytest.mark.parametrize(
    "query",
    ["{ orders { edges { cursor } } }", "{ __schema { queryType { name } } orders { edges { cursor } } }"],
)
async def test_a_slow_read_is_refused_and_the_connection_goes_on(make_database: MakeDatabase, query: str) -> None:
    database = await make_database()
    hasty = await Database.open(database.dsn, statement_timeout_ms=100)

    async def ask() -> Any:
        return json.loads(await GraphQL().execute(hasty, WHO, query, None, None, None))

    async with database.transaction() as holding:
        await holding.execute("LOCK TABLE orders")
        answer = await ask()
    assert answer["data"] is None
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "C0001E", "classification": "DataFetchingException"}
    assert "smaller pages or fewer levels, or filter by ref, status or dates" in error["message"]
    assert (await ask())["data"]["orders"] == {"edges": []}
    await hasty.close()
