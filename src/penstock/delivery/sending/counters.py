"""What one process has sent, for whoever exports metrics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Counters:
    """Counts since the process started, webhooks and mails together; ``seconds`` is the time of all attempts.

    ``delivered`` and ``given_up`` count webhooks and mails, ``accepted``, ``failed`` and ``refused`` attempts; what
    the guard refuses was never sent. ``retried`` are the failed ones that come again. ``sending`` is how many are on
    their way.
    """

    delivered: int = 0
    given_up: int = 0
    accepted: int = 0
    failed: int = 0
    refused: int = 0
    retried: int = 0
    seconds: float = 0.0
    sending: int = 0
    circuits_opened: int = 0


COUNTERS = Counters()  # of this process
