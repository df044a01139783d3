"""Lanes cover every slot once; attributes merge in the database as they do in memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from penstock.model.rows import merged
from penstock.orchestration.lanes import SLOTS, numbered, range_of, ranges, slot_of

if TYPE_CHECKING:
    from penstock.database.pools import Database

LANES = st.integers(-(2**63), 2**63 - 1)
SLOT_SETS = st.sets(st.integers(0, SLOTS - 1))
ATTRIBUTES = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from("abcd"), "value": st.integers(0, 9)}), unique_by=lambda a: a["name"]
)


@given(LANES)
def test_a_lane_lies_in_the_range_of_its_slot(lane: int) -> None:
    low, high = range_of(slot_of(lane))
    assert low <= lane <= high


@given(SLOT_SETS, LANES, st.none() | LANES, st.sets(LANES, max_size=3))
def test_ranges_hold_the_lanes_of_their_slots_and_no_others(
    slots: set[int], lane: int, after: int | None, without: set[int]
) -> None:
    holding = [r for r in ranges(slots, after, without) if r[0] <= lane <= r[1]]
    assert len(holding) == (slot_of(lane) in slots and lane not in without)


@given(SLOT_SETS, LANES)
def test_rotation_begins_behind_the_lane_and_comes_back_to_it(slots: set[int], after: int) -> None:
    rotated = ranges(slots, after)
    behind = [r for r in rotated if r[0] > after]
    assert rotated == behind + [r for r in rotated if r[1] <= after]
    assert sum(high - low + 1 for low, high in rotated) == len(slots) << 56


@given(st.text())
def test_names_become_signed_64_bit_numbers(name: str) -> None:
    assert -(2**63) <= numbered(name) < 2**63
    assert numbered(name) == numbered(name)


async def test_the_database_merges_attributes_as_memory_does(database: Database) -> None:
    pairs: list[tuple[list[Any] | None, list[Any]]] = []

    @given(st.none() | ATTRIBUTES, ATTRIBUTES)
    def collect(old: list[Any] | None, new: list[Any]) -> None:
        pairs.append((old, new))

    collect()
    rows = await database.fetch(
        "SELECT attributes_merged(o, n)::text AS both FROM "
        "(SELECT unnest($1::text[])::jsonb AS o, unnest($2::text[])::jsonb AS n) pairs",
        [None if old is None else json.dumps(old) for old, _ in pairs],
        [json.dumps(new) for _, new in pairs],
    )
    assert [json.loads(row["both"]) for row in rows] == [merged(old, new) for old, new in pairs]
