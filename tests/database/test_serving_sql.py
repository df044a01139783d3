"""Whom a catalogue serves, said in SQL and in Python (spec 30 §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock.model.serving import serves, serving

if TYPE_CHECKING:
    from penstock.database.pools import Database

_SERVED = f"SELECT {serving('$1::text[]', 'r.ref')} FROM (SELECT $2::text AS ref) r"


@pytest.mark.parametrize("refs", [None, [], ["ONE"], ["TWO", "ONE"], ["TWO"], ["MASTER"], ["TWO", "MASTER"]])
async def test_sql_says_what_python_says(database: Database, refs: list[str] | None) -> None:
    for retailer in ("ONE", "TWO", "THREE"):
        assert await database.fetchval(_SERVED, refs, retailer) is serves(refs, retailer), retailer
