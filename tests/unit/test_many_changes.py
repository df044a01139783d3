"""Changes of many rows at once, as those of single ones: in their order, with the revisions that they raise."""

from __future__ import annotations

from typing import Any

from penstock.orchestration.run import Run
from penstock.testing import NOW, row

LOT = {"name": "lot", "type": "STRING", "value": "7"}


def quantity(number: int, **values: Any) -> Any:
    about = {"ref": f"Q{number}", "type": "LAST_ON_HAND", "status": "ACTIVE", "quantity": 1, "catalogue_id": 60}
    return row("InventoryQuantity", id=number, position_id=500 + number, **{**about, **values})


def both_ways(changes: list[tuple[int, dict[str, Any]]], *, made: bool = False) -> None:
    """Change rows at once and one by one; the same must be stored, noted and raised."""
    runs = [Run(1, [], outside=True), Run(1, [], outside=True)]
    for run in runs:
        run.add_all("inventory_quantity", [quantity(1), quantity(2)])
        if made:
            run.create_all([quantity(3)])
    at_once, single = runs
    rows = at_once.rows["inventory_quantity"]
    at_once.update_all([(n, rows[id_], values) for n, (id_, values) in enumerate(changes)], NOW)
    for id_, values in changes:
        single.update(single.rows["inventory_quantity"][id_], values, NOW)
    for what in ("updated", "raised"):
        assert getattr(at_once.changes, what) == getattr(single.changes, what), what
    assert at_once.before == single.before
    assert at_once.rows == single.rows


def test_many_changes_store_what_single_ones_would() -> None:
    both_ways([(1, {"quantity": 5}), (2, {"quantity": 1, "status": "INACTIVE"})])


def test_the_later_of_two_changes_of_a_row_stays() -> None:
    both_ways([(1, {"quantity": 5, "status": "INACTIVE"}), (1, {"quantity": 6})])


def test_the_later_change_stays_though_it_has_attributes() -> None:
    both_ways([(1, {"quantity": 5}), (1, {"quantity": 6, "attributes": [LOT]}), (1, {"quantity": 7})])


def test_what_is_new_is_changed_where_it_is() -> None:
    both_ways([(3, {"quantity": 5}), (2, {"quantity": 5})], made=True)
