"""Steps of an explanation add up to what the arithmetic says, whatever the numbers are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from penstock.inventory import explaining
from penstock.inventory.explaining import Entry
from penstock.inventory.ledger import COUNTING_STATUSES, COUNTING_TYPES
from penstock.inventory.selling import SELLING_STATUSES, Terms, sold, total
from penstock.testing import row

_UNITS = st.integers(-10_000, 10_000)
_STATUS = st.sampled_from(["ACTIVE", "AT_RISK", "INACTIVE", "CREATED"])


@given(_UNITS, _STATUS, st.integers(0, 100), _UNITS)
def test_the_steps_of_a_position_add_up(units: int, status: str, share: int, buffer: int) -> None:
    terms = Terms(share, buffer)
    steps = explaining.shown(units, status, terms, SELLING_STATUSES)
    position = row("InventoryPosition", on_hand=units, status=status)
    assert steps[-1].total == sold(position, terms, SELLING_STATUSES)
    assert sum(step.units for step in steps) == steps[-1].total


@given(amounts=st.lists(st.integers(0, 1_000)), buffer=_UNITS, excluded=st.booleans())
def test_the_steps_of_a_sum_add_up(*, amounts: list[int], buffer: int, excluded: bool) -> None:
    steps = explaining.summed(amounts, buffer, excluded=excluded)
    assert steps[-1].total == (0 if excluded else total(amounts, buffer))
    assert sum(step.units for step in steps) == steps[-1].total


_ENTRIES = st.builds(
    Entry,
    st.sampled_from([*COUNTING_TYPES, "EXPECTED"]),
    st.sampled_from([*COUNTING_STATUSES, "INACTIVE"]),
    st.integers(1, 9),
    _UNITS,
)


@given(st.lists(_ENTRIES))
def test_each_entry_of_a_ledger_counts_or_stands_beside(entries: list[Entry]) -> None:
    steps, others = explaining.on_hand(entries), explaining.beside(entries)
    assert sum(step.units for step in steps) + sum(e.units for e in others) == sum(e.units for e in entries)
    assert sum(step.rows or 0 for step in steps) + sum(e.rows for e in others) == sum(e.rows for e in entries)
    assert all(e.type == "EXPECTED" or e.status == "INACTIVE" for e in others)
    assert (steps[-1].total if steps else 0) == sum(step.units for step in steps)
