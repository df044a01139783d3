"""The schema has all that the contract has, exactly so, and describes it."""

from __future__ import annotations

from graphql import is_introspection_type, print_schema, validate_schema

from contractual import contract, differences, lacking
from penstock.api.graphql.schema import schema


def test_nothing_is_other_than_the_contract() -> None:
    assert list(differences(contract(), schema())) == []


def test_nothing_of_the_contract_is_missing() -> None:
    assert list(lacking(contract(), schema())) == []


def test_the_schema_is_valid_and_described() -> None:
    assert validate_schema(schema()) == []
    assert print_schema(schema()).startswith('"""')
    for name, type_ in schema().type_map.items():
        if is_introspection_type(type_) or name in {"Query", "Mutation"}:
            continue
        assert type_.description, name
        for field in getattr(type_, "fields", {}).values():
            assert field.description, name
