"""Long arrays come back from the database as they went there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.database import arrays

if TYPE_CHECKING:
    from penstock.database.pools import Database

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
AWKWARD = ["", "null", "NULL", "{", "}", ",", '"', "\\", '\\"', "a\nb", "\t", " ", "\x01", "é", "a,b", "{x}", None]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS | st.sampled_from(AWKWARD), max_size=20))
async def test_texts(database: Database, texts: list[Any]) -> None:
    sql = f"SELECT {arrays.given(1, 'text')}"
    assert await database.fetchval(sql, arrays.literal(texts)) == texts


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        ("bigint", []),
        ("bigint", [1, -(2**63), None, 2**63 - 1]),
        ("integer", [0, None]),
        ("boolean", [True, False, None]),
        ("double precision", [0.1, 1e300, -2.5, 3, None]),
        ("text", AWKWARD),
    ],
)
async def test_others(database: Database, type_: str, values: list[Any]) -> None:
    assert await database.fetchval(f"SELECT {arrays.given(1, type_)}", arrays.literal(values)) == values
