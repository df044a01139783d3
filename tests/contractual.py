"""A schema against the contract, member by member."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import GraphQLNamedType, GraphQLSchema

_FILE = Path(__file__).parent / "contract" / "contract.graphql"


def contract() -> GraphQLSchema:
    """Return the contract."""
    return build_schema(_FILE.read_text())


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


def differences(contract: GraphQLSchema, served: GraphQLSchema) -> Iterator[str]:
    """Yield what is there but otherwise than the contract says."""
    for name, wanted in contract.type_map.items():
        ours = served.type_map.get(name)
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


def lacking(contract: GraphQLSchema, served: GraphQLSchema) -> Iterator[str]:
    """Yield what the contract has and we do not: types as a whole, else their fields, else arguments."""
    for name, wanted in contract.type_map.items():
        ours = served.type_map.get(name)
        if ours is None:
            yield name
            continue
        have = members(ours)
        for member in members(wanted):
            field = member.partition("(")[0]
            if member not in have and (member == field or field in have):
                yield name + member
