"""The record of a set that is done: one row of the log."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from penstock.orchestration.log import marks
from penstock.orchestration.log.keys import keys
from penstock.orchestration.records import EventRecord
from penstock.rules.sets import Same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.orchestration.sets.execution import SetExecution
    from penstock.orchestration.sets.trace import SetBody, SetEvent, SetTrace


def record_of(execution: SetExecution) -> EventRecord:
    """Return the record of a set."""
    body, pending, now = execution.trace.body, execution.pending, execution.batch.now
    if execution.carried.parents is not None:
        body.parents = execution.carried.parents.stored()
    names = sorted({pending.name, *(event.name for event in body.events)})
    matched = any(event.parent < 0 and event.result == marks.SUCCESS for event in body.events)
    record = EventRecord.of(pending, marks.SUCCESS if matched else marks.NO_MATCH, names, execution.trace.stored(), now)
    record.ended = now + timedelta(microseconds=execution.trace.elapsed())
    record.members, record.failed = body.size, False
    record.marks = marks.text(_marks(record, body))
    record.events = sum(_size(event, body) for event in body.events)
    record.entries = sum(_entries(event, body) for event in body.events)
    record.keys = list(_keys(execution.trace))
    return record


def _size(event: SetEvent, body: SetBody) -> int:
    return body.size if event.numbers is None else len(event.numbers)


def _entries(event: SetEvent, body: SetBody) -> int:
    """Return how many entries of the audit the events of the members have."""
    ran = sum(1 + len(ruleset.rules) for ruleset in event.rulesets)
    done = sum(len(d.numbers) for r in event.rulesets for rule in r.rules for d in rule.actions)
    return ran * _size(event, body) + done


def _marks(record: EventRecord, body: SetBody) -> int:
    found = marks.of_root(record)
    for event in body.events:
        found |= marks.of_event(event.name, event.result, event.entity_type)
        for ruleset in event.rulesets:
            for rule in ruleset.rules:
                found |= marks.of_rule(rule.name, [d.kind for d in rule.actions])
    return found


def _keys(trace: SetTrace) -> Iterator[int]:
    """Yield the numbers of all that the members are about; most events of a set are about the same."""
    for kind, name in ((marks.ID, "ids"), (marks.REF, "refs")):
        columns = {id(column): column for event in trace.body.events for column in [trace.told(getattr(event, name))]}
        found: set[Any] = set()
        for column in columns.values():
            found.update([column.value] if isinstance(column, Same) else column)
        yield from keys(kind, [str(value) for value in found if value is not None])
