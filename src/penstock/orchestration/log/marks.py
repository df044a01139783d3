"""What a search may know of a trace before it opens it: marks, a few bits for each thing that stands in it.

A Bloom filter: a context whose marks lack what is asked for holds no such entry; one that has them may hold one and
is opened. PostgreSQL compares marks while it reads rows; a trace takes a hundred times as long to open. Where marks
are unknown, everything is opened.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from zlib import crc32

from penstock.model.registry import MODEL
from penstock.model.vocabulary import Lane
from penstock.orchestration.records import AUDIT_BITS, MARKS

if TYPE_CHECKING:
    from penstock.model.vocabulary import Entity
    from penstock.orchestration.records import EventRecord
    from penstock.orchestration.trace import EventNode, RuleNode, RulesetNode, TraceBody

# What is marked: a letter for the kind of thing, then the thing.
NAME, STATUS, CATEGORY, TYPE, ID, REF = "n", "s", "c", "t", "i", "r"
SUCCESS, FAILED, NO_MATCH = "SUCCESS", "FAILED", "NO_MATCH"
MUTATION = "Mutation"
ACTIONS = {"SendEvent": "Send Event", "Webhook": "Send Webhook"}  # how the audit names actions; others are mutations
MOST_ENTRIES = (1 << AUDIT_BITS) - 1  # of one event: there are no more ids
_BITS = MARKS.bit_length() - 1


def bits(kind: str, value: str) -> int:
    """Return the bits of one thing: at most three of them."""
    number = crc32(f"{kind}{value}".encode())
    return 1 << number % MARKS | 1 << (number >> _BITS) % MARKS | 1 << (number >> 2 * _BITS) % MARKS


known_bits = lru_cache(maxsize=8192)(bits)  # for names and types, which are few; ids and refs are many
_SUCCEEDED, _FAILED = bits(STATUS, SUCCESS), bits(STATUS, FAILED)
_SNAPSHOT = bits(CATEGORY, "snapshot") | _SUCCEEDED
_RULESET, _RULE, _LOG = (bits(CATEGORY, c) | _SUCCEEDED for c in ("ruleset", "rule", "custom"))
_ACTION = bits(CATEGORY, "action") | _SUCCEEDED
_EXCEPTION = bits(CATEGORY, "exception") | _FAILED


def text(marks: int) -> str:
    """Return marks as PostgreSQL reads them: ``x`` and their hexadecimal digits."""
    return f"x{marks:0{MARKS // 4}x}"


def leads(entity: Entity) -> bool:
    """Return whether all that happens to an entity has its root: its lane is its root's or, for a root, its own."""
    return entity.lane is Lane.ROOT or (entity.lane is Lane.SELF and MODEL.root(entity)[1] == "id")


_LED = {e.event for e in MODEL.entities if e.event and leads(e)}


def apart(entity_type: str, lane: int) -> int | None:
    """Return the lane to keep with an event, None where its root says the same."""
    return None if entity_type in _LED else lane


def set_marks(record: EventRecord, body: TraceBody) -> None:
    """Fill in what a search has to know of the record's trace."""
    marks = known_bits(CATEGORY, f"{record.root_type or 'EVENT'}_workflow".lower())
    marks |= known_bits(STATUS, record.status) | known_bits(NAME, record.name)
    entries, failed = 0, record.status == FAILED
    for node in body.events:
        more, count, wrong = _event(node)
        marks |= more
        entries += count
        failed |= wrong
    if untold(record, body):
        marks |= _EXCEPTION
        entries += body.events == [] or _event(body.events[0])[1] < MOST_ENTRIES
    record.marks, record.failed = text(marks), failed
    record.events, record.entries = max(len(body.events), 1), entries


def untold(record: EventRecord, body: TraceBody) -> bool:
    """Return whether the context failed and no rule's failure says why."""
    rules = (rule for node in body.events for ruleset in node.rulesets for rule in ruleset.rules)
    return record.failure is not None and all(rule.code is None for rule in rules)


def _event(node: EventNode) -> tuple[int, int, bool]:
    """Return the marks of an event and its audit, how many entries that has, and whether anything FAILED."""
    marks = known_bits(NAME, node.name) | known_bits(TYPE, node.entity_type) | known_bits(STATUS, node.result)
    entries = 0
    failed = node.result == FAILED
    if node.entity_id is not None:
        marks |= bits(ID, str(node.entity_id))
    if node.entity_ref is not None:
        marks |= bits(REF, node.entity_ref)
    if node.snapshot >= 0:
        marks |= _SNAPSHOT | known_bits(NAME, node.entity_type)
        entries = 1
    for ruleset in node.rulesets:
        more, count, wrong = _ruleset(ruleset)
        marks |= more
        entries += count
        failed |= wrong
    return marks, min(entries, MOST_ENTRIES), failed


def _ruleset(node: RulesetNode) -> tuple[int, int, bool]:
    marks, entries, failed = _RULESET, 1 + len(node.rules), False
    for rule in node.rules:
        marks |= _RULE | known_bits(NAME, rule.name)
        if rule.actions:
            marks |= _actions(rule)
            entries += len(rule.actions)
        if rule.error:
            marks |= _EXCEPTION
            entries += 1
            failed = True
    return marks, entries, failed


def _actions(rule: RuleNode) -> int:
    marks = 0
    for action in rule.actions:
        if action[0] == "Log":
            marks |= _LOG | bits(NAME, action[1])
        else:
            marks |= _ACTION | known_bits(NAME, ACTIONS.get(action[0], MUTATION))
    return marks
