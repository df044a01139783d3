"""Whether a value fits its column (spec 12 §2, §6.4): lengths, least values, what may not be null."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError, MissingValueError, NegativeValueError, TooLongError, shown
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column, Embedded, Scalar

if TYPE_CHECKING:
    from penstock.model.vocabulary import Entity

Check = Callable[[Any], Any]  # takes a value that is not null, returns it as it is stored
MASK = "********"  # stands for a secret, which is kept nowhere
_SHOWN = 40  # characters of an overlong text that its message repeats


def check_of(entity: Entity, column: Column | Embedded, wire: str) -> Check | None:
    """Return the check of an input field; None where the GraphQL type has checked everything already.

    Raises, when called: :class:`TooLongError`, :class:`NegativeValueError`, :class:`InvalidValueError`.
    """
    label = f"{entity.name}.{wire}"
    if isinstance(column, Embedded):
        return _embedded(column, label)
    if column.secret:
        return lambda _: MASK
    if column.scalar is Scalar.STRING:
        return _texts(column, label) if column.many else _text(column, label)
    if column.minimum is not None:
        return _number(column.minimum, label)
    return None


def forbid_null(entity: Entity, wire: str) -> MissingValueError:
    """Return the error for a null where a value must stand."""
    return MissingValueError(f"{entity.name}.{wire} is null; it needs a value")


def _text(column: Column, label: str) -> Check:
    length = column.length

    def check(value: Any) -> Any:
        if len(value) > length:
            raise TooLongError(
                f"{label} '{value[:_SHOWN]}…' is {len(value)} characters long; at most {length} are stored"
            )
        if "\0" in value:
            raise InvalidValueError(f"{label} {shown(value)} holds the character NUL, which cannot be stored")
        return value

    return check


def _texts(column: Column, label: str) -> Check:
    check = _text(column, label)
    return lambda values: [check(v) for v in values if v is not None]


def _number(minimum: int, label: str) -> Check:
    def check(value: Any) -> Any:
        if value < minimum:
            raise NegativeValueError(f"{label} is {value}; the least value is {minimum}")
        return value

    return check


def _embedded(column: Embedded, label: str) -> Check:
    """Check the texts of a value object; of attributes with the same name the last one counts."""
    texts = [
        (f.name, _text(f, f"{label}.{f.name}"))
        for f in (MODEL.values[column.type].fields if column.type in MODEL.values else ())
        if isinstance(f, Column) and f.scalar is Scalar.STRING
    ]

    def check_one(value: Any) -> Any:
        for name, check in texts:
            if value.get(name) is not None:
                check(value[name])
        return value

    def check_many(values: Any) -> Any:
        checked = [check_one(v) for v in values if v is not None]
        return list({v["name"]: v for v in checked}.values()) if column.type == "Attribute" else checked

    return check_many if column.many else check_one
