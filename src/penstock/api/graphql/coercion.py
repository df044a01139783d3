"""From what clients send to values of the declared types, as lenient as clients expect (spec 12 §1, contract).

One value stands for a list of one, a number for an id, and a text that holds a number for that number. Coercing
twice changes nothing. A coercer is made once for each type.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
)

from penstock.api.graphql.failures import WrongValueError
from penstock.errors import InvalidDateError, InvalidValueError, MissingValueError, shown
from penstock.model.vocabulary import Scalar

Coerce = Callable[[Any], Any]

_INT_LIMIT = 2**31
SECRETS = frozenset({"password", "apiKey"})


def _string(value: Any) -> str | None:
    if value is None:
        return None
    if type(value) is not str:
        raise WrongValueError(f"String cannot represent a non string value: {shown(value)}")
    if "\0" in value:
        raise WrongValueError("text cannot hold the character U+0000", InvalidValueError)
    return value


def _id(value: Any) -> str | None:
    if value is None:
        return None
    if type(value) is str:
        return _string(value)
    if type(value) is int:
        return str(value)
    raise WrongValueError(f"ID cannot represent value: {shown(value)}")


def _int(value: Any) -> int | None:
    if value is None:
        return None
    number = value
    if type(value) is str or type(value) is float:
        try:
            number = int(value)
        except (ValueError, OverflowError):
            number = None
        if type(value) is float and number != value:
            number = None
    if type(number) is not int:
        raise WrongValueError(f"Int cannot represent non-integer value: {shown(value)}")
    if not -_INT_LIMIT <= number < _INT_LIMIT:
        raise WrongValueError(f"Int cannot represent non 32-bit signed integer value: {shown(value)}")
    return number


def _float(value: Any) -> float | None:
    if value is None:
        return None
    number = None
    if type(value) is float or type(value) is int or type(value) is str:
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = None
    if number is None or not math.isfinite(number):
        raise WrongValueError(f"Float cannot represent non numeric value: {shown(value)}")
    return number


def _boolean(value: Any) -> bool | None:
    if value is None:
        return None
    if type(value) is not bool:
        raise WrongValueError(f"Boolean cannot represent a non boolean value: {shown(value)}")
    return value


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise WrongValueError(
            f"{shown(value)} is not a date and time such as 2024-05-06T01:05:45.120Z", InvalidDateError
        ) from None


def holds_nul(value: Any) -> bool:
    """Return whether any text inside a JSON value holds the character U+0000, which PostgreSQL cannot store."""
    match value:
        case str():
            return "\0" in value
        case list():
            return any(map(holds_nul, value))
        case dict():
            return any(map(holds_nul, value)) or any(map(holds_nul, value.values()))
    return False


def _json(value: Any) -> Any:
    if holds_nul(value):
        raise WrongValueError("text cannot hold the character U+0000", InvalidValueError)
    return value


_SCALARS: dict[str, Coerce] = {
    Scalar.ID: _id,
    Scalar.STRING: _string,
    Scalar.INT: _int,
    Scalar.FLOAT: _float,
    Scalar.BOOLEAN: _boolean,
    Scalar.DATETIME: _moment,
    Scalar.JSON: _json,
}
_made: dict[str, Coerce] = {}


def coercer(type_: GraphQLInputType) -> Coerce:
    """Return the function that takes a value to this type, or raises :class:`WrongValueError`."""
    name = str(type_)
    if name not in _made:
        _made[name] = _make(type_)
    return _made[name]


def _make(type_: GraphQLInputType) -> Coerce:
    match type_:
        case GraphQLNonNull():
            return _required(coercer(type_.of_type))
        case GraphQLList():
            return _list(coercer(type_.of_type))
        case GraphQLInputObjectType():
            return _object(type_)
        case GraphQLEnumType():
            return _enum(type_)
        case GraphQLScalarType():
            return _SCALARS[type_.name]
    raise TypeError(f"not an input type: {type_}")


def _required(inner: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None:
            raise WrongValueError("a value is required, null is none", MissingValueError)
        return inner(value)

    return coerce


def _list(element: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not list:
            return [element(value)]
        made: list[Any] = []
        try:
            for given in value:
                made.append(element(given))  # noqa: PERF401 - how many are made tells which one was wrong
        except WrongValueError as error:
            raise error.within(str(len(made))) from None
        return made

    return coerce


def _enum(type_: GraphQLEnumType) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is not None and (type(value) is not str or value not in type_.values):
            raise WrongValueError(f"{shown(value)} is none of {', '.join(type_.values)}")
        return value

    return coerce


def _without_secret(error: WrongValueError, name: str) -> WrongValueError:
    """Return the error of a field, without its value where that is to be kept secret."""
    return WrongValueError("this cannot be a secret; give a text", error.kind) if name in SECRETS else error


def _object(type_: GraphQLInputObjectType) -> Coerce:
    fields: dict[str, Coerce] = {}
    required: set[str] = set()

    def prepare() -> None:  # on first use: input types may name each other
        required.update(name for name, f in type_.fields.items() if isinstance(f.type, GraphQLNonNull))
        fields.update({name: coercer(f.type) for name, f in type_.fields.items()})  # at once: that says all is ready

    def coerce(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not dict:
            raise WrongValueError(f"Expected an object of type {type_.name}, not {shown(value)}")
        if not fields:
            prepare()
        if not required <= value.keys():
            missing = next(name for name in fields if name in required and name not in value)
            raise WrongValueError("a value is required", MissingValueError).within(missing)
        made: dict[str, Any] = {}
        name = ""
        try:
            for name, given in value.items():
                made[name] = fields[name](given)
        except WrongValueError as error:
            raise _without_secret(error, name).within(name) from None
        except KeyError:
            raise WrongValueError(f"Field {shown(name)} is not defined by type {type_.name}") from None
        return made

    return coerce
