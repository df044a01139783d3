"""Recorded answers: what a rule was told when it asked, in the types in which it was told."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history.rows import looks_like, row_from
from penstock.orchestration.places import table_of
from penstock.rules.questions import ById, ByRef, Geocode, Matching, WaveFulfilments, WavesOpen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.history.recorded import Recorded
    from penstock.model.rows import Row
    from penstock.orchestration.run import Run
    from penstock.orchestration.trace import RuleNode, TraceBody

_encode = msgspec.json.Encoder().encode
_MANAGED = (ById, ByRef, Matching)  # what of their answers belongs to the lane, the run manages

Key = tuple[str, bytes]  # kind and content of a question
Place = tuple[str, int]  # a rule, and how often it had run in its context


def placed(body: TraceBody | None) -> Iterable[tuple[Place, RuleNode]]:
    """Yield the rules of a context with the place of each: it stays the same where a workflow has other rulesets."""
    ran: Counter[str] = Counter()
    for event in body.events if body else ():
        for ruleset in event.rulesets:
            for rule in ruleset.rules:
                yield (rule.name, ran[rule.name]), rule
                ran[rule.name] += 1


class NotRecordedError(Exception):
    """A rule asks what nobody has recorded."""

    def __init__(self, question: Any) -> None:
        super().__init__(described(question))
        self.question = question


def described(question: Any) -> str:
    """Return a question as reports show it: ``StockAt(virtual_catalogue_ref="BASE:1", ...)``."""
    plain = msgspec.to_builtins(question)
    shown = ", ".join(f"{name}={msgspec.json.encode(value).decode()}" for name, value in plain.items())
    return f"{type(question).__name__}({shown})"


def key_of(question: Any) -> Key:
    """Return what makes two questions the same."""
    return type(question).__name__, _encode(question)


class Answers:
    """The answers of one context, found by place first, then by question."""

    def __init__(self, context: Recorded) -> None:
        self._context = context
        self._at: dict[Place, list[tuple[Key, int]]] = {}
        self._by_key: dict[Key, list[tuple[int, Place]]] = defaultdict(list)
        for place, rule in placed(context.body):
            asked = [((ask.kind, _encode(ask.question)), ask.answer) for ask in rule.asks]
            self._at[place] = asked
            for key, number in asked:
                self._by_key[key].append((number, place))

    def find(self, place: Place, question: Any) -> Any:
        """Return the recorded answer as JSON; ``NotRecordedError`` when nobody asked this here."""
        return self.located(place, question)[0]

    def located(self, place: Place, question: Any) -> tuple[Any, Place]:
        """Return the recorded answer, and the place of the rule that was told it; ``NotRecordedError`` without."""
        key = key_of(question)
        here = self._at.get(place, [])
        for n, (asked, number) in enumerate(here):
            if asked == key:
                del here[n]
                return self._context.value(number), place
        told = self._by_key.get(key)
        if not told:
            raise NotRecordedError(question)
        # Where workflows differ, the same question stands elsewhere: answers are given in the order of asking.
        number, at = told.pop(0) if len(told) > 1 else told[0]
        return self._context.value(number), at


def told(question: Any, answer: Any, run: Run) -> Any:
    """Return an answer in the form that rules get, its rows being those of the run where they belong to its lane."""
    match question:
        case WavesOpen():
            return frozenset(answer)
        case Geocode():
            return None if answer is None else tuple(answer)
        case WaveFulfilments():
            return [
                (revived(f), revived(items), {int(i): p for i, p in products.items()}, revived(order))
                for f, items, products, order in answer
            ]
    found = revived(answer)
    return _managed(found, run) if isinstance(question, _MANAGED) else found


def revived(value: Any) -> Any:
    """Return JSON with every object that has the columns of a table as a row of it."""
    if isinstance(value, list):
        return [revived(v) for v in value]
    table = looks_like(value) if isinstance(value, dict) else None
    return value if table is None else row_from(table, value)


def rows_in(answer: Any) -> Iterable[Row]:
    """Yield the rows of an answer, however deep they are."""
    if isinstance(answer, list | tuple):
        for part in answer:
            yield from rows_in(part)
    elif isinstance(answer, msgspec.Struct):
        yield answer


def _managed(value: Any, run: Run) -> Any:
    if isinstance(value, list):
        return [_managed(v, run) for v in value]
    return value if value is None else _own(value, run)


def _own(row: Row, run: Run) -> Row:
    known = run.get(table_of(row), row.id)
    if known is not None:
        return known
    return run.keep(row) if run.owns(row) else row
