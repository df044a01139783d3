"""Actions as plain values, for the engine to check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.orchestration.places import table_of
from penstock.rules.actions import Create, Join, Log, Mail, Promise, SendEvent, Update, Webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.model.rows import Row


def action(value: Any) -> list[Any]:
    """Return an action as its kind and what it concerns.

    Raises:
        TypeError: it is none.
    """
    details = _DETAILS.get(type(value))
    if details is None:
        raise TypeError(f"a rule returns actions, not {value!r:.200}")
    return [type(value).__name__, *details(value)]


def _place(row: Row | None) -> list[Any] | None:
    return None if row is None else [table_of(row), row.id]


_DETAILS: dict[type[Any], Callable[[Any], list[Any]]] = {
    Update: lambda a: [_place(a.row), dict(a.values), a.tells],
    Create: lambda a: [table_of(a.row), msgspec.structs.asdict(a.row)],
    Join: lambda a: [a.table, a.columns],
    SendEvent: lambda a: [a.name, _place(a.to), a.attributes, a.at, _place(a.root)],
    Promise: lambda a: [a.fulfilment_id, a.amounts],
    Webhook: lambda a: [a.url, a.name, a.attributes],
    Mail: lambda a: [a.template, a.to, a.subject, a.text],
    Log: lambda a: [a.name, a.message, a.attributes],
}
