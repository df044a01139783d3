"""Introspection as tools of Python ask for it, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from graphql import (
    build_client_schema,
    build_schema,
    get_introspection_query,
    lexicographic_sort_schema,
    print_schema,
)

if TYPE_CHECKING:
    from graphql import GraphQLSchema
    from served import Served

pytest_plugins = ["client_fixtures"]

_PUBLISHED = Path(__file__).parents[2] / "docs" / "reference" / "schema.graphql"
_NEWEST = {
    "specified_by_url": True,
    "directive_is_repeatable": True,
    "schema_description": True,
    "input_value_deprecation": True,
    "experimental_directive_deprecation": True,
    "input_object_one_of": True,
}


def text(schema: GraphQLSchema) -> str:
    return print_schema(lexicographic_sort_schema(schema))


async def test_the_newest_options_give_the_published_schema(served: Served) -> None:
    answer = await served.answer(get_introspection_query(**_NEWEST))
    assert "errors" not in answer, answer
    assert text(build_client_schema(answer["data"])) == text(build_schema(_PUBLISHED.read_text()))


async def test_without_descriptions_there_are_none(served: Served) -> None:
    types = (await served.answer(get_introspection_query(descriptions=False)))["data"]["__schema"]["types"]
    assert len(types) > 400
    assert not [t["name"] for t in types if "description" in t]


async def test_one_type_with_variables_beside_data(served: Served) -> None:
    document = """query ($type: String!, $old: Boolean) {
      kind: __type(name: $type) { kind fields(includeDeprecated: $old) { name args { name } } }
      none: __type(name: "Nothing") { name }
      __typename
      me { __typename username }
    }"""
    data = (await served.answer(document, {"type": "PageInfo", "old": True}))["data"]
    assert [f["name"] for f in data["kind"]["fields"]] == ["hasPreviousPage", "hasNextPage"]
    assert (data["none"], data["__typename"], data["me"]["__typename"]) == (None, "Query", "User")


async def test_typename_everywhere_as_caches_ask_for_it(served: Served) -> None:
    document = """{ __typename order(ref: "C-1") { __typename items { __typename edges { __typename
      node { __typename product { __typename } } } pageInfo { __typename hasNextPage } } } }"""
    items = (await served.answer(document))["data"]["order"]["items"]
    assert items["pageInfo"] == {"__typename": "PageInfo", "hasNextPage": False}
    assert {edge["node"]["product"]["__typename"] for edge in items["edges"]} == {"StandardProduct", "VariantProduct"}
    assert (await served.answer("mutation { __typename }"))["data"] == {"__typename": "Mutation"}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{ __schema { types { isNew } } }", "Cannot query field 'isNew' on type '__Type'"),
        ("{ __schema { types { fields(includeSecret: true) { name } } } }", "Unknown argument 'includeSecret'"),
        ("{ __type { name } }", "argument 'name' of type 'String!' is required"),
        ("{ __service { sdl } }", "Cannot query field '__service' on type 'Query'"),
    ],
)
async def test_what_the_schema_does_not_tell_is_refused(served: Served, document: str, said: str) -> None:
    answer = await served.answer(document)
    assert answer["data"] is None
    assert said in answer["errors"][0]["message"]
    assert answer["errors"][0]["extensions"] == {"classification": "ValidationError"}


async def test_types_nested_too_deep_to_be_asked_for_are_refused(served: Served) -> None:
    answer = await served.answer(get_introspection_query(type_depth=60))
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "C0001E"
