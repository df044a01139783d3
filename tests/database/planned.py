"""Rows for the tests of the read planner, and how they ask for them."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg

from penstock.api.graphql.service import GraphQL
from penstock.api.graphql.statements.visibility import view_permission
from penstock.database.pools import Database
from penstock.database.urls import with_database
from penstock.identity.principal import Principal, Scope
from penstock.model.registry import MODEL
from penstock.model.tables import metadata

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

START = datetime(2024, 5, 6, 1, 5, 45, 120_000, tzinfo=UTC)
ALL = Scope(everything=True)
VIEWS = frozenset(view_permission(e) for e in MODEL.entities)
REFS = {1: "ONE", 2: "TWO"}
PAGE = "{ edges { node { ref } cursor } pageInfo { hasNextPage hasPreviousPage } }"
SERVICE = GraphQL()

ATTRIBUTES: list[dict[str, Any]] = [
    {"name": "gift", "type": "BOOLEAN", "value": True},
    {"name": "note", "type": "JSON", "value": {"a": [1, "é"]}},
]


def principal(scope: Scope = ALL, permissions: frozenset[str] = VIEWS) -> Principal:
    return Principal(
        account="TEST",
        user_id=900,
        username="tester",
        retailer_id=1,
        permissions=dict.fromkeys(permissions, scope),
        retailer_refs=REFS,
    )


async def insert(database: Database, table: str, **values: Any) -> None:
    """Insert a row; what is not given but required gets a plain value."""
    row: dict[str, Any] = {}
    for column in metadata.tables[table].c:
        if column.name in values:
            given = values[column.name]
            row[column.name] = json.dumps(given) if column.type.__class__.__name__ == "JSONB" else given
        elif column.name in {"created_on", "updated_on"}:
            row[column.name] = START
        elif not column.nullable and column.name != "revision":
            row[column.name] = 1 if column.type.python_type in {int, float} else "x"
    names = ", ".join(row)
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await database.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *row.values())


async def order(database: Database, number: int, retailer: int = 1, items: int = 3) -> None:
    """Insert an order with items and one fulfilment of all of them from the first store."""
    created = START + timedelta(minutes=number)
    await insert(
        database,
        "orders",
        id=number,
        ref=f"HD_{number}",
        type="HD",
        status="BOOKED",
        retailer_id=retailer,
        workflow_ref="ORDER::HD",
        workflow_version=1,
        customer_id=501,
        total_price=60.5,
        created_on=created,
        attributes=ATTRIBUTES,
    )
    tree = {"order_id": number, "retailer_id": retailer}
    await insert(
        database,
        "fulfilment",
        **tree,
        id=number * 100,
        ref=f"F{number}",
        status="ASSIGNED",
        type="HD_PFDC",
        from_address_id=301,
    )
    for n in range(items):
        key = number * 100 + n
        await insert(database, "order_item", **tree, id=key, ref=f"L{n}", product_id=701, quantity=n + 1, status="OK")
        await insert(
            database,
            "fulfilment_item",
            **tree,
            id=key,
            ref=f"FI{n}",
            fulfilment_id=number * 100,
            order_item_id=key,
            requested_quantity=n + 1,
            filled_quantity=0,
            rejected_quantity=0,
        )


@asynccontextmanager
async def planned(postgres: str, templates: Mapping[str, str], name: str) -> AsyncIterator[Database]:
    """Yield a database with two retailers, a store each, a catalogue with two products, a user and 25 orders."""
    server = await asyncpg.connect(postgres)
    await server.execute(f"CREATE DATABASE {name} TEMPLATE {templates['account']}")
    database = await Database.open(with_database(postgres, name))
    await fill(database)
    yield database
    await database.close()
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await server.close()


async def fill(database: Database) -> None:
    for number, name in REFS.items():
        await insert(database, "retailer", id=number, ref=name)
        await insert(database, "address", id=300 + number, kind="STORE", ref=f"S{number}", name='Main "St"')
        await insert(database, "opening_schedule", id=number, all_hours=True)
        await insert(
            database,
            "location",
            id=number,
            ref=f"S{number}",
            retailer_id=number,
            name="Store",
            primary_address_id=300 + number,
            opening_schedule_id=number,
        )
        await insert(database, "network", id=number, ref=f"N{number}")
        await insert(database, "product_catalogue", id=600 + number, ref=f"PC{number}", retailer_refs=[name])
    await insert(database, "customer", id=501, ref="cust", retailer_id=1, username="cust", first_name="Dana")
    await insert(
        database,
        "product",
        id=701,
        kind="STANDARD",
        ref="P1",
        catalogue_id=601,
        gtin="0701",
        tax={"country": "GB", "group": "A"},
    )
    await insert(database, "product", id=702, kind="VARIANT", ref="P2", catalogue_id=602, gtin="0702", product_id=701)
    await insert(database, "price", id=1, product_id=701, type="DEFAULT", currency="GBP", value=9.99)
    await insert(
        database, "users", id=900, ref="u", username="tester", type="ADMIN", language={"value": "en", "label": "E"}
    )
    await insert(database, "permission", id=1, name="ORDER_VIEW")
    await insert(database, "role", id=1, name="ADMIN")
    await insert(database, "role_permission", role_id=1, permission_id=1)
    await insert(
        database, "user_role", id=1, user_id=900, role_id=1, contexts=[{"contextType": "ACCOUNT", "contextId": 0}]
    )
    await insert(database, "network_location", network_id=1, location_id=1)
    for number in range(1, 26):
        await order(database, number, retailer=1 if number <= 20 else 2)


async def ask(
    database: Database, query: str, variables: Mapping[str, Any] | None = None, who: Principal | None = None
) -> Any:
    """Return the whole response, decoded."""
    body = await SERVICE.execute(database, who or principal(), query, dict(variables or {}), None, None)
    return json.loads(body)


def page(answer: Any, field: str = "orders") -> tuple[list[str], dict[str, bool]]:
    """Return the refs of a page, and its flags."""
    connection = answer["data"][field]
    return [e["node"]["ref"] for e in connection["edges"]], connection["pageInfo"]
