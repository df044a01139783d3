"""How much a request may bring (spec 12 §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from penstock.errors import TooLargeError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

MOST_BYTES = 2 * 1024 * 1024


def header(scope: Scope, name: bytes) -> str | None:
    """Return the value of a header, named in lower case; None when it was not sent."""
    for key, value in scope["headers"]:
        if key == name:
            found: str = value.decode("latin-1")
            return found
    return None


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """Return the body of a request.

    Raises:
        TooLargeError: it is larger than 2 MB; no more than that is kept, and nothing read when its size
            was announced.
    """
    announced = header(scope, b"content-length")
    if announced and announced.isdigit() and int(announced) > MOST_BYTES:
        raise _too_large()
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BYTES:
            raise _too_large()
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large() -> TooLargeError:
    return TooLargeError(f"The body is larger than {MOST_BYTES} bytes; send less in one request.")
