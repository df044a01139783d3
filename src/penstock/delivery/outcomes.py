"""What an attempt came to, by HTTP or by SMTP."""

from __future__ import annotations

import msgspec

SECONDS_TO_CONNECT = 5
SECONDS_TO_ANSWER = 10
MOST_SECONDS = SECONDS_TO_CONNECT + SECONDS_TO_ANSWER  # whatever a receiver does
SHOWN_CHARACTERS = 1_000


class Outcome(msgspec.Struct, frozen=True):
    """What an attempt came to: a status with the beginning of the answer, or an error.

    ``accepted``: the receiver has it. ``refused``: not taken, and never will be, so nobody tries again: by the guard,
    in which case nothing was sent, or by a mail server's last word. ``down``: the target itself seems out of order,
    whatever was sent to it.
    """

    code: int | None = None
    response: str | None = None
    error: str | None = None
    accepted: bool = False
    refused: bool = False
    down: bool = False

    @property
    def problem(self) -> str:
        """Return what went wrong, in words."""
        return self.error or f"status {self.code}"


def storable(text: str) -> str:
    """Return the beginning of a text, without what PostgreSQL does not store."""
    return text[:SHOWN_CHARACTERS].replace("\0", "\ufffd").encode(errors="replace").decode()
