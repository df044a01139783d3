"""The one family of errors that reaches users (spec 10 §3.1, 12 §8).

Every error has a stable code, an HTTP status, and a message that names the field and the value that was
wrong and, where that helps, says what to do next.
"""

from __future__ import annotations

_SHOWN = 200  # characters


def shown(value: object) -> str:
    """Return a value as messages show it, shortened when it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"


class PenstockError(Exception):
    """An error with a stable ``code`` for programs and a message for people."""

    code = "S0002E"
    status = 500

    def __init__(self, message: str, *, code: str | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.status = status or type(self).status


class TooComplexError(PenstockError):
    """A query that would cost more than the limit allows."""

    code, status = "C0001E", 400


class SlowSearchError(TooComplexError):
    """A list whose filters no index answers, and whose rows were too many to look through."""


class ForbiddenError(PenstockError):
    """A known user lacks permissions; the message lists all that are missing."""

    code, status = "C0020E", 403


class InvalidTokenError(PenstockError):
    """No token, or one that is unknown, expired or revoked."""

    code, status = "S0040E", 401


class InvalidDateError(PenstockError):
    """A value that is not a date and time."""

    code, status = "C0100E", 400


class EmptyDateRangeError(PenstockError):
    """A date range with neither ``from`` nor ``to``."""

    code, status = "C0101E", 400


class NotFoundError(PenstockError):
    """The entity to operate on does not exist or is not visible."""

    code, status = "C0120E", 404


class DuplicateOrderRefError(PenstockError):
    """An order with this ref exists already."""

    code, status = "C0121E", 400


class NegativeValueError(PenstockError):
    """A negative number where none is allowed."""

    code, status = "C0122E", 400


class UniqueConstraintError(PenstockError):
    """Something with this key exists already."""

    code, status = "C0123E", 400


class DuplicateProductRefError(PenstockError):
    """A product with this ref exists already in the catalogue."""

    code, status = "C0128E", 400


class MissingValueError(PenstockError):
    """A required variable, argument or field is missing."""

    code, status = "C0140E", 400


class TooLongError(PenstockError):
    """A text longer than its field."""

    code, status = "C0141E", 400


class InvalidValueError(PenstockError):
    """Any other value that cannot be accepted."""

    code, status = "C0160E", 400


class TooLargeError(PenstockError):
    """A request body over the size limit."""

    code, status = "C0160E", 413


class SetupError(PenstockError):
    """Penstock cannot start as it was asked to; the message says why and the way out."""

    code, status = "S0001E", 500


class DatabaseAwayError(SetupError):
    """The database does not answer: not yet, not now, or not at all."""

    status = 503
