"""Operations with mutations: one after another, all or none allowed (spec 10 §5.3, 12 §1)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import asyncpg
import pytest

from penstock.api.graphql.operations import MUTATIONS, Call, Written
from penstock.api.graphql.schema import schema
from penstock.api.graphql.service import GraphQL
from penstock.errors import UniqueConstraintError
from penstock.identity.principal import Principal, Scope

if TYPE_CHECKING:
    from penstock.database.pools import Database

QUERY = """mutation ($first: String!) {
  a: createNetwork(input: {name: $first, retailers: {id: 1}}) { id }
  b: createNetwork(input: {name: "taken", retailers: [{id: "1"}]}) { id }
  c: createNetwork(input: {name: "third", retailers: []}) { id }
  __typename
}"""


class Rows:
    """A database that answers each statement with the id that is bound to it."""

    async def fetchval(self, _sql: str, *binds: Any) -> bytes:
        """Return the member of a response for the id."""
        return b'"read":{"id":"%d"}' % binds[0]


@pytest.fixture
def created(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Replace createNetwork by one that notes its arguments; the name "taken" is taken."""
    arguments: list[Any] = []
    schema()  # with the true mutation

    async def create(_call: Call, given: dict[str, Any]) -> Written:
        arguments.append(given["input"])
        if given["input"]["name"] == "taken":
            raise UniqueConstraintError("a network named taken exists already")
        return Written("Network", len(arguments))

    monkeypatch.setitem(MUTATIONS, "createNetwork", replace(MUTATIONS["createNetwork"], run=create))
    return arguments


async def send(*permissions: str, variables: dict[str, Any]) -> Any:
    held = dict.fromkeys(permissions, Scope(everything=True))
    who = Principal("TEST", 1, "tester", 1, held)
    return json.loads(await GraphQL().execute(cast("Database", Rows()), who, QUERY, variables, None, None))


async def test_they_run_in_order_and_a_failed_one_is_null(created: list[Any]) -> None:
    answer = await send("NETWORK_CREATE", "NETWORK_VIEW", variables={"first": "one"})
    assert created == [
        {"name": "one", "retailers": [{"id": "1"}]},
        {"name": "taken", "retailers": [{"id": "1"}]},
        {"name": "third", "retailers": []},
    ]
    assert answer["data"] == {"read": {"id": "3"}, "b": None, "__typename": "Mutation"}
    assert answer["errors"] == [
        {
            "message": "C0123E - a network named taken exists already",
            "locations": [{"line": 3, "column": 3}],
            "path": ["b"],
            "extensions": {"code": "C0123E", "classification": "DataFetchingException"},
        }
    ]


async def test_nothing_runs_without_every_permission(created: list[Any]) -> None:
    answer = await send("RETAILER_VIEW", variables={"first": "one"})
    assert answer["data"] is None
    assert answer["errors"][0]["message"].endswith("permission: NETWORK_CREATE, NETWORK_VIEW")
    assert created == []


async def test_nothing_runs_with_a_wrong_argument(created: list[Any]) -> None:
    answer = await send("NETWORK_CREATE", "NETWORK_VIEW", variables={"first": None})
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "C0140E"
    assert created == []


async def test_a_write_that_took_too_long_may_be_tried_again(
    created: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(_call: Call, _given: dict[str, Any]) -> Written:
        raise asyncpg.QueryCanceledError("canceling statement due to statement timeout")

    monkeypatch.setitem(MUTATIONS, "createNetwork", replace(MUTATIONS["createNetwork"], run=slow))
    answer = await send("NETWORK_CREATE", "NETWORK_VIEW", variables={"first": "one"})
    assert answer["data"] == {"a": None, "b": None, "c": None, "__typename": "Mutation"}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"S0002E"}
    assert "Nothing was written" in answer["errors"][0]["message"]
    assert created == []


async def test_what_was_written_but_took_too_long_to_read_says_how_to_ask_for_less(
    created: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(*_: object) -> bytes:
        raise asyncpg.QueryCanceledError("canceling statement due to statement timeout")

    monkeypatch.setattr(Rows, "fetchval", slow)
    answer = await send("NETWORK_CREATE", "NETWORK_VIEW", variables={"first": "one"})
    assert len(created) == 3
    error = answer["errors"][0]
    assert (error["path"], error["extensions"]["code"]) == (["a"], "C0001E")
    assert "smaller pages" in error["message"]
