"""The schema against the contract: what we have is exact, what we lack is listed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    is_introspection_type,
    print_schema,
    validate_schema,
)

from penstock.api.graphql.schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import GraphQLNamedType, GraphQLSchema

FOLDER = Path(__file__).parent.parent / "contract"


@pytest.fixture(scope="module")
def contract() -> GraphQLSchema:
    return build_schema((FOLDER / "contract.graphql").read_text())


def members(type_: GraphQLNamedType) -> dict[str, str]:
    """Return what can be asked of a type: fields, arguments and values, each with its type."""
    found = {}
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in type_.fields.items():
            found[f".{name}"] = str(field.type)
            found |= {f".{name}({argument})": str(a.type) for argument, a in field.args.items()}
    elif isinstance(type_, GraphQLInputObjectType):
        found = {f".{name}": str(field.type) for name, field in type_.fields.items()}
    elif isinstance(type_, GraphQLEnumType):
        found = dict.fromkeys((f".{name}" for name in type_.values), "")
    return found


def differences(contract: GraphQLSchema) -> Iterator[str]:
    """Yield what is there but otherwise than the contract says."""
    for name, wanted in contract.type_map.items():
        ours = schema().type_map.get(name)
        if ours is None:
            continue
        if type(ours) is not type(wanted):
            yield f"{name} is a {type(ours).__name__}"
        have = members(ours)
        for member, type_ in members(wanted).items():
            if have.get(member, type_) != type_:
                yield f"{name}{member} is {have[member]}, not {type_}"
        if isinstance(wanted, GraphQLObjectType) and isinstance(ours, GraphQLObjectType):
            missing = {i.name for i in wanted.interfaces} - {i.name for i in ours.interfaces}
            yield from (f"{name} does not implement {interface}" for interface in missing)


def lacking(contract: GraphQLSchema) -> Iterator[str]:
    """Yield what the contract has and we do not: types as a whole, else their fields, else arguments."""
    for name, wanted in contract.type_map.items():
        ours = schema().type_map.get(name)
        if ours is None:
            yield name
            continue
        have = members(ours)
        for member in members(wanted):
            field = member.partition("(")[0]
            if member not in have and (member == field or field in have):
                yield name + member


def test_what_we_have_is_exact(contract: GraphQLSchema) -> None:
    assert list(differences(contract)) == []


def test_what_we_lack_is_listed(contract: GraphQLSchema) -> None:
    listed = (FOLDER / "not_built.txt").read_text().split()
    assert listed == sorted(lacking(contract))


def test_the_schema_is_valid_and_described() -> None:
    assert validate_schema(schema()) == []
    assert print_schema(schema()).startswith('"""')
    for name, type_ in schema().type_map.items():
        if is_introspection_type(type_) or name in {"Query", "Mutation"}:
            continue
        assert type_.description, name
        for field in getattr(type_, "fields", {}).values():
            assert field.description, name
