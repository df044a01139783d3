"""What is marked of a trace, and that the audit has as many entries as are counted."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from penstock.orchestration.actions import event_id
from penstock.orchestration.expand import Props, entries
from penstock.orchestration.failing import unfinished
from penstock.orchestration.log.marks import CATEGORY, ID, MOST_ENTRIES, NAME, STATUS, bits, set_marks
from penstock.orchestration.log.partitions import moment_of
from penstock.orchestration.records import INLINE_MASK, MARKS, PendingEvent
from penstock.orchestration.trace import RuleNode, RulesetNode, Trace
from penstock.rules.actions import Log, Mail, SendEvent, Webhook
from penstock.rules.context import Event

if TYPE_CHECKING:
    from penstock.orchestration.records import EventRecord

NOW = datetime(2026, 2, 2, tzinfo=UTC)


def record(failure: str | None = None) -> EventRecord:
    """Return the record of an event."""
    id_ = uuid.UUID(int=(7 << 100) & ~INLINE_MASK)
    about: dict[str, Any] = {"entity_type": "ORDER", "entity_id": 7, "root_type": "ORDER", "root_id": 7}
    pending = PendingEvent(id=id_, lane=1, name="X", retailer_id=1, attributes={}, created=NOW, **about)
    made = unfinished(pending, failure)
    made.status = "FAILED" if failure else "SUCCESS"
    return made


def trace(*rules: RuleNode) -> Trace:
    """Return the trace of an event that these rules ran for."""
    made = Trace(NOW.timestamp())
    event = Event(id=uuid.UUID(int=0), name="X", retailer_id=1, entity_type="ORDER", entity_id=7, entity_ref="O")
    made.event(event, -1).rulesets.append(RulesetNode("X", 0, 1, 2, list(rules)))
    return made


def rule(made: Trace, *actions: Any, error: str | None = None, code: int | None = None) -> RuleNode:
    """Return a rule that did this."""
    node = RuleNode("ACME.core.Rule", 0, 1, 2, [], [], error, None, code)
    for action in actions:
        made.action(action, node)
    return node


def marked(stored: EventRecord, kind: str, value: str) -> bool:
    """Return whether the record's marks have those of a thing."""
    wanted = bits(kind, value)
    return int((stored.marks or "x0")[1:], 16) & wanted == wanted


@pytest.mark.parametrize(
    ("actions", "error", "code", "failure"),
    [
        ((), None, None, None),
        ((Log("Told", "m"), SendEvent("Y")), None, None, None),
        ((Webhook("https://shop.example/hook", "Hooked"),), None, None, None),
        ((Mail("shipped", "ana@shop.example", "On its way", "4711"),), None, None, None),
        ((), "RuleExecutionError: no", None, None),
        ((Log("Told", "m"),), "Traceback ...\nRuleError: no", 400, "no"),
        ((), "RuleExecutionError: no", None, "cannot be stored"),
        ((Log("Told", "m"),) * (MOST_ENTRIES + 100), None, None, None),
        ((Log("Told", "m"),) * (MOST_ENTRIES + 100), None, None, "lost"),
    ],
)
def test_marks_hold_all_that_the_audit_tells(
    actions: tuple[Any, ...], error: str | None, code: int | None, failure: str | None
) -> None:
    made = trace()
    made.body.events[0].rulesets[0].rules.append(rule(made, *actions, error=error, code=code))
    stored = record(failure)
    set_marks(stored, made.body)
    told = list(entries("ACME", stored, made.body, Props([])))
    assert len({e.id for e in told}) == len(told)
    assert (stored.events, stored.entries) == (1, len(told) - 1)
    for entry in told:
        assert marked(stored, NAME, entry.name)
        assert marked(stored, CATEGORY, entry.category.lower())
        assert marked(stored, STATUS, entry.status)
        assert marked(stored, ID, "7")
    assert stored.failed is any(e.status == "FAILED" for e in told)


def test_marks_are_few_and_lie_apart() -> None:
    for number in range(1000):
        assert 1 <= bits(ID, str(number)).bit_count() <= 5
        assert bits(ID, str(number)) < 1 << MARKS
    assert bits(NAME, "FAILED") != bits(STATUS, "FAILED")
    one = [n for n in range(10_000) if bits(ID, str(n)) & ~bits(ID, "77") == 0]
    assert len(one) < 10  # of ten thousand others, few look the same


def test_ids_of_one_moment_are_unique_and_count_up() -> None:
    ids = [event_id(NOW) for _ in range(10_000)]
    assert ids == sorted(set(ids))
    assert {moment_of(id_) for id_ in ids} == {NOW}
    assert not any(id_.int & INLINE_MASK for id_ in ids)
    assert {id_.version for id_ in ids} == {7}
    later = event_id(NOW + timedelta(microseconds=1))
    assert later > ids[-1]
    assert event_id(NOW) not in ids  # a clock that goes back begins anew
