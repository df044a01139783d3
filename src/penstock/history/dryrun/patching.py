"""Recorded answers with the rows as they would be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history.dryrun.places import POSITION
from penstock.history.rows import COUNTED, differing, looks_like, row_from
from penstock.model.registry import MODEL
from penstock.rules import questions as q

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.model.rows import Row

MINOR = frozenset({"created_on", "updated_on"})  # moments of bookkeeping; no decision is read from them
# Sums: an answer may know of more than the lane does, so what is added is the difference.
_SUMS = {(table, column) for table, column in COUNTED if table == POSITION}
Differing = dict[tuple[str, int], "tuple[Row | None, Row | None]"]  # rows as they were, and as they would be
Where = tuple[tuple[str, tuple[object, ...]], ...]


def patched(question: Any, answer: Any, others: Differing) -> Any:
    """Return a recorded answer with the rows as they would be."""
    if not others:
        return answer
    if isinstance(question, q.Matching):
        return _matching(question, answer, others)
    return _replaced(answer, others)


def _matching(question: q.Matching, answer: list[Any], others: Differing) -> list[Any]:
    table = MODEL.table_of(question.entity).name
    changed = {id_: pair for (t, id_), pair in others.items() if t == table}
    told = {row["id"]: _patched(table, row, *changed[row["id"]]) if row["id"] in changed else row for row in answer}
    found = [
        row
        for id_, row in told.items()
        if row is not None and (id_ not in changed or matches(row_from(table, row), question.where))
    ]
    more = [new for id_, (_, new) in changed.items() if new is not None and id_ not in told]
    return in_order([*found, *plain_rows(r for r in more if matches(r, question.where))])


def _replaced(value: Any, others: Differing) -> Any:
    if isinstance(value, list):
        return [_replaced(v, others) for v in value]
    if not isinstance(value, dict):
        return value
    table = looks_like(value)
    key = (table or "", value.get("id", 0))
    return _patched(key[0], value, *others[key]) if table is not None and key in others else value


def _patched(table: str, told: dict[str, Any], was: Row | None, would_be: Row | None) -> Any:
    """Return a row of an answer as it would be; None when it would not be."""
    if would_be is None:
        return None
    if was is None:
        return msgspec.to_builtins(would_be)
    changed = {}
    for column, old, new in differing(table, was, would_be):
        if (table, column) in _SUMS:
            changed[column] = (told[column] or 0) + (new or 0) - (old or 0)
        elif column not in MINOR:
            changed[column] = msgspec.to_builtins(new)
    return {**told, **changed}


def matches(row: Row, where: Where) -> bool:
    """Return whether the columns of a row have one of the values that a question allows."""
    return all(getattr(row, column) in values for column, values in where)


def plain_rows(rows: Iterable[Row]) -> list[Any]:
    """Return rows as JSON tells them."""
    return list(msgspec.to_builtins(list(rows)))


def in_order(rows: list[Any]) -> list[Any]:
    """Return rows by id, as questions are answered."""
    return sorted(rows, key=lambda row: int(row["id"]))


def same(first: Any, second: Any) -> bool:
    """Return whether two answers are the same for a rule: moments are compared as moments."""
    return bool(_comparable(first) == _comparable(second))


def _comparable(value: Any) -> Any:
    if isinstance(value, list):
        return [_comparable(v) for v in value]
    table = looks_like(value) if isinstance(value, dict) else None
    return value if table is None else row_from(table, value)
