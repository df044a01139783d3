"""What many callers write at once goes together, and is each caller's own all the same."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from planned import planned
from test_writes import order

from penstock.database.gathering import MOST, Gathering
from penstock.model.registry import MODEL
from penstock.model.together import MOST_ROWS, Together
from penstock.model.writes import Changes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from penstock.database.pools import Database


@pytest.fixture(scope="module")
async def stored(postgres: str, templates: dict[str, str]) -> AsyncIterator[Database]:
    async with planned(postgres, templates, "test_gathering") as database:
        yield database


def written(*orders: Any) -> Changes:
    changes = Changes()
    for each in orders:
        changes.insert(each)
    return changes


async def refs(database: Database, prefix: str) -> list[str]:
    found = await database.fetch("SELECT ref FROM orders WHERE ref LIKE $1 || '%' ORDER BY id", prefix)
    return [record["ref"] for record in found]


async def test_what_comes_during_a_write_goes_as_one_statement(stored: Database) -> None:
    together, before = Together(stored), stored.statements
    await asyncio.gather(*(together.write(written(order(10_000 + n, ref=f"T{n:02}"))) for n in range(30)))
    assert await refs(stored, "T") == [f"T{n:02}" for n in range(30)]
    assert stored.statements - before == 2 + 1  # the first, the others, and our look


async def test_only_the_guilty_caller_hears_of_what_is_refused(stored: Database) -> None:
    together = Together(stored)
    callers = [written(order(20_000 + n, ref=f"G{n if n != 5 else 3}")) for n in range(8)]
    outcomes = await asyncio.gather(*map(together.write, callers), return_exceptions=True)
    assert [type(o) for n, o in enumerate(outcomes) if n != 5] == [type(None)] * 7
    assert isinstance(outcomes[5], asyncpg.UniqueViolationError)
    assert await refs(stored, "G") == ["G0", "G1", "G2", "G3", "G4", "G6", "G7"]


async def test_a_caller_that_goes_away_while_waiting_writes_nothing(stored: Database) -> None:
    together = Together(stored)
    tasks = [asyncio.create_task(together.write(written(order(30_000 + n, ref=f"A{n}")))) for n in range(4)]
    await asyncio.sleep(0)
    tasks[2].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert await refs(stored, "A") == ["A0", "A1", "A3"]


async def test_the_first_that_goes_away_lets_the_others_go_on(stored: Database) -> None:
    together = Together(stored)
    tasks = [asyncio.create_task(together.write(written(order(40_000 + n, ref=f"F{n}")))) for n in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert {"F1", "F2"} <= set(await refs(stored, "F"))


async def test_changes_of_stored_rows_wait_for_nobody(stored: Database) -> None:
    together, before = Together(stored), stored.statements
    await together.write(written(order(50_000, ref="U")))
    changes = [Changes() for _ in range(4)]
    for each in changes:
        each.update(MODEL.entity("Order"), 50_000, {"status": "BOOKED"})
    await asyncio.gather(*map(together.write, changes))
    assert stored.statements - before == 5


async def test_a_lost_server_is_told_to_all_and_nothing_is_repeated() -> None:
    runs: list[int] = []

    async def run(_kind: str, items: list[int]) -> Sequence[int]:
        runs.append(len(items))
        await asyncio.sleep(0)
        raise ConnectionResetError("gone")

    gathering: Gathering[str, int, int] = Gathering(run)
    outcomes = await asyncio.gather(*(gathering.add("x", n) for n in range(4)), return_exceptions=True)
    assert all(isinstance(o, ConnectionResetError) for o in outcomes)
    assert runs == [1, 3]


async def test_a_group_has_an_end() -> None:
    sizes: list[int] = []

    async def run(_kind: str, items: list[int]) -> Sequence[int]:
        sizes.append(len(items))
        await asyncio.sleep(0)
        return items

    gathering: Gathering[str, int, int] = Gathering(run, lambda weight: weight, MOST_ROWS)
    weights = [1] * (MOST + 10) + [MOST_ROWS * 2] + [MOST_ROWS // 2] * 3
    assert await asyncio.gather(*(gathering.add("x", w) for w in weights)) == weights
    assert sizes == [1, MOST, 9, 1, 2, 1]
