"""The schema has all that the contract has, exactly so, and describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import is_introspection_type, is_specified_scalar_type, validate_schema

from contractual import contract, differences, lacking
from penstock.api.graphql.schema import schema
from penstock.model.glossary import meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 200  # characters of a description


def test_nothing_is_other_than_the_contract() -> None:
    assert list(differences(contract(), schema())) == []


def test_nothing_of_the_contract_is_missing() -> None:
    assert list(lacking(contract(), schema())) == []


def test_the_schema_is_valid() -> None:
    assert validate_schema(schema()) == []


def letters(text: str) -> str:
    """Return a text's letters alone, in lower case."""
    return "".join(c for c in text.lower() if c.isalpha())


def descriptions() -> Iterator[tuple[str, str, str]]:
    """Yield all that the schema describes: where it stands, its name, what is said of it."""
    for type_ in schema().type_map.values():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        yield type_.name, type_.name, type_.description or ""
        members = getattr(type_, "fields", None) or getattr(type_, "values", {})
        for name, member in members.items():
            yield f"{type_.name}.{name}", name, member.description or ""
            for argument, a in getattr(member, "args", {}).items():
                yield f"{type_.name}.{name}({argument})", argument, a.description or ""


def test_no_description_only_repeats_the_name() -> None:
    assert [where for where, name, text in descriptions() if letters(text) in {"", letters(name)}] == []


def test_descriptions_are_short_sentences() -> None:
    assert [where for where, _, text in descriptions() if not text.endswith(".")] == []
    assert [where for where, _, text in descriptions() if len(text) > LONGEST] == []


def test_a_field_that_nothing_describes_says_what_to_do() -> None:
    with pytest.raises(KeyError, match=r"Supplier\.leadTime has no description"):
        meaning("Supplier", "leadTime")
