"""Every entity: create, read back, update, read back, find by each filter; with random valid input."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from furniture import Furnishing
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from roundtrip import Made, Writer, expected, merged, shown
from shop import Shop

from conftest import create_database, drop_database
from penstock.api.graphql.filters import filters, getter
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.operations import MUTATIONS
from penstock.database.pools import Database
from penstock.model.notation import words
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column, Embedded, Entity, One, Scalar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from roundtrip import World

    from conftest import Stream
    from penstock.api.graphql.filters import Argument

Node = dict[str, Any]
EXAMPLES = int(os.environ.get("PENSTOCK_TEST_EXAMPLES", "8"))  # for each entity
FEW = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # a whole world takes too long to make smaller
)
CREATED = sorted(e.name for e in MODEL.entities if f"create{e.name}" in MUTATIONS)


@pytest.fixture(scope="module")
async def furnished(postgres: str, templates: dict[Stream, str]) -> AsyncIterator[tuple[Shop, Furnishing]]:
    url = await create_database(postgres, template=templates["account"])
    database = await Database.open(url)
    shop = Shop(database)
    made = Furnishing(shop)
    await made.furnish()
    yield shop, made
    await database.close()
    await drop_database(postgres, url)


@pytest.mark.parametrize("name", CREATED)
@FEW
@given(data=st.data())
async def test_round_trip(furnished: tuple[Shop, Furnishing], name: str, data: st.DataObject) -> None:
    shop, furnishing = furnished
    entity, world = MODEL.entity(name), furnishing.world
    writer = Writer(data.draw, world)
    wanted = writer.input(entity, "create")
    document = f"mutation ($i: Create{name}Input) {{ create{name}(input: $i) {{ id {' '.join(shown(entity))} }} }}"
    row = await shop.run(document, i=wanted)
    known = expected(entity, "create", wanted, writer.links)
    assert {f: row[f] for f in known} == known, "as created"
    made = Made(entity, {**row, **wanted, "ref": row.get("ref")}, row["id"], writer.links)
    assert await read(shop, world, made, row) == row, "read back"
    if entity.update and "update" in entity.mutations:
        row = await updated(shop, world, made, row, data)
    for argument in filters(name) if entity.plural else ():
        value = filter_value(argument, entity, row, made, world)
        if value is not None:
            page = "first: 5000) { edges { node { id } } }"
            found = await shop.run(
                f"query ($v: {argument.type}) {{ {entity.plural}({argument.name}: $v, {page} }}", v=value
            )
            assert row["id"] in {e["node"]["id"] for e in found["edges"]}, (argument.name, value)


async def updated(shop: Shop, world: World, made: Made, row: Node, data: st.DataObject) -> Node:
    """Update a row; return what is read back."""
    entity = made.entity
    writer = Writer(data.draw, world)
    wanted = writer.input(entity, "update")
    key = {
        part: made.id if part == "id" else made.given.get(part, row.get(part))
        for part in plan_of(entity.name, "update").key
    }
    known = merged(entity, expected(entity, "update", wanted, writer.links), row)
    inner = f"id {' '.join(shown(entity))}"
    document = f"mutation ($i: Update{entity.name}Input) {{ update{entity.name}(input: $i) {{ {inner} }} }}"
    after = await shop.run(document, i={**wanted, **key})
    named = {word.field for word in plan_of(entity.name, "update").words if word.name in wanted}
    kept = {f: v for f, v in row.items() if f not in known and f not in named and f != "updatedOn"}
    assert {f: after[f] for f in known} == known, "as updated"
    assert {f: after[f] for f in kept} == kept, "not touched"
    made.given |= {f: v for f, v in wanted.items() if f in {"ref", "name", "username"}}
    made.links |= writer.links
    assert await read(shop, world, made, after) == after, "read back after the update"
    return dict(after)


async def read(shop: Shop, world: World, made: Made, row: Node) -> Node:
    """Read a row by its own query, else from its list."""
    entity = made.entity
    inner = f"id {' '.join(shown(entity))}"
    if entity.gets:
        name, arguments = getter(entity.name, entity.gets[0])
        parts = {w.name: w for w in words(entity.gets[0].partition("(")[2].rstrip(")"))}
        values = {a.name: world.part(parts[a.name], made) for a in arguments}
        declared = ", ".join(f"${a.name}: {a.type}" for a in arguments)
        called = ", ".join(f"{a.name}: ${a.name}" for a in arguments)
        return dict(await shop.run(f"query ({declared}) {{ {name}({called}) {{ {inner} }} }}", **values))
    found = await shop.run(f"{{ {entity.plural}(first: 5000) {{ edges {{ node {{ {inner} }} }} }} }}")
    return next(e["node"] for e in found["edges"] if e["node"]["id"] == row["id"])


def filter_value(argument: Argument, entity: Entity, row: Node, made: Made, world: World) -> Any:
    """Return a value by which a filter must find the row; None where the row has none."""
    if argument.name == "retailerId":
        return int(made.links["retailer"].id) if "retailer" in made.links else None
    field, value = entity.by_name.get(argument.name), row.get(argument.name)
    if isinstance(field, One):
        return world.key(argument.type.rstrip("!"), made.links[field.name]) if field.name in made.links else None
    if not value or not isinstance(field, Column):
        return value if isinstance(field, Embedded) else None
    return {"from": value, "to": value} if field.scalar is Scalar.DATETIME else [value]
