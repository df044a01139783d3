"""What a search may know of a trace before it opens it: marks, a few bits for each thing that stands in it.

A Bloom filter: a context whose marks lack what is asked for holds no such entry; one that has them may hold one and
is opened. PostgreSQL compares marks while it reads rows; a trace takes a hundred times as long to open. Where marks
are unknown, everything is opened.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from zlib import crc32

from penstock.model.registry import MODEL
from penstock.model.vocabulary import Lane
from penstock.orchestration.records import AUDIT_BITS, MARKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from penstock.model.vocabulary import Entity
    from penstock.orchestration.records import EventRecord
    from penstock.orchestration.trace import EventNode, TraceBody

# What is marked: a letter for the kind of thing, then the thing.
NAME, STATUS, CATEGORY, TYPE, ID, REF = "n", "s", "c", "t", "i", "r"
SUCCESS, FAILED, NO_MATCH = "SUCCESS", "FAILED", "NO_MATCH"
MUTATION = "Mutation"
# How the audit names actions; all others are mutations. What is queued is no ACTION: attempts to send it are.
QUEUE = "Queue Webhook"
QUEUED = {"Webhook": QUEUE, "Mail": "Queue Mail"}
ACTIONS = {"SendEvent": "Send Event", **QUEUED}
DEEPER = "Inline Event Failed"  # an entry of the event from outside; the exception itself stands with the inline one
MOST_ENTRIES = (1 << AUDIT_BITS) - 1  # of one event: there are no more ids
_MIX, _WORD, _PLACE = 0x9E3779B97F4A7C15, (1 << 64) - 1, MARKS - 1
_MOST_KNOWN = 10_000


def bits(kind: str, value: str) -> int:
    """Return the bits of one thing: at most five of them, where nine bits each of a mixed hash say."""
    mixed = crc32(f"{kind}{value}".encode()) * _MIX & _WORD
    return (
        1 << (mixed >> 55)
        | 1 << (mixed >> 46 & _PLACE)
        | 1 << (mixed >> 37 & _PLACE)
        | 1 << (mixed >> 28 & _PLACE)
        | 1 << (mixed >> 19 & _PLACE)
    )


class _Known(dict[Any, int]):
    """The bits of things that were seen lately; a look-up costs a tenth of what they do."""

    def __init__(self, marked: Callable[[Any], int]) -> None:
        super().__init__()
        self._marked = marked

    def __missing__(self, thing: Any) -> int:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        found = self[thing] = self._marked(thing)
        return found


def _entity(type_id_ref: tuple[str, int | None, str | None]) -> int:
    type_, id_, ref = type_id_ref
    marks = bits(TYPE, type_)
    if id_ is not None:
        marks |= bits(ID, str(id_))
    return marks if ref is None else marks | bits(REF, ref)


_NAMES, _STATUSES, _CATEGORIES = (_Known(partial(bits, kind)) for kind in (NAME, STATUS, CATEGORY))
_ENTITIES = _Known(_entity)
_SUCCEEDED = bits(STATUS, SUCCESS)
_SNAPSHOT, _RULESET, _RULE, _LOG, _ACTION = (
    bits(CATEGORY, category) | _SUCCEEDED for category in ("snapshot", "ruleset", "rule", "custom", "action")
)
_ACTIONS = _Known(lambda kind: (_LOG if kind in QUEUED else _ACTION) | _NAMES[ACTIONS.get(kind, MUTATION)])
# Contexts stored before marked a webhook that was queued as an action, and by one of two names.
_BEFORE = {
    (CATEGORY, "custom"): [_ACTION | bits(NAME, name) for name in (QUEUE, "Send Webhook")],
    (NAME, QUEUE): [bits(NAME, "Send Webhook")],
}
_EXCEPTION = bits(CATEGORY, "exception") | bits(STATUS, FAILED)


def alternatives(kind: str, value: str) -> list[int]:
    """Return the marks of a thing: a context that holds it has all bits of at least one."""
    return [bits(kind, value), *_BEFORE.get((kind, value), ())]


def text(marks: int) -> str:
    """Return marks as PostgreSQL reads them: ``x`` and their hexadecimal digits."""
    return "x" + marks.to_bytes(MARKS // 8, "big").hex()


def leads(entity: Entity) -> bool:
    """Return whether all that happens to an entity has its root: its lane is its root's or, for a root, its own."""
    return entity.lane is Lane.ROOT or (entity.lane is Lane.SELF and MODEL.root(entity)[1] == "id")


