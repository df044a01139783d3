"""Which batches workers claim beside one another (see the how-to page on batches)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from penstock.ingest.accepting import NewBatch, accept, open_job
from penstock.ingest.claiming import Claims, complete

if TYPE_CHECKING:
    from penstock.database.pools import Database

NOW = datetime(2026, 2, 2, 12, tzinfo=UTC)
STOCK = "INVENTORY"
_WORKER = "INSERT INTO worker (id, alive, heartbeat, backend, backend_start, events) VALUES ($1, true, $2, 1, $2, '{}')"


class Hall:
    """Workers that claim batches of one job, and what each has in hand."""

    def __init__(self, database: Database, job: int) -> None:
        self.database = database
        self.job = job
        self.claims: dict[str, Claims] = {}
        self.ids: dict[str, uuid.UUID] = {}
        self.hands: dict[str, set[int]] = {}

    async def hire(self, *names: str) -> None:
        """Let workers begin."""
        for name in names:
            self.ids[name] = uuid.uuid4()
            self.hands[name] = set()
            self.claims[name] = Claims(self.database, self.ids[name], STOCK)
            await self.database.execute(_WORKER, self.ids[name], NOW)

    async def send(self, *records: Any, kind: str = STOCK) -> int:
        """Accept a batch and return its id."""
        batch = NewBatch(kind, "batch", "InventoryChanged", None, None, msgspec.json.encode(records), len(records))
        return await accept(self.database, self.job, batch, user_id=1, username="admin", now=NOW)

    async def claim(self, name: str, *, beside: bool = True) -> int | None:
        """Let a worker claim a batch; return its id."""
        batch = await self.claims[name].next(NOW, self.hands[name], beside=beside)
        if batch is None:
            return None
        self.hands[name].add(batch.id)
        return batch.id

    async def finish(self, name: str, id_: int) -> None:
        """Let a worker be done with a batch."""
        async with self.database.transaction() as connection:
            await complete(connection, id_, NOW)
        self.hands[name].discard(id_)


@pytest.fixture
async def hall(database: Database) -> Hall:
    job = await open_job(database, "stock", 0, None, user="admin", now=NOW)
    hall = Hall(database, job)
    await hall.hire("Anna", "Ben")
    return hall


def count(sku: object, location: object = "S1", **more: Any) -> dict[str, Any]:
    return {"skuRef": sku, "locationRef": location, "qty": 1, **more}


async def test_others_take_what_has_nothing_in_common(hall: Hall) -> None:
    first = await hall.send(count("A"), count("B"))
    second = await hall.send(count("A", "S2"), count("C"))
    assert await hall.claim("Anna") == first
    assert await hall.claim("Anna") is None  # a worker by itself takes them one after another
    assert await hall.claim("Ben", beside=False) is None
    assert await hall.claim("Ben") == second
    await hall.finish("Anna", first)
    third = await hall.send(count("A"))
    assert await hall.claim("Anna") == third


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (count("A"), count("A")),
        (count(7), count("7")),
        (count("A", ref="Q"), count("B", ref="Q")),
        (count("A"), count("A", ref="Q")),
        ({"qty": 1}, {"qty": 2}),  # what is wrong with them is found out later
        ({"skuRef": "A\u0000"}, {"skuRef": "A\u0000"}),
    ],
)
async def test_what_counts_the_same_waits(hall: Hall, one: dict[str, Any], other: dict[str, Any]) -> None:
    first = await hall.send(count("X"), one)
    second = await hall.send(other, count("Y"))
    third = await hall.send(count("Z"))
    assert await hall.claim("Anna") == first
    assert [await hall.claim("Ben"), await hall.claim("Ben")] == [None, None]  # nor does it pass the second
    await hall.finish("Anna", first)
    assert [await hall.claim("Ben"), await hall.claim("Anna")] == [second, third]


async def test_what_nobody_has_in_hand_comes_first(hall: Hall) -> None:
    first, second = await hall.send(count("A")), await hall.send(count("B"))
    assert [await hall.claim("Anna"), await hall.claim("Ben")] == [first, second]
    third = await hall.send(count("C"))
    await hall.database.execute("UPDATE worker SET alive = false WHERE id = $1", hall.ids["Anna"])
    await hall.hire("Cleo", "Dora")
    assert await hall.claim("Cleo") == first
    assert await hall.claim("Dora") == third  # beside two


async def test_only_stock_comes_in_beside_itself(hall: Hall) -> None:
    first, second = await hall.send({"ref": "L1"}, kind="LOCATION"), await hall.send({"ref": "L2"}, kind="LOCATION")
    stock = await hall.send(count("A"))
    assert [await hall.claim("Anna"), await hall.claim("Ben"), await hall.claim("Ben")] == [first, stock, None]
    await hall.finish("Anna", first)
    assert await hall.claim("Ben") == second
