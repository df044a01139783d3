"""How much a request may bring (spec 12 §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import ClientDisconnect

from penstock.errors import InvalidValueError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Receive, Scope

MOST_BYTES = 2 * 1024 * 1024
MOST_NESTED = 200  # levels of JSON: what looks at each level calls itself


def header(scope: Scope, name: bytes) -> str | None:
    """Return the value of a header, named in lower case; None when it was not sent."""
    for key, value in scope["headers"]:
        if key == name:
            found: str = value.decode("latin-1")
            return found
    return None


async def read_body(scope: Scope, receive: Receive, most: int = MOST_BYTES) -> bytes:
    """Return the body of a request.

    Raises:
        TooLargeError: it is larger than ``most``, 2 MB as a rule; no more than that is kept, and nothing read when
            its size was announced.
    """
    announced = header(scope, b"content-length")
    if announced and announced.isdigit() and int(announced) > most:
        raise _too_large(most)
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise _too_large(most)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def check_nesting(content: bytes, value: object, siblings: int = 0) -> None:
    """Check how deep a value nests that was decoded from ``content``.

    So many ``siblings``, objects side by side, are known to be in it: of these, none is inside of another.

    Raises:
        InvalidValueError: it nests deeper than anything could be that means something.
    """
    if content.count(b"[") + content.count(b"{") <= MOST_NESTED + siblings:
        return
    level = [msgspec.to_builtins(value)]
    for _ in range(MOST_NESTED):
        level = [v for inner in level for v in _members(inner) if isinstance(v, dict | list)]
    if level:
        raise InvalidValueError(f"The body nests more than {MOST_NESTED} objects and lists.")


def _members(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(f"The body is larger than {most} bytes; send less in one request.")
