"""Errors as clients of GraphQL see them (spec 12 §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from penstock.errors import InvalidValueError, PenstockError, SlowSearchError, TooComplexError
from penstock.model.lists import advice
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from graphql import GraphQLError

    from penstock.api.graphql.statements.writer import Search

_encode = msgspec.json.Encoder().encode

_LONGEST = 1000  # characters of a message
FETCHING = "DataFetchingException"
INVALID = "ValidationError"
SYNTAX = "InvalidSyntax"

# What PostgreSQL says about what was asked, not about itself.
REFUSALS = (asyncpg.DataError, asyncpg.ProgramLimitExceededError, asyncpg.QueryCanceledError, asyncpg.RaiseError)

Error = dict[str, Any]


class RejectedError(Exception):
    """A request that cannot be executed at all: its errors in the form of the response."""

    def __init__(self, errors: list[Error]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


class WrongValueError(Exception):
    """A value that does not fit its type; the path to it grows while the error travels outwards.

    ``kind`` is the error that clients see; without one it is a plain validation error, which has no code.
    """

    def __init__(self, message: str, kind: type[PenstockError] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.path: list[str] = []

    def within(self, name: str) -> WrongValueError:
        """Return the error, seen from one level further out."""
        self.path.insert(0, name)
        return self

    def error(self) -> Error:
        """Return the error as clients see it."""
        text = f"{'.'.join(self.path)}: {self.message}" if self.path else self.message
        return coded(self.kind(text)) if self.kind else invalid(text)


def coded(error: PenstockError, path: Sequence[str | int] = (), locations: Sequence[Any] = ()) -> Error:
    """Return an error with a code, which also begins its message."""
    return _error(f"{error.code} - {error.message}", FETCHING, path, locations, error.code)


def placed(error: PenstockError | WrongValueError, path: Sequence[str]) -> Error:
    """Return the error of a field's arguments; those of plain validation have no path, as nothing was executed."""
    if isinstance(error, PenstockError):
        return coded(error, path)
    made = error.error()
    return {**made, "path": list(path)} if path and error.kind else made


def invalid(message: str, locations: Sequence[Any] = (), classification: str = INVALID) -> Error:
    """Return an error of the document or of its variables, which has no code."""
    return _error(message, classification, (), locations, None)


def _error(
    message: str, classification: str, path: Sequence[str | int], locations: Sequence[Any], code: str | None
) -> Error:
    extensions = {"code": code, "classification": classification} if code else {"classification": classification}
    error: Error = {"message": message, "extensions": extensions}
    if locations:
        error["locations"] = list(locations)
    if path:
        error["path"] = list(path)
    return error


def from_core(errors: Iterable[GraphQLError], classification: str) -> list[Error]:
    """Return errors that graphql-core found in a document."""
    return [
        invalid(_short(e.message), [{"line": at.line, "column": at.column} for at in e.locations or ()], classification)
        for e in errors
    ]


def _short(message: str) -> str:
    """Return a message without most of the value that it quotes, which may be the whole document."""
    return message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"


def refused(error: Exception) -> PenstockError:
    """Return the error for what PostgreSQL refused: a value out of range, or a statement that took too long."""
    match error:
        case asyncpg.QueryCanceledError():
            return TooComplexError(
                "The database needed longer for this than a statement may take: ask for smaller pages or fewer levels, "
                "or filter by ref, status or dates"
            )
        case asyncpg.ProgramLimitExceededError():
            return InvalidValueError("A value is too large or nests too deeply to be stored")
        case asyncpg.RaiseError(message=str() as message, detail=str() as code):  # by the function refuse()
            return PenstockError(message, code=code)
    return InvalidValueError(f"A value cannot be used: {error}")


def too_slow(searches: Iterable[Search], seconds: float) -> SlowSearchError:
    """Return the error for lists that were looked through too long; it says what finds their rows quickly."""
    entity, names = next(iter(searches))
    listed = MODEL.entity(entity)
    by = f" by {', '.join(names)}" if names else ""
    return SlowSearchError(
        f"{listed.plural}{by}: so many rows cannot be looked through within {seconds:g} s. "
        f"Add a filter that leads to few of them: {advice(listed)}"
    )


def delayed() -> PenstockError:
    """Return the error for a write that PostgreSQL gave up; nothing of it is stored, so trying again is safe."""
    return PenstockError(
        "The database needed longer to write this than a statement may take. Nothing was written: try again later, "
        "or write less at once"
    )


def failed(errors: list[Error]) -> bytes:
    """Return the response to a request of which nothing was executed."""
    return _encode({"data": None, "errors": errors})


def encoded(value: object) -> bytes:
    """Return a value as JSON."""
    return _encode(value)
