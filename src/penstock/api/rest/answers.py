"""Answers in JSON, errors among them (spec 10 §2.5, §3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from penstock.api.rest.shape import Shape
from penstock.database.pools import LOST
from penstock.errors import InvalidTokenError, PenstockError

if TYPE_CHECKING:
    from collections.abc import Mapping

_encode = msgspec.json.Encoder().encode

# The database is away, or is stopping or starting: asking again later helps.
AWAY = (*LOST, asyncpg.OperatorInterventionError)


class OAuthError(PenstockError):
    """An error in the form that OAuth prescribes; ``code`` is OAuth's."""

    code, status = "invalid_request", 400


class Message(Shape):
    """What went wrong: the status as a text, and a sentence."""

    code: str
    message: str


class Envelope(Message):
    """An error: the message in both places where clients look for it; failed events add their state."""

    errors: list[Message]


class Refusal(msgspec.Struct):
    """An error in the form that OAuth prescribes."""

    error: str
    error_description: str


class InvalidToken(Refusal):
    """No token, or one that is unknown, expired or revoked."""


def answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response with this content as JSON."""
    return Response(_encode(content), status, headers, "application/json")


def envelope(status: int, message: str, **more: Any) -> dict[str, Any]:
    """Return the body of an error: the message in both places where clients look for it."""
    error = {"code": str(status), "message": message}
    return {**error, "errors": [error], **more}


def answer_to(error: Exception) -> Response:
    """Return the response to a request that failed with this error."""
    match error:
        case InvalidTokenError(message=message):
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            return answer({"error": "invalid_token", "error_description": message}, error.status, challenge)
        case OAuthError(code=code, message=message, status=status):
            return answer({"error": code, "error_description": message}, status)
        case HTTPException(status_code=status, detail=detail, headers=headers):
            return answer(envelope(status, detail), status, headers)
    status, message = _plain(error)
    return answer(envelope(status, message), status)


def _plain(error: Exception) -> tuple[int, str]:
    """Return status and message of an error without a form of its own."""
    match error:
        case _ if isinstance(error, AWAY):  # whatever it says: its address is no client's business
            return 503, "The database does not answer; try again later."
        case PenstockError(message=message, status=status):
            return status, message
        case asyncpg.DataError():
            return 400, f"A value cannot be stored: {error}"
    return 500, "Penstock failed; its log tells why."
