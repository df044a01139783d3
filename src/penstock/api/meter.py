"""What an API process counts: requests by account, operation and status, and how long they took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.metrics import Counts, Durations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.metrics import Family

NOBODY = ""  # the account of requests without a valid token
_LABELS = ("account", "operation")


class Requests:
    """The requests of one process."""

    def __init__(self) -> None:
        self._answers = Counts("penstock_http_requests", "Requests that were answered.", *_LABELS, "status")
        self._seconds = Durations("penstock_http_request_seconds", "How long requests took.", *_LABELS)

    def answered(self, account: str | None, operation: str, status: int, seconds: float) -> None:
        """Count a request; ``operation`` is method and path as declared, whatever the path's parameters are."""
        self._answers.add(account or NOBODY, operation, str(status))
        self._seconds.add(seconds, account or NOBODY, operation)

    def families(self) -> Iterator[Family]:
        """Yield what was counted."""
        yield from self._answers.families()
        yield from self._seconds.families()
