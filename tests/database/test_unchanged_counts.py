"""Which counts change nothing: the same ones, however it is found out (spec 20 §7.2)."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from penstock.ingest import unchanged as comparing
from penstock.ingest.counts import LAST_ON_HAND, Count
from penstock.model.rows import ROWS
from penstock.model.writes import Changes

if TYPE_CHECKING:
    from penstock.database.pools import Database

NOW = datetime(2026, 2, 2, 12, tzinfo=UTC)
CATALOGUE, SIZE = 1, 600
COMMON = {"created_on": NOW, "updated_on": NOW, "workflow_ref": "W", "workflow_version": 1, "status": "ACTIVE"}


def _row(table: str, id_: int, **values: Any) -> Any:
    return ROWS[table](id=id_, **COMMON, **values)


def _stock(drawn: random.Random, number: int) -> list[Any]:
    """Return what there is of a position: nothing, its usual quantity of five units, or something unusual."""
    kind = drawn.choice(["none", "no quantity", *["usual"] * 6, "other ref", "other type", "also sold", "of another"])
    if kind == "none":
        return []
    ref, id_ = f"SKU:L{number}:DEFAULT", 10 * number
    about = {"product_ref": "SKU", "location_ref": f"L{number}", "catalogue_id": CATALOGUE, "type": "DEFAULT"}
    position = _row("inventory_position", id_, ref=ref, **about)
    own = {"catalogue_id": CATALOGUE, "position_id": id_, "quantity": 5}
    usual = {"ref": f"{ref}:{LAST_ON_HAND}", "type": LAST_ON_HAND, **own}
    named = {**usual, "ref": f"named-{number}"}
    sold = {"ref": f"{ref}:SALE", "type": "SALE", **own}
    quantities: dict[str, list[dict[str, Any]]] = {
        "no quantity": [],
        "usual": [usual],
        "other ref": [named],
        "other type": [{**usual, "type": "DELTA", "quantity": 4, "status": "INACTIVE"}, named],
        "also sold": [usual, sold],
        "of another": [usual, {**named, "quantity": 4}],
    }
    rows = [
        ROWS["inventory_quantity"](id=id_ + n, **{**COMMON, **values}) for n, values in enumerate(quantities[kind], 1)
    ]
    return [position, *rows]


@pytest.fixture
async def stocked(database: Database) -> Database:
    drawn, changes = random.Random(1), Changes()
    changes.insert(_row("inventory_catalogue", CATALOGUE, ref="C", type="DEFAULT", name="C"))
    for number in range(1, SIZE + 1):
        for row in _stock(drawn, number):
            changes.insert(row)
    await changes.write(database)
    return database


@pytest.mark.parametrize("differing", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("usual", [True, False])
async def test_a_sample_changes_what_it_takes_to_compare_and_not_what_is_found(
    stocked: Database, monkeypatch: pytest.MonkeyPatch, differing: float, *, usual: bool
) -> None:
    drawn = random.Random(2)
    catalogue = ROWS["inventory_catalogue"](id=CATALOGUE, ref="C", type="DEFAULT")
    seen: list[Any] = []
    for number in range(1, SIZE + 1):
        quantity = 6 if drawn.random() < differing else 5
        ref = None if usual or number % 3 else f"named-{number}"
        count = Count(1, "C", "SKU", f"L{number}", quantity, LAST_ON_HAND, ref, None, 0, {}, {})
        seen.append((count, catalogue))
    monkeypatch.setattr(comparing, "MANY", SIZE + 1)
    plain = await comparing.unchanged(stocked, seen, comparing.DEFAULT)
    asked = stocked.statements
    monkeypatch.setattr(comparing, "MANY", SIZE)
    assert await comparing.unchanged(stocked, seen, comparing.DEFAULT) == plain
    assert stocked.statements - asked == (2 + (differing > 0.5) if usual else 1)
    assert sum(plain) > SIZE / 3 if differing < 0.5 else sum(plain) < SIZE / 2