_LED = {e.event for e in MODEL.entities if e.event and leads(e)}


def apart(entity_type: str, lane: int) -> int | None:
    """Return the lane to keep with an event, None where its root says the same."""
    return None if entity_type in _LED else lane


def set_marks(record: EventRecord, body: TraceBody) -> None:
    """Fill in what a search has to know of the record's trace."""
    marks = of_root(record)
    entries, failed = 0, record.status == FAILED
    for node in body.events:
        more, count, wrong = _event(node)
        marks |= more
        entries += count
        failed = failed or wrong
    if untold(record, body):
        marks |= _EXCEPTION
        entries += body.events == [] or _event(body.events[0])[1] < MOST_ENTRIES
    if deeper(record, body):
        marks |= bits(CATEGORY, "custom") | bits(NAME, DEEPER) | bits(STATUS, FAILED)
        entries += _event(body.events[0])[1] < MOST_ENTRIES
    record.marks, record.failed = text(marks), failed
    record.events, record.entries = max(len(body.events), 1), entries


def of_root(record: EventRecord) -> int:
    """Return the marks of what every entry of a context shares."""
    category = _CATEGORIES[f"{record.root_type or 'EVENT'}_workflow".lower()]
    return category | _STATUSES[record.status] | _NAMES[record.name]


def of_event(name: str, result: str, entity_type: str) -> int:
    """Return the marks of events of a name, whatever they are about."""
    return _NAMES[name] | _STATUSES[result] | bits(TYPE, entity_type) | _RULESET


def of_rule(name: str, actions: Iterable[str]) -> int:
    """Return the marks of a rule that ran, and of kinds of actions."""
    found = _RULE | _NAMES[name]
    for kind in actions:
        found |= _ACTIONS[kind] if kind != "Log" else _LOG | _NAMES[name]
    return found


def untold(record: EventRecord, body: TraceBody) -> bool:
    """Return whether the context failed and no rule's failure says why."""
    return record.failure is not None and not any(map(failing, body.events))


def failing(node: EventNode) -> bool:
    """Return whether a rule of an event ended its context."""
    return any(rule.code is not None for ruleset in node.rulesets for rule in ruleset.rules)


def deeper(record: EventRecord, body: TraceBody) -> bool:
    """Return whether it was an inline event that ended the context, of which the first one tells."""
    return record.failure is not None and any(map(failing, body.events[1:]))


def _event(node: EventNode) -> tuple[int, int, bool]:
    """Return the marks of an event and its audit, how many entries that has, and whether anything FAILED."""
    marks = _NAMES[node.name] | _STATUSES[node.result] | _ENTITIES[node.entity_type, node.entity_id, node.entity_ref]
    entries, failed = 0, node.result == FAILED
    if node.snapshot != -1:
        marks |= _SNAPSHOT | _NAMES[node.entity_type]
        entries = 1
    for ruleset in node.rulesets:
        marks |= _RULESET | _RULE
        entries += 1 + len(ruleset.rules)
        for rule in ruleset.rules:
            marks |= _NAMES[rule.name]
            entries += len(rule.actions)
            for action in rule.actions:
                marks |= _ACTIONS[action[0]] if action[0] != "Log" else _LOG | _NAMES[action[1]]
            if rule.error:
                marks |= _EXCEPTION
                entries += 1
                failed = True
    return marks, min(entries, MOST_ENTRIES), failed
