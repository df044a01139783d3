"""What a running server says of itself, against the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import build_client_schema, get_introspection_query

from contractual import contract, differences, lacking

if TYPE_CHECKING:
    from house import House

pytest_plugins = ["opened_house"]


async def test_the_introspected_schema_is_the_contract(house: House) -> None:
    answer = await house.admin.answer(get_introspection_query())
    served = build_client_schema(answer["data"])
    assert [*differences(contract(), served), *lacking(contract(), served)] == []
