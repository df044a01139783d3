"""Replay of whole lanes: to the end, to any event, with changes from outside between, and where rules have changed."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from histories import histories, remark

from penstock.errors import NotFoundError
from penstock.history.shown import inline_id
from penstock.rules import Update
from penstock.rules.names import resolve

if TYPE_CHECKING:
    from stage import Stage

    from penstock.history.service import Histories, Replayed
    from penstock.rules import Context, Rule
    from running import Stored

pytest_plugins = ["worlds"]

_LOSE = "UPDATE fulfilment SET status = 'LOST' WHERE order_id = (SELECT min(id) FROM orders)"


async def replayed(house: Histories, ref: str, type_: str = "ORDER", **more: Any) -> Replayed:
    return await house.replay(await house.subject(type_, ref), **more)


def differences(done: Replayed) -> list[str]:
    return [s.difference.sentence() for s in done.steps if s.difference] + [n for s in done.steps for n in s.notes]


async def test_every_order_of_a_busy_day_replays_to_what_is_stored(day: tuple[Stored, list[str]]) -> None:
    stored, refs = day
    seen: set[str] = set()
    async with histories(stored) as house:
        for ref in refs:
            done = await replayed(house, ref)
            assert done.ending is not None
            assert differences(done) == [], ref
            assert done.ending.verdict == "EQUAL", (ref, done.ending)
            assert done.ending.not_owned == []
            seen |= {r.status for t in ("orders", "fulfilment") for r in done.rows.get(t, {}).values()}
    assert seen > {"CANCELLED", "COMPLETE", "EXPIRED", "ESCALATED", "FULFILLED"}, seen


async def test_other_lanes_replay_as_well(day: tuple[Stored, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    stored, _ = day
    monkeypatch.setattr("penstock.history.finding.SCANNED", 60)  # its catalogue has more events
    monkeypatch.setattr("penstock.history.finding.PAGE", 60)
    async with histories(stored) as house:
        place = await replayed(house, "SYD-01", "LOCATION")
        assert differences(place) == []
        assert [r.status for r in place.rows["wave"].values()] == ["COMPLETE"]
        position = await replayed(house, "TSHIRT:SYD-01:DEFAULT", "INVENTORY_POSITION")
        assert differences(position) == []
        assert 10 < len(position.steps) < 60
        assert position.ending is not None
        assert {c.column for c in position.ending.not_owned} <= {"on_hand", "reserved"}


async def test_what_clients_change_is_shown_as_changed_from_outside(day: tuple[Stored, list[str]]) -> None:
    stored, _ = day
    async with histories(stored) as house:
        done = await replayed(house, "D1")
    first, *others = [(s.context.record.name, s.outside) for s in done.steps if s.outside]
    assert first[0] == "CREATE"
    assert {(c.table, c.column) for c in first[1]} >= {("orders", None), ("order_item", None)}
    told = [c for _, changes in others for c in changes if c.column == "attributes"]
    assert [c.after[-1]["value"] for c in told] == ["gift"]


async def test_a_replay_stops_at_any_event_even_an_inline_one(day: tuple[Stored, list[str]]) -> None:
    stored, _ = day
    async with histories(stored) as house:
        whole = await replayed(house, "D2")
        first = whole.steps[0].context
        names = [event.name for event in first.body.events]
        for event, status in (
            ("CheckOrderCoordinates", "RECEIVED"),
            ("ProcessOrder", "BOOKED"),
            ("SelectProposedFulfilment", "BOOKED"),
        ):
            done = await replayed(house, "D2", until=inline_id(first.record.id, names.index(event)))
            (order,) = done.rows["orders"].values()
            assert (order.status, done.ending) == (status, None)
            assert not done.rows.get("fulfilment")
        for until in (first.moment, inline_id(first.record.id, len(names) - 1), first.record.id):
            assert (await replayed(house, "D2", until=until)).rows["fulfilment"]
        with pytest.raises(NotFoundError):
            await replayed(house, "D2", until=uuid.uuid4())


async def test_a_rule_that_decides_otherwise_today_is_named_and_the_record_goes_on(
    day: tuple[Stored, list[str]],
) -> None:
    stored, _ = day

    def changed(name: str) -> Rule | None:
        rule = resolve(name)
        if rule is None or rule.name != "core.SetState":
            return rule

        def other(context: Context) -> list[Update]:
            status = context.prop("status")
            return [Update(context.entity, {"status": "DONE" if status == "COMPLETE" else status})]

        return replace(rule, function=other)

    async with histories(stored) as house:
        house.resolve = changed
        done = await replayed(house, "D2")
    (difference, *_) = [s.difference for s in done.steps if s.difference]
    assert difference.rule == "PENSTOCK.core.SetState"
    assert (difference.recorded[3], difference.again[3]) == ({"status": "COMPLETE"}, {"status": "DONE"})
    assert done.ending is not None
    assert done.ending.verdict == "EQUAL"


async def test_rows_that_no_event_explains_are_told_column_by_column(shop: Stage) -> None:
    await shop.fill(DC_01={"JEANS": 5})
    await shop.buy("X1", ("JEANS", 1))
    await shop.buy("X2", ("JEANS", 1))
    await remark(shop, "X2", "later")
    async with histories(shop.penstock.stored) as house:
        await house.database.execute(_LOSE)
        torn = (await replayed(house, "X1")).ending
        later = (await replayed(house, "X2")).ending
    assert torn is not None
    assert later is not None
    assert torn.verdict == "DIFFERENT"
    (lost,) = torn.differences
    assert (lost.table, lost.column, lost.before, lost.after) == ("fulfilment", "status", "ASSIGNED", "LOST")
    assert later.verdict == "CHANGED_SINCE"
    assert {c.column for c in later.since} == {"attributes", "updated_on"}
