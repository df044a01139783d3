"""Columns that the database counts, where it has something to count; and where their lanes and traces stand."""

from __future__ import annotations

import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from penstock.history.recorded import in_order
from penstock.history.rows import counted, looks_like
from penstock.model.registry import MODEL
from penstock.orchestration.lanes import lane_of
from penstock.orchestration.records import PendingEvent
from penstock.orchestration.run import Run
from penstock.testing import NOW, row

EVENT = uuid.UUID(int=1)
Row = Any


def virtual(position: int | None) -> Row:
    return row("VirtualPosition", id=61, ref="a:A", catalogue_id=60, quantity=1, position_id=position)


def a_run() -> Run:
    about: dict[str, Any] = {"entity_type": "VIRTUAL_CATALOGUE", "attributes": {}, "created": NOW, "retailer_id": 1}
    return Run(1, [PendingEvent(id=EVENT, lane=1, name="Test", **about)])


@pytest.mark.parametrize("position", [500, None])
def test_a_new_quantity_is_counted_only_where_there_is_a_position(position: int | None) -> None:
    run, made = a_run(), virtual(position)
    run.create(made)
    run.ready()
    assert made.quantity == 1  # what counts it begins from scratch
    assert counted("virtual_position", "quantity", made) == (position is not None)


def test_a_new_position_begins_at_nothing_since_the_database_adds_to_it() -> None:
    run, made = a_run(), row("InventoryPosition", id=70, ref="a:A:DEFAULT", catalogue_id=60, on_hand=5, reserved=2)
    run.create(made)
    run.ready()
    assert (made.on_hand, made.reserved) == (0, 0)


@pytest.mark.parametrize("position", [500, None])
def test_a_changed_quantity_is_written_only_where_nobody_counts_it(position: int | None) -> None:
    run, known = a_run(), virtual(position)
    run.update(run.keep(known), {"quantity": 5}, NOW)
    assert known.quantity == 5
    assert bool(run.changes.updated) == (position is None)


def test_a_sum_has_one_lane_whatever_place_has_changed() -> None:
    entity = MODEL.entity("VirtualCatalogue")
    sums = row("VirtualCatalogue", id=62, ref="ATS:1", type="AGGREGATE")
    total = row("VirtualPosition", id=63, ref="a:ATS:1", catalogue_id=62)
    own = lane_of(MODEL.entity("VirtualPosition"), total, {}, EVENT)
    for attributes in ({"productRef": "a", "locationRef": "A"}, {"productRef": "a"}):
        assert lane_of(entity, sums, attributes, EVENT) == own
    base = row("VirtualCatalogue", id=60, ref="BASE:1", type="BASE")
    single = lane_of(MODEL.entity("VirtualPosition"), virtual(500), {}, EVENT)
    assert lane_of(entity, base, {"productRef": "a", "locationRef": "A"}, EVENT) == single


def test_rows_of_older_traces_are_known() -> None:
    values = msgspec.to_builtins(virtual(500))
    assert looks_like(values) == "virtual_position"
    older = {name: value for name, value in values.items() if name not in {"share", "buffer", "statuses"}}
    assert looks_like(older) == "virtual_position"


def _context(minute: int, revision: int, lane: int = 1) -> Any:
    moment = NOW + timedelta(minutes=minute)
    loaded = SimpleNamespace(revision=revision)
    return SimpleNamespace(lane=lane, moment=moment, loaded=loaded, order=(revision, moment, 0, uuid.UUID(int=minute)))


def test_what_knew_no_revision_stands_where_it_was_in_time() -> None:
    made, opened, told, later = _context(1, -1), _context(2, 0), _context(3, -1), _context(4, 3)
    assert in_order([told, later, opened, made]) == [made, opened, told, later]


def test_revisions_are_believed_before_clocks() -> None:
    first, second = _context(2, 1), _context(1, 3)
    assert in_order([second, first]) == [first, second]


def test_lanes_do_not_disturb_each_other() -> None:
    other, mine = _context(1, 9, lane=2), _context(2, -1)
    assert in_order([other, mine]) == [mine, other]
