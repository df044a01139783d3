"""Values as clients send them in JSON or in a query; errors name the field and the value."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from penstock.errors import InvalidDateError, InvalidValueError, shown
from penstock.model.identifiers import parse

_DIGITS = 9  # so many fit any counter


def identifier(name: str, value: object) -> int:
    """Return an id given as number or text."""
    found = parse(value) if isinstance(value, int | str) and not isinstance(value, bool) else None
    if found is None:
        raise InvalidValueError(f'{name} is {shown(value)}; give an id, such as "8841".')
    return found


def moment(name: str, value: object) -> datetime:
    """Return a date and time in UTC; one without an offset is in UTC."""
    # In a query, the plus of an offset arrives as a space unless the client has escaped it.
    text = value.strip().replace(" ", "+") if isinstance(value, str) and "T" in value else value
    try:
        found = datetime.fromisoformat(str(text))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidDateError(
            f"{name} is {shown(value)}; give a date and time in UTC, such as 2024-05-06T01:05:45.120Z."
        ) from None


def unique(name: str, value: str) -> uuid.UUID:
    """Return a UUID."""
    try:
        return uuid.UUID(value)
    except ValueError:
        raise InvalidValueError(f"{name} is {shown(value)}; give a UUID.") from None


def whole(name: str, value: str) -> int:
    """Return a whole number of at least zero."""
    if not value.isascii() or not value.isdigit() or len(value) > _DIGITS:
        raise InvalidValueError(f"{name} is {shown(value)}; give a whole number of at least 0.")
    return int(value)
