"""What can go wrong in a call, as far as a player can tell."""

from __future__ import annotations

from typing import Any

from penstock.errors import PenstockError


class UnreachableError(PenstockError):
    """The server did not answer, or only with 5xx, for longer than the caller wants to wait."""

    code, status = "S0020E", 503


class RefusedError(PenstockError):
    """The server refused a request: a status of 4xx. ``answer`` is the body that came with it."""

    code, status = "C0160E", 400

    def __init__(self, message: str, answer: bytes = b"", *, status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.answer = answer


class GraphQLError(PenstockError):
    """A GraphQL answer with errors; ``codes`` are theirs, ``data`` is what was done all the same."""

    def __init__(self, errors: list[dict[str, Any]], data: dict[str, Any] | None) -> None:
        self.codes = [str(error.get("extensions", {}).get("code", "")) for error in errors]
        self.data = data or {}
        texts = "; ".join(str(error.get("message", error)) for error in errors[:3])
        super().__init__(f"GraphQL: {texts}", code=self.codes[0] or None)

    def only(self, *codes: str) -> bool:
        """Return whether every error has one of these codes."""
        return all(code in codes for code in self.codes)
