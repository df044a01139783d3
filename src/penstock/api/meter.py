"""What an API process counts: requests by account, operation and status, and how long they took."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from penstock.metrics import Counts, Durations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from penstock.metrics import Family

NOBODY = ""  # the account of requests without a valid token
_LABELS = ("account", "operation")
OFTEN = 100  # requests in a second: a shop is open, and people wait for its pages
# Who hands this in does not wait for what comes of it: a load must not slow itself down.
LATER = frozenset({"POST /api/v4.1/job/{jobId}/batch", "POST /api/v4.1/event/async"})


class Requests:
    """The requests of one process; ``often`` is told of an account that is asked often, once a second at most."""

    def __init__(self, often: Callable[[str], None] = lambda _account: None) -> None:
        self._often = often
        self._second = -1
        self._lately: Counter[str] = Counter()
        self._answers = Counts("penstock_http_requests", "Requests that were answered.", *_LABELS, "status")
        self._seconds = Durations("penstock_http_request_seconds", "How long requests took.", *_LABELS)

    def answered(self, account: str | None, operation: str, status: int, seconds: float) -> None:
        """Count a request; ``operation`` is method and path as declared, whatever the path's parameters are."""
        self._answers.add(account or NOBODY, operation, str(status))
        self._seconds.add(seconds, account or NOBODY, operation)
        if account is not None and operation not in LATER:
            self._note(account)

    def _note(self, account: str) -> None:
        second = int(time.monotonic())
        if second != self._second:
            self._second = second
            self._lately.clear()
        self._lately[account] += 1
        if self._lately[account] == OFTEN:
            self._often(account)

    def families(self) -> Iterator[Family]:
        """Yield what was counted."""
        yield from self._answers.families()
        yield from self._seconds.families()
