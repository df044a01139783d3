"""Where a batch is cut into portions: a portion is as large as what it changes (ADR 22)."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from penstock.ingest import inventory
from penstock.ingest.counts import Count
from penstock.ingest.ingester import _portions
from penstock.ingest.inventory import InventoryLoad, Line
from penstock.ingest.loading import Order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.ingest.counts import Counted


class Compared(InventoryLoad):
    """A batch whose records were compared: those that are true change something."""

    def __init__(self, changing: list[bool]) -> None:
        parts: Any = None
        batch: Any = SimpleNamespace(conditions=None)
        super().__init__(parts, Order(batch, [{} for _ in changing], None), [])
        self._lines = {n: Line(None) for n in range(len(changing))}
        for n, changes in enumerate(changing):
            if not changes:
                self._lines[n].skip("unchanged")


def cut(load: Any, changing: list[bool], first: int, size: int, most: int) -> list[tuple[int, int]]:
    """Return the numbers at which portions begin, and how many records they have."""
    records: list[dict[str, Any]] = [{} for _ in changing]
    return [(at, len(own)) for at, own in asyncio.run(_portions(load, records, first, size, most))]


@pytest.mark.parametrize(
    ("changing", "size", "portions"),
    [
        ([True] * 5, 2, [(0, 2), (2, 2), (4, 1)]),
        ([False] * 5, 2, [(0, 5)]),
        ([True, False, False, True, False, True, False], 2, [(0, 5), (5, 2)]),
        ([False, True], 1, [(0, 2)]),
        ([True], 1, [(0, 1)]),
    ],
)
def test_a_portion_is_as_large_as_what_it_changes(
    changing: list[bool], size: int, portions: list[tuple[int, int]]
) -> None:
    load = Compared(changing)
    assert cut(load, changing, 0, size, 9) == portions
    assert cut(load, changing, 0, size, 1) == portions[:1]
    assert cut(load, changing, portions[-1][0], size, 9) == portions[-1:]


@pytest.mark.parametrize("size", [1, 5])  # records are compared five and twenty-five at once
def test_a_count_behind_a_change_of_its_position_is_none_of_the_unchanged(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count(sku: str, type_: str = "LAST_ON_HAND") -> Count:
        return Count(2, "DEFAULT:2", sku, "S1", 8, type_, None, None, 0, {}, {})

    async def unchanged(_reader: Any, seen: Sequence[Counted], _conditions: Any) -> list[bool]:
        return [count.type == "LAST_ON_HAND" for count, _ in seen]

    async def busy_lanes(_reader: Any, _catalogue: int) -> set[int]:
        return set()

    monkeypatch.setattr(inventory, "unchanged", unchanged)
    monkeypatch.setattr(inventory, "busy_lanes", busy_lanes)
    catalogue = SimpleNamespace(id=1, ref="DEFAULT:2", type="DEFAULT", retailer_refs=["R"])
    configuration = SimpleNamespace(
        retailers={2: "R"}, catalogues={"InventoryCatalogue": [catalogue]}, setting=lambda *_: None
    )

    async def now() -> Any:
        return configuration

    parts: Any = SimpleNamespace(database=None, configurations=SimpleNamespace(now=now))
    batch: Any = SimpleNamespace(conditions=None, preprocessing=None)
    principal: Any = SimpleNamespace(scope=lambda _: SimpleNamespace(covers=lambda _: True))
    counts = [count("A", "DELTA"), *(count(f"P{n}") for n in range(8)), count("A"), count("B")]
    load = InventoryLoad(parts, Order(batch, [{} for _ in counts], principal), [*counts])
    assert cut(load, [True] * len(counts), 0, size, 9) == ([(0, 9), (9, 2)] if size == 1 else [(0, 11)])


def test_what_cannot_be_compared_is_cut_by_numbers() -> None:
    class Broken(Compared):
        async def cut(self, first: int, size: int) -> int:
            raise ValueError(first, size)

    assert cut(Broken([]), [True] * 5, 1, 2, 9) == [(1, 2), (3, 2)]


def test_a_database_that_is_away_is_waited_for() -> None:
    class Away(Compared):
        async def cut(self, first: int, size: int) -> int:
            raise ConnectionRefusedError(first, size)

    with pytest.raises(ConnectionRefusedError):
        cut(Away([]), [True], 0, 1, 1)
