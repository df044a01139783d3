"""Every connection of the schema, paged both ways: the pages joined are the whole list (spec 12 §4)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from planned import ask
from roundtrip import shown

from conftest import create_database, drop_database
from penstock.database.pools import Database
from penstock.model.registry import MODEL
from penstock.model.tables import metadata
from penstock.model.vocabulary import Entity, Many, One

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Column

    from conftest import Stream

Node = dict[str, Any]

ROWS = 1_001
_PAGES = "edges { cursor node { __typename } } pageInfo { hasNextPage hasPreviousPage }"
LISTS = sorted(e.name for e in MODEL.entities if e.plural and not e.derived)
NESTED = sorted(
    (e.name, f.name)
    for e in MODEL.entities
    for f in e.fields
    if e.plural and not e.derived and isinstance(f, Many) and not f.plain and not MODEL.entity(f.target).derived
)

# Members whose links alone tell them apart, so that there is one; lists found by refs, which differ; and joins that
# lead to row 1, which is of another kind.
FEW = {
    ("Article", "carrierConsignmentArticles"),
    ("Article", "consignmentArticles"),
    ("CarrierConsignment", "carrierConsignmentArticles"),
    ("Consignment", "consignmentArticles"),
    ("FulfilmentChoice", "fulfilments"),
    ("GroupProduct", "categories"),
    ("VariantProduct", "categories"),
}


def _filling(column: Column[Any]) -> str:
    """Return SQL for the value of a column in row ``n``: links lead to row 1, a few rows share each moment."""
    type_ = column.type.__class__.__name__
    if column.name == "id":
        return "n"
    if type_ == "DateTime":
        return "'2026-01-01Z'::timestamptz + n / 3 * interval '1 millisecond'"
    kinds = {"BigInteger": "1", "Integer": "1", "Double": "1", "Boolean": "true", "JSONB": "'[]'", "ARRAY": "'{}'"}
    return kinds.get(type_, "'x' || n")


async def _fill(connection: asyncpg.Connection, table: str, kinds: list[str]) -> None:
    """Put rows into a table; where several types share it, as many of each."""
    columns = [c for c in metadata.tables[table].c if not c.nullable or c.name.endswith("_id")]
    for place, kind in enumerate(kinds or [""]):
        values = [f"'{kind}'" if c.name == "kind" else _filling(c) for c in columns]
        names, first = ", ".join(c.name for c in columns), place * ROWS + 1
        rows = f"generate_series({first}, {first + ROWS - 1}) n"
        unique = "ON CONFLICT DO NOTHING"  # where the links alone tell rows apart, there is one
        await connection.execute(f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {rows} {unique}")


@pytest.fixture(scope="module")
async def filled(postgres: str, templates: dict[Stream, str]) -> AsyncIterator[Database]:
    url = await create_database(postgres, template=templates["account"])
    connection = await asyncpg.connect(url)
    await connection.execute("SET session_replication_role = replica")  # no foreign keys, no triggers
    await connection.execute("TRUNCATE currency, virtual_position, role, permission CASCADE")
    for name, table in MODEL.tables.items():
        if not table.entities[0].derived:
            await _fill(connection, name, [e.variant for e in table.entities if e.variant])
    for name, ((first, _), (second, _)) in MODEL.joins.items():
        for one, many in ((first, second), (second, first)):
            pairs = f"SELECT 1, n FROM generate_series(1, {ROWS}) n ON CONFLICT DO NOTHING"
            await connection.execute(f"INSERT INTO {name} ({one}, {many}) {pairs}")
    await connection.execute("ANALYZE")
    await connection.close()
    database = await Database.open(url)
    yield database
    await database.close()
    await drop_database(postgres, url)


async def paged(database: Database, document: str, size: int, *, backwards: bool, path: tuple[str, ...]) -> list[str]:
    """Return the cursors of all members, page by page; ``document`` has a place for the arguments."""
    found: list[str] = []
    while True:
        edge = (f', before: "{found[0]}"' if backwards else f', after: "{found[-1]}"') if found else ""
        answer = await ask(database, document % f"{'last' if backwards else 'first'}: {size}{edge}")
        assert "errors" not in answer, answer
        page: Any = answer["data"]
        for step in path:
            page = page["edges"][0]["node"] if step == "#" else page[step]
        cursors = [e["cursor"] for e in page["edges"]]
        assert len(set(cursors)) == len(cursors)
        found = cursors + found if backwards else found + cursors
        more, other = page["pageInfo"]["hasNextPage"], page["pageInfo"]["hasPreviousPage"]
        if backwards:
            more, other = other, more
        assert other == (len(found) > len(cursors)), "what is on the side that we come from"
        if not more:
            return found


async def both_ways(database: Database, document: str, path: tuple[str, ...]) -> int:
    """Page forwards and backwards; return how many members there are."""
    (whole,) = [await paged(database, document, 5_000, backwards=False, path=path)]
    assert await paged(database, document, 337, backwards=False, path=path) == whole
    assert await paged(database, document, 400, backwards=True, path=path) == whole
    return len(whole)


@pytest.mark.parametrize("name", LISTS)
async def test_a_root_list(filled: Database, name: str) -> None:
    entity = MODEL.entity(name)
    count = await both_ways(filled, f"{{ {entity.plural}(%s) {{ {_PAGES} }} }}", (entity.plural or "",))
    kind = f" WHERE kind = '{entity.variant}'" if entity.variant else ""
    stored = await filled.fetchval(f"SELECT count(*) FROM {entity.table}{kind}")
    assert count == stored
    assert count >= ROWS - 1 or not _many_fit(entity)


def _many_fit(entity: Entity) -> bool:
    """Return whether rows that lead to the same others may be many."""
    return not any(all(c.endswith("_id") for c in u.columns) for u in entity.unique)


@pytest.mark.parametrize(("name", "field"), NESTED)
async def test_a_nested_list(filled: Database, name: str, field: str) -> None:
    entity = MODEL.entity(name)
    oldest = "last: 1" if "createdOn" in entity.by_name else "first: 1"
    inner = f"{field}(%s) {{ {_PAGES.replace('node { __typename }', '')} }}"
    document = f"{{ {entity.plural}({oldest}) {{ edges {{ node {{ {inner} }} }} }} }}"
    count = await both_ways(filled, document, (entity.plural or "", "#", field))
    assert count >= ROWS - 1 or (name, field) in FEW


COPY = """
INSERT INTO orders
SELECT (jsonb_populate_record(o, jsonb_build_object('id', $1::bigint, 'created_on', $2::timestamptz))).*
FROM orders o WHERE id = 1"""


async def test_rows_that_come_meanwhile_move_nothing(filled: Database) -> None:
    first = (await ask(filled, f"{{ orders(first: 300) {{ {_PAGES} }} }}"))["data"]["orders"]["edges"]
    async with filled.transaction() as connection:
        await connection.execute("SET LOCAL session_replication_role = replica")
        newest = await connection.fetchval("SELECT max(created_on) FROM orders")
        for number, age in enumerate((-1, 0.03)):  # one newer than all, one among those that were seen
            await connection.execute(COPY, 1_000_000 + number, newest - timedelta(seconds=age))
    document = f'{{ orders(first: 5000, after: "{first[-1]["cursor"]}") {{ {_PAGES} }} }}'
    rest = (await ask(filled, document))["data"]["orders"]["edges"]
    cursors = [e["cursor"] for e in (*first, *rest)]
    assert len(set(cursors)) == len(cursors) == ROWS


def _everything(entity: Entity) -> str:
    """Return the selection of every field of an entity, and the names of what its links and lists lead to."""
    parts = list(shown(entity))
    for found in entity.fields:
        if isinstance(found, Many):
            inner = "{ __typename }" if found.plain else "(first: 2) { edges { node { __typename } } }"
            parts.append(f"{found.name} {inner}")
        elif isinstance(found, One) and not found.hidden and found.output is None:
            parts.append(f"one_{found.name}: {found.name} {{ __typename }}")
    return " ".join(parts)


@pytest.mark.parametrize("name", sorted(e.name for e in MODEL.entities if e.plural))
async def test_every_field_can_be_read(filled: Database, name: str) -> None:
    entity = MODEL.entity(name)
    page = f"edges {{ cursor node {{ {_everything(entity)} }} }} pageInfo {{ hasNextPage hasPreviousPage }}"
    before = filled.statements
    answer = await ask(filled, f"{{ {entity.plural}(first: 20) {{ {page} }} }}")
    assert "errors" not in answer, answer
    assert filled.statements - before == 1
    assert len(answer["data"][entity.plural]["edges"]) == 20 or not _many_fit(entity)
