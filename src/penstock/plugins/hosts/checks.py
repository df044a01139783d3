"""What a plugin's process says, made into actions and questions: nothing is taken that was not looked at."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from penstock.errors import shown
from penstock.model.registry import MODEL
from penstock.model.rows import ROWS
from penstock.orchestration.places import entity_of, table_of
from penstock.rules.actions import Create, Join, Log, Mail, Promise, SendEvent, Update, Webhook
from penstock.rules.failures import RuleError
from penstock.rules.questions import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from penstock.model.rows import Row
    from penstock.rules.actions import Action

LONGEST_NAME = 255
_QUESTIONS = {kind.__name__: kind for kind in get_args(Question)}
# Tables whose rows take part in workflows; people, rights and settings are none of a plugin's business.
_OPEN = {e.table for e in MODEL.entities if (e.event or e.tree) and not e.derived}
_FIXED = frozenset({"id", "kind", "revision"})


class Known:
    """The rows that a call may speak of: those of its lane, those that it was told of, and those that it makes."""

    def __init__(self, look: Callable[[str, int], Row | None]) -> None:
        self._look = look
        self._told: dict[tuple[str, int], Row] = {}
        self.ids: set[int] = set()  # that it was given for new rows

    def tell(self, value: Any) -> None:
        """Remember the rows in an answer."""
        if isinstance(value, msgspec.Struct):
            if type(value) in _TABLES:
                row: Row = value
                self._told[table_of(row), row.id] = row
        elif isinstance(value, dict):
            for each in value.values():
                self.tell(each)
        elif isinstance(value, list | tuple | set | frozenset):
            for each in value:
                self.tell(each)

    def row(self, place: Any) -> Row:
        """Return the row that ``[table, id]`` means."""
        match place:
            case [str(table), int(id_)]:
                found = self._look(table, id_) or self._told.get((table, id_))
                if found is not None:
                    return found
        raise RuleError(f"the rule speaks of a row that it cannot know: {shown(place)}", 500)


_TABLES = frozenset(ROWS.values())


def actions(described: Any, known: Known) -> list[Action]:
    """Return the actions that a process describes.

    Raises:
        RuleError: one is none, or holds what its fields cannot.
    """
    return [_change(each, known) or _message(each, known) for each in _list(described)]


def questions(described: Any) -> list[Any]:
    """Return the questions that a process asks.

    Raises:
        RuleError: one is none.
    """
    return [_question(each) for each in _list(described)]


def _question(described: Any) -> Any:
    match described:
        case [str(name), dict(fields)] if name in _QUESTIONS:
            return _converted(fields, _QUESTIONS[name], f"question {name}")
    raise RuleError(f"the rule asks what is no question: {shown(described)}", 500)


def _change(described: Any, known: Known) -> Action | None:
    match described:
        case ["Update", place, dict(values), tells]:
            row = known.row(place)
            return Update(row, _values(table_of(row), values), None if tells is None else _name(tells))
        case ["Create", str(table), dict(values)]:
            return _created(table, values, known)
        case ["Join", str(table), dict(columns)]:
            return Join(table, _joined(table, columns))
        case ["Promise", fulfilment, dict(amounts)]:
            id_ = _converted(fulfilment, int, "Promise.fulfilment_id")
            return Promise(id_, _converted(amounts, dict[int, int], "Promise.amounts"))
    return None


def _message(described: Any, known: Known) -> Action:
    match described:
        case ["SendEvent", name, to, attributes, at, root]:
            own = None if attributes is None else _attributes(attributes)
            moment = _converted(at, datetime | None, "SendEvent.at")
            return SendEvent(_name(name), _row(to, known), own, moment, _row(root, known))
        case ["Webhook", url, name, attributes]:
            own = None if attributes is None else _attributes(attributes)
            return Webhook(_converted(url, str, "Webhook.url"), _name(name), own)
        case ["Mail", template, to, subject, text]:
            return Mail(_name(template), *(_converted(value, str, "Mail") for value in (to, subject, text)))
        case ["Log", name, message, attributes]:
            return Log(_name(name), _converted(message, str, "Log.message"), _attributes(attributes))
    raise RuleError(f"a rule returns actions, not {shown(described)}", 500)


def _list(described: Any) -> Iterable[Any]:
    if not isinstance(described, list):
        raise RuleError(f"a rule returns actions, not {shown(described)}", 500)
    return described


def _row(place: Any, known: Known) -> Row | None:
    return None if place is None else known.row(place)


def _name(value: Any) -> str:
    name: str = _converted(value, str, "a name")
    if not 0 < len(name) <= LONGEST_NAME:
        raise RuleError(f"a name has 1 to {LONGEST_NAME} characters, not {len(name)}: {shown(name)}", 500)
    return name


def _attributes(value: Any) -> dict[str, Any]:
    given: dict[str, Any] = _converted(value, dict[str, Any], "attributes")
    return given


def _values(table: str, values: dict[Any, Any]) -> dict[str, Any]:
    """Return the values of an update, each as its column's type."""
    columns = _columns(table)
    return {str(name): _value(columns, table, name, value) for name, value in values.items()}


def _value(columns: dict[str, Any], table: str, name: Any, value: Any) -> Any:
    if table not in _OPEN or name in _FIXED or name not in columns:
        raise RuleError(f"a plugin cannot change {table}.{name}", 500)
    if name == "attributes":
        _converted(value, list[_Attribute], f"{table}.{name}")
        return value
    return _converted(value, columns[name], f"{table}.{name}")


class _Attribute(msgspec.Struct):
    name: str
    value: Any
    type: str | None = None


@lru_cache(maxsize=256)
def _columns(table: str) -> dict[str, Any]:
    return {f.name: f.type for f in msgspec.structs.fields(ROWS[table])}


def _created(table: str, values: dict[Any, Any], known: Known) -> Create:
    if table not in _OPEN:
        raise RuleError(f"a plugin cannot create a row of {shown(table)}", 500)
    row = _converted(values, ROWS[table], table)
    try:
        entity_of(row)
    except KeyError:
        raise RuleError(f"{table}.kind cannot be {shown(row.kind)}", 500) from None
    if row.id not in known.ids:
        raise RuleError(f"new rows are made by context.new, which gives the id; {table} has {row.id}", 500)
    known.tell(row)
    return Create(row)


def _joined(table: str, columns: dict[Any, Any]) -> dict[str, int]:
    sides = MODEL.joins.get(table)
    if sides is None or {owner for _, owner in sides} - _OPEN or columns.keys() != {name for name, _ in sides}:
        raise RuleError(f"a plugin cannot join {shown(table)} by {shown(columns)}", 500)
    given: dict[str, int] = _converted(columns, dict[str, int], table)
    return given


def _converted(value: Any, type_: Any, what: str) -> Any:
    try:
        return msgspec.convert(value, type_)
    except (msgspec.ValidationError, TypeError) as error:
        raise RuleError(f"{what} cannot be {shown(value)}: {error}", 500) from None
