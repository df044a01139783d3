"""gql, the usual client of Python programs: a schema by introspection, checks before sending, both kinds of calls."""

from __future__ import annotations

import sys
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
from gql import Client, GraphQLRequest, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError, TransportServerError
from graphql import GraphQLError
from node_tools import FOLDER, run
from served import ORDERS, TYPE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gql.client import AsyncClientSession
    from served import Served

pytest_plugins = ["client_fixtures"]

_ORDERS = (FOLDER / "documents" / "orders.graphql").read_text()
_CUSTOMERS = (FOLDER / "documents" / "customers.graphql").read_text()


def client(served: Served) -> Client:
    transport = AIOHTTPTransport(url=f"{served.url}/graphql", headers=served.headers)
    return Client(transport=transport, fetch_schema_from_transport=True)


@pytest.fixture
async def session(served: Served) -> AsyncIterator[AsyncClientSession]:
    async with client(served) as connected:
        yield connected


def request(document: str, name: str, **variables: Any) -> GraphQLRequest:
    return GraphQLRequest(document, variable_values=variables, operation_name=name)


async def test_the_schema_is_there_and_queries_are_checked_before_they_are_sent(session: AsyncClientSession) -> None:
    schema = session.client.schema
    assert schema is not None
    assert {"Order", "Product", "OrderConnection", "DateTime"} <= schema.type_map.keys()
    session.client.validate(gql(_ORDERS))
    with pytest.raises(GraphQLError, match="Cannot query field 'colour' on type 'Order'"):
        await session.execute(gql("{ orders { edges { node { colour } } } }"))
    with pytest.raises(GraphQLError, match="Int cannot represent"):
        await session.execute(gql("{ orders(first: true) { edges { cursor } } }"))


async def test_a_query_with_fragments_on_interfaces(session: AsyncClientSession) -> None:
    found = await session.execute(request(_ORDERS, "OneOrder", ref="C-3"))
    order = found["order"]
    assert (order["ref"], order["workflowRef"]) == ("C-3", f"ORDER::{TYPE}")
    goods = {edge["node"]["quantity"]: edge["node"]["product"] for edge in order["items"]["edges"]}
    assert "product" not in goods[1]
    assert goods[2]["product"] == {"id": goods[1]["id"], "ref": "TEE"}


async def test_a_mutation_and_an_error_with_its_code(session: AsyncClientSession, served: Served) -> None:
    person = {"primaryEmail": "gql@example.com", "timezone": "UTC", "promotionOptIn": True}
    given = {**person, "username": "gql", "retailer": {"id": served.retailer}}
    made = await session.execute(request(_CUSTOMERS, "NewCustomer", input=given))
    read = await session.execute(request(_CUSTOMERS, "OneCustomer", id=made["createCustomer"]["id"]))
    assert read["customerById"]["username"] == "gql"
    with pytest.raises(TransportQueryError) as refused:
        await session.execute(request(_CUSTOMERS, "NewCustomer", input=given))
    (error,) = refused.value.errors or []
    assert error["extensions"]["code"] == "C0123E"
    assert refused.value.data == {"createCustomer": None}


async def test_a_token_that_is_refused_shows_by_its_status(served: Served) -> None:
    headers = {"Authorization": "Bearer stale"}
    stale = Client(transport=AIOHTTPTransport(url=f"{served.url}/graphql", headers=headers))
    async with stale as session:
        with pytest.raises(TransportServerError) as refused:
            await session.execute(gql("{ me { id } }"))
    assert refused.value.code == 401


async def test_pages_both_ways(session: AsyncClientSession) -> None:
    forwards = await pages(session, "first", "after", "hasNextPage", -1)
    backwards = await pages(session, "last", "before", "hasPreviousPage", 0)
    assert len({ref for page in forwards for ref in page}) == ORDERS
    assert [*chain(*reversed(backwards))] == [*chain(*forwards)]


async def pages(session: AsyncClientSession, size: str, bound: str, more: str, outermost: int) -> list[list[str]]:
    found: list[list[str]] = []
    cursor = None
    while len(found) <= ORDERS:
        given = {"type": TYPE, size: 7, bound: cursor}
        page = (await session.execute(request(_ORDERS, "OrdersPage", **given)))["orders"]
        found.append([edge["node"]["ref"] for edge in page["edges"]])
        if not page["pageInfo"][more]:
            return found
        cursor = page["edges"][outermost]["cursor"]
    raise AssertionError("paging comes to no end")


def test_a_program_that_is_not_asynchronous(served: Served) -> None:
    code, output = run(sys.executable, "programs/orders.py", environment=served.environment)
    assert code == 0, output
    assert sorted(output.split()) == sorted(f"C-{number}" for number in range(1, ORDERS + 1))
