"""Numbers without a round trip each, and UUIDs in order of time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from penstock.database.ids import IdSource, uuid7

if TYPE_CHECKING:
    from penstock.database.pools import Database


@pytest.fixture
async def sources(database: Database) -> tuple[IdSource, IdSource]:
    await database.execute("CREATE SEQUENCE IF NOT EXISTS id_block")
    return IdSource(database), IdSource(database)


async def test_two_sources_never_give_the_same_number(sources: tuple[IdSource, IdSource]) -> None:
    taken: list[int] = []
    for count in (1, 999, 1, 2_500, 3):
        for source in sources:
            await source.reserve(count)
            taken += [source.take() for _ in range(count)]
    assert len(set(taken)) == len(taken) == 2 * 3_504


async def test_a_block_costs_one_statement_for_a_thousand(database: Database) -> None:
    await database.execute("CREATE SEQUENCE IF NOT EXISTS id_block")
    source = IdSource(database)
    before = database.statements
    for _ in range(1_000):
        await source.reserve(1)
        source.take()
    await asyncio.gather(*(source.reserve(2_000) for _ in range(5)))
    assert database.statements - before == 2


async def test_taking_without_reserving_is_refused(sources: tuple[IdSource, IdSource]) -> None:
    with pytest.raises(LookupError):
        sources[0].take()
    await sources[0].reserve(1_000)
    assert len({sources[0].take() for _ in range(1_000)}) == 1_000
    with pytest.raises(LookupError):
        sources[0].take()


def test_uuids_sort_by_time() -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    made = [uuid7(start + timedelta(microseconds=step)) for step in range(0, 5_000, 7)]
    assert made == sorted(made)
    assert {each.version for each in made} == {7}
    assert {each.variant for each in made} == {"specified in RFC 4122"}
    assert made[0].int >> 80 == int(start.timestamp() * 1000)
