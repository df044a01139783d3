"""The operators of path conditions (spec 22 §9).

Numbers compare as decimals, two moments of ISO 8601 as such, all else as text.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.sourcing.profile.params import Params

MISSING = object()  # in place of a value that is not there
_ENDS = 2  # of a range


def compare(left: Any, right: Any) -> int:
    """Return whether the left value comes before (-1), with (0) or after (1) the right one."""
    one, other = _pair(left, right)
    return int(one > other) - int(one < other)


def _pair(left: Any, right: Any) -> tuple[Any, Any]:
    if _is_number(left) or _is_number(right):
        decimals = _decimal(left), _decimal(right)
        if None not in decimals:
            return decimals
    if isinstance(left, str) and isinstance(right, str):
        moments = _moment(left), _moment(right)
        return (left, right) if None in moments else moments
    return _text(left), _text(right)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _decimal(value: Any) -> Decimal | None:
    if not (_is_number(value) or isinstance(value, str)):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _moment(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def same(left: Any, right: Any) -> bool:
    """Return whether a value is a member: exact, with case; 1 is not "1", and true is not 1."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _between(params: Params) -> Callable[[Any], bool]:
    given = params.get("value")
    ends = [given.get("from"), given.get("to")] if isinstance(given, dict) else given
    if not isinstance(ends, list) or len(ends) != _ENDS or None in ends:
        raise params.wrong("value", 'a range: {"from", "to"} or a list of two')
    low, high = ends
    return lambda value: compare(low, value) <= 0 <= compare(high, value)


def _member(params: Params) -> Callable[[Any], bool]:
    given = params.get("value")
    values = given if isinstance(given, list) else [given]
    return lambda value: any(same(value, allowed) for allowed in values)


def _ordered(holds: Callable[[int], bool]) -> Callable[[Params], Callable[[Any], bool]]:
    def read(params: Params) -> Callable[[Any], bool]:
        right = params.get("value")
        return lambda value: holds(compare(value, right))

    return read


def _not(read: Callable[[Params], Callable[[Any], bool]]) -> Callable[[Params], Callable[[Any], bool]]:
    def negated(params: Params) -> Callable[[Any], bool]:
        test = read(params)
        return lambda value: not test(value)

    return negated


_equals = _ordered(lambda order: order == 0)

OPERATORS: dict[str, Callable[[Params], Callable[[Any], bool]]] = {
    "between": _between,
    "greater_than": _ordered(lambda order: order > 0),
    "greater_than_or_equals": _ordered(lambda order: order >= 0),
    "less_than": _ordered(lambda order: order < 0),
    "less_than_or_equals": _ordered(lambda order: order <= 0),
    "equals": _equals,
    "not_equals": _not(_equals),
    "in": _member,
    "not_in": _not(_member),
    "exists": lambda _: lambda _value: True,
    "not_exists": lambda _: lambda _value: False,
}
"""What reads the parameter ``value`` and returns the test of one value that is there, by operator."""
