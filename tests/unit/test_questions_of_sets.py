"""What set forms ask: a question within an earlier one is answered by that."""

from __future__ import annotations

import pytest

from penstock.rules.sets import RowsWhere

READ = RowsWhere("InventoryQuantity", (("position_id", [1, 2, 3]), ("status", ["ACTIVE", "CREATED"])))


@pytest.mark.parametrize(
    ("entity", "where", "within"),
    [
        ("InventoryQuantity", (("position_id", [1, 3]), ("status", ["ACTIVE"])), True),
        ("InventoryQuantity", (("position_id", [2]), ("type", ["SALE"]), ("status", ["CREATED", "ACTIVE"])), True),
        ("InventoryQuantity", (("position_id", [1, 4]), ("status", ["ACTIVE"])), False),
        ("InventoryQuantity", (("position_id", [1]), ("status", ["ACTIVE", "INACTIVE"])), False),
        ("InventoryQuantity", (("position_id", [1]), ("type", ["SALE"])), False),
        ("VirtualPosition", (("position_id", [1]), ("status", ["ACTIVE"])), False),
    ],
)
def test_a_question_is_within_one_that_has_read_all_of_it(
    entity: str, where: tuple[tuple[str, list[object]], ...], *, within: bool
) -> None:
    assert RowsWhere(entity, where).within(READ) is within
