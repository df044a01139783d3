"""Updates of nested rows: those named change as asked, nothing else does (spec 12 §6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type
from hypothesis import given, settings
from hypothesis import strategies as st
from roundtrip import Writer, expected, merged, shown
from test_roundtrip import FEW, furnished

from penstock.api.graphql.mutations.generic.plans import Children, plan_of
from penstock.api.graphql.operations import MUTATIONS
from penstock.api.graphql.schema import schema
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from furniture import Furnishing
    from shop import Shop

    from penstock.api.graphql.mutations.generic.plans import Nested, Plan
    from penstock.model.vocabulary import Entity

assert furnished  # the fixture

Node = dict[str, Any]
ROLES = "roles"  # of a user: tests/database/test_mutations_people.py


def _parts() -> dict[str, tuple[Entity, Nested | Children]]:
    """Return the rows that updates change below a row, by the path to them."""
    found = {}
    for entity in MODEL.entities:
        if entity.update and f"update{entity.name}" in MUTATIONS:
            for part in plan_of(entity.name, "update").parts:
                if part.wire != ROLES:
                    found[f"{entity.name}.{part.wire}"] = entity, part
    return found


PARTS = _parts()


def _type_of(entity: Entity, wire: str) -> str:
    declared = schema().get_type(f"Update{entity.name}Input")
    assert isinstance(declared, GraphQLInputObjectType)
    return str(get_named_type(declared.fields[wire].type))


def _selection(entity: Entity, part: Nested | Children, below: Plan) -> str:
    """Return the selection of the row and of the rows below it."""
    inner = " ".join(shown(below.entity))
    if isinstance(part, Children):
        many = f"edges {{ node {{ {inner} }} }}"
        return f"id {' '.join(shown(entity))} below: {part.wire} {{ {inner if part.field.plain else many} }}"
    typed = (
        f"{{ ... on {below.entity.name} {{ {inner} }} }}"
        if part.field.target != below.entity.name
        else f"{{ {inner} }}"
    )
    return f"id {' '.join(shown(entity))} below: {part.wire} {typed}"


def _rows(row: Node) -> list[Node]:
    below = row["below"]
    if isinstance(below, dict):
        return [e["node"] for e in below["edges"]] if "edges" in below else [below]
    return list(below)


def _key(entity: Entity, made: Node, row: Node) -> Node:
    return {k: row["id"] if k == "id" else made.get(k, row.get(k)) for k in plan_of(entity.name, "update").key}


@pytest.mark.parametrize("path", PARTS)
@FEW
@given(data=st.data())
async def test_a_nested_row_changes_alone(furnished: tuple[Shop, Furnishing], path: str, data: st.DataObject) -> None:
    shop, furnishing = furnished
    entity, part = PARTS[path]
    below = plan_of(entity.name, "update").below(part)
    selection = _selection(entity, part, below)
    given_ = Writer(data.draw, furnishing.world, whole=True).input(entity, "create")
    document = f"mutation ($i: Create{entity.name}Input) {{ create{entity.name}(input: $i) {{ {selection} }} }}"
    before = await shop.run(document, i=given_)
    rows = _rows(before)
    chosen = data.draw(st.integers(0, len(rows) - 1))
    writer = Writer(data.draw, furnishing.world)
    wanted = writer.input(below.entity, below.verb, entity.name, _type_of(entity, part.wire))
    unique = isinstance(part, Children) and part.unique
    if unique:
        wanted |= {k: rows[chosen][k] for k in ("type", "currency")}
    else:
        wanted |= {k: rows[chosen][k] for k in below.key}
    change = {**_key(entity, given_, before), part.wire: [wanted] if isinstance(part, Children) else wanted}

    document = f"mutation ($i: Update{entity.name}Input) {{ update{entity.name}(input: $i) {{ {selection} }} }}"
    after = await shop.run(document, i=change)

    known = merged(below.entity, expected(below.entity, below.verb, wanted, writer.links, entity.name), rows[chosen])
    named = {w.field for w in below.words if w.name in wanted}
    for number, (old, new) in enumerate(zip(rows, _rows(after), strict=True)):
        if number == chosen:
            assert {f: new[f] for f in known} == known, "as updated"
        changed = named | {"updatedOn"} if number == chosen else set()
        kept = {f: v for f, v in old.items() if f not in changed}
        assert {f: new[f] for f in kept} == kept, "not touched"
    same = {f: v for f, v in before.items() if f not in {"below", "updatedOn", part.wire}}
    assert {f: after[f] for f in same} == same, "the row itself"


@pytest.mark.parametrize("path", [p for p, (_, part) in PARTS.items() if not getattr(part, "unique", None)])
@settings(FEW, max_examples=2)
@given(data=st.data())
async def test_a_nested_row_that_is_not_there(
    furnished: tuple[Shop, Furnishing], path: str, data: st.DataObject
) -> None:
    """Neither a row that does not exist, nor one of another parent, nor one without its key is changed."""
    shop, furnishing = furnished
    entity, part = PARTS[path]
    below = plan_of(entity.name, "update").below(part)
    selection = _selection(entity, part, below)
    made = []
    for _ in range(2):
        given_ = Writer(data.draw, furnishing.world, whole=True).input(entity, "create")
        document = f"mutation ($i: Create{entity.name}Input) {{ create{entity.name}(input: $i) {{ {selection} }} }}"
        made.append((given_, await shop.run(document, i=given_)))
    (mine, row), (_, other) = made
    document = f"mutation ($i: Update{entity.name}Input) {{ update{entity.name}(input: $i) {{ id }} }}"
    theirs = {k: _rows(other)[0][k] for k in below.key}
    unknown = dict.fromkeys(below.key, "987654321")
    for key, codes in ((theirs, {"C0120E"}), (unknown, {"C0120E"}), ({}, {None, "C0140E"})):
        value: Any = [key] if isinstance(part, Children) else key
        answer = await shop.answer(document, i={**_key(entity, mine, row), part.wire: value})
        assert answer["data"] is None or answer["data"][f"update{entity.name}"] is None, key
        assert answer["errors"][0]["extensions"].get("code") in codes, answer
