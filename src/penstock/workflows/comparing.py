"""What differs between two versions of a workflow: ruleset by ruleset, rule by rule, property by property."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, NamedTuple

from penstock.model.registry import ALIASES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Node = dict[str, Any]

# What every version has its own of, and what is compared piece by piece.
_OWN = frozenset({"id", "version", "versionComment", "createdBy", "createdOn", "rulesets", "statuses"})
MOST_ALIGNED = 250_000  # pairs of rules; of longer rulesets, which nobody writes by hand, all rules differ
_TOLD = ("description", "userActions")


class Key(NamedTuple):
    """What a ruleset is known by; others of the same key are told apart by their triggers (spec 13 §13)."""

    name: str
    type: str
    subtype: str
    event_type: str


@dataclass(frozen=True, slots=True)
class Change:
    """Something that differs: ``rules[1].props.status``. None on one side: it is on the other side only."""

    place: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Changed:
    """A ruleset that is on both sides and differs."""

    ruleset: Node
    changes: list[Change]


@dataclass(slots=True)
class Difference:
    """All that differs; ``moved`` are rulesets that run in another order among the others."""

    document: list[Change] = field(default_factory=list)
    added: list[Node] = field(default_factory=list)
    removed: list[Node] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    moved: list[Node] = field(default_factory=list)
    statuses: list[Change] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Return whether anything differs."""
        return any((self.document, self.added, self.removed, self.changed, self.moved, self.statuses))


def compare(before: Node, after: Node) -> Difference:
    """Return what differs between two checked documents; numbers, dates and comments of versions do not count."""
    found = Difference(document=list(_document(before, after)), statuses=list(_statuses(before, after)))
    pairs = list(paired(before["rulesets"], after["rulesets"]))
    found.added = [new for old, new in pairs if old is None and new is not None]
    found.removed = [old for old, new in pairs if new is None and old is not None]
    both = [(old, new) for old, new in pairs if old is not None and new is not None]
    changes = ((new, list(_ruleset(old, new))) for old, new in both)
    found.changed = [Changed(new, differing) for new, differing in changes if differing]
    found.moved = _moved(both, before["rulesets"])
    return found


def key_of(ruleset: Node) -> Key:
    """Return what a ruleset is known by."""
    type_ = str(ruleset["type"])
    event_type = ruleset.get("eventType") or "NORMAL"
    return Key(ruleset["name"], ALIASES.get(type_, type_), ruleset.get("subtype") or "", event_type)


def triggers_of(ruleset: Node) -> list[str]:
    """Return the statuses that start a ruleset, sorted."""
    return sorted(str(trigger["status"]) for trigger in ruleset.get("triggers") or ())


def paired(before: Sequence[Node], after: Sequence[Node]) -> Iterator[tuple[Node | None, Node | None]]:
    """Yield the rulesets of both sides that are the same one, in the new order; then those that are gone.

    Of several with one key those with the same triggers belong together, the rest in their order.
    """
    partner = _partners(before, after)
    taken = {id(ruleset) for ruleset in partner.values()}
    yield from ((partner.get(id(ruleset)), ruleset) for ruleset in after)
    yield from ((ruleset, None) for ruleset in before if id(ruleset) not in taken)


def _partners(before: Sequence[Node], after: Sequence[Node]) -> dict[int, Node]:
    """Return the old ruleset of each new one that has one, by the identity of the new one."""
    exactly, roughly = (_waiting(before, key) for key in (_triggered, key_of))
    found: dict[int, Node] = {}
    taken: set[int] = set()
    for waiting, key in ((exactly, _triggered), (roughly, key_of)):
        for ruleset in after:
            queue = waiting.get(key(ruleset), deque())
            while id(ruleset) not in found and queue:
                old = queue.popleft()
                if id(old) not in taken:
                    found[id(ruleset)] = old
                    taken.add(id(old))
    return found


def _triggered(ruleset: Node) -> tuple[Any, ...]:
    return (key_of(ruleset), *triggers_of(ruleset))


def _waiting(rulesets: Iterable[Node], key: Callable[[Node], tuple[Any, ...]]) -> dict[tuple[Any, ...], deque[Node]]:
    found: dict[tuple[Any, ...], deque[Node]] = {}
    for ruleset in rulesets:
        found.setdefault(key(ruleset), deque()).append(ruleset)
    return found


def _moved(both: list[tuple[Node, Node]], before: Sequence[Node]) -> list[Node]:
    """Return the fewest rulesets that would have to move for both sides to be in one order."""
    place = {id(ruleset): number for number, ruleset in enumerate(before)}
    stayed = _longest_rise([place[id(old)] for old, _ in both])
    return [new for number, (_, new) in enumerate(both) if number not in stayed]


def _longest_rise(numbers: list[int]) -> set[int]:
    """Return the places of a longest rising subsequence of different numbers."""
    ends: list[int] = []  # the lowest number that a rise of this length ends with ...
    at: list[int] = []  # ... and its place
    earlier: list[int] = []  # the place before each place
    for here, number in enumerate(numbers):
        length = bisect_left(ends, number)
        earlier.append(at[length - 1] if length else -1)
        ends[length : length + 1], at[length : length + 1] = [number], [here]
    found, last = set(), at[-1] if at else -1
    while last >= 0:
        found.add(last)
        last = earlier[last]
    return found


def _document(before: Node, after: Node) -> Iterator[Change]:
    for name in sorted((before.keys() | after.keys()) - _OWN):
        yield from _values(name, before.get(name), after.get(name))


def _statuses(before: Node, after: Node) -> Iterator[Change]:
    old, new = ({(s["entityType"], s["name"]): s for s in d["statuses"]} for d in (before, after))
    for entity_type, name in sorted(old.keys() | new.keys()):
        was, is_ = old.get((entity_type, name)), new.get((entity_type, name))
        if was != is_:
            yield Change(f"{entity_type} {name}", was, is_)


def _ruleset(before: Node, after: Node) -> Iterator[Change]:
    for name in _TOLD:
        yield from _values(name, before.get(name) or None, after.get(name) or None)
    old, new = triggers_of(before), triggers_of(after)
    yield from (Change(f"triggers.{status}", status, None) for status in old if status not in new)
    yield from (Change(f"triggers.{status}", None, status) for status in new if status not in old)
    yield from _rules(before.get("rules") or [], after.get("rules") or [])


def _rules(before: Sequence[Node], after: Sequence[Node]) -> Iterator[Change]:
    """Yield what differs between two lists of rules: rules that came or went, and properties of those that stayed."""
    for kind, first, last, begin, end in _opcodes([r["name"] for r in before], [r["name"] for r in after]):
        if kind == "equal":
            for number in range(last - first):
                was, is_ = before[first + number].get("props") or {}, after[begin + number].get("props") or {}
                yield from _values(f"rules[{begin + number}].props", was, is_)
        else:
            yield from (Change(f"rules[{n}]", before[n], None) for n in range(first, last))
            yield from (Change(f"rules[{n}]", None, after[n]) for n in range(begin, end))


def _opcodes(old: list[str], new: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    if len(old) * len(new) > MOST_ALIGNED:
        same = len(old) if old == new else 0
        return [("equal", 0, same, 0, same), ("replace", same, len(old), same, len(new))]
    return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def _values(place: str, before: Any, after: Any) -> Iterator[Change]:
    """Yield what differs between two values: member by member where both are objects."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            yield from _values(f"{place}.{name}", before.get(name), after.get(name))
    elif before != after:
        yield Change(place, before, after)
