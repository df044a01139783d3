"""What refs of the stock ledger tell: PostgreSQL reads them as Python writes them (spec 20 §1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock.inventory.refs import HOLDER, RETURNED, quantity_ref, returned_ref

if TYPE_CHECKING:
    from penstock.database.pools import Database

POSITION = "A:S1:DEFAULT"


@pytest.mark.parametrize(
    ("ref", "type_", "holder"),
    [
        (quantity_ref(POSITION, "RESERVED", 9001), "RESERVED", "9001"),
        (quantity_ref(POSITION, "SALE", "9001"), "SALE", "9001"),
        (quantity_ref(POSITION, "SALE"), "SALE", None),
        (quantity_ref(POSITION, "SALE", 9001), "DELTA", None),
        (quantity_ref("A:SALE:7", "SALE"), "SALE", None),
        (quantity_ref(POSITION, "CORRECTION", 9001, 2), "CORRECTION", None),
        ("COUNT:9001", "SALE", None),
        ("A:SALE:COUNT:9001", "SALE", None),
        ("X:SALE:90010000000000000000", "SALE", None),
        ("9001", "SALE", None),
    ],
)
async def test_the_holder_of_a_quantity(database: Database, ref: str, type_: str, holder: str | None) -> None:
    found = await database.fetchval(f"SELECT {HOLDER} FROM (VALUES ($1::text, $2::text)) q (ref, type)", ref, type_)
    assert found == holder


@pytest.mark.parametrize(("item", "ref"), [("R1-1", "R1-1"), ("1", "R1:1"), ("R", "R1:R"), ("R1", "R1")])
async def test_the_ref_of_what_was_returned(database: Database, item: str, ref: str) -> None:
    rows = "(VALUES ($1::text)) r (ref), (VALUES ($2::text)) i (ref)"
    assert await database.fetchval(f"SELECT {RETURNED} FROM {rows}", "R1", item) == returned_ref("R1", item) == ref
