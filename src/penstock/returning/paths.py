"""Which way returned goods go (spec 33 §4)."""

from __future__ import annotations

import enum


class Path(enum.StrEnum):
    """The ways of returned goods."""

    HANDED_IN = "HANDED_IN"  # at the place that keeps them
    SENT_ON = "SENT_ON"  # handed in at a place that sends them on
    PICKUP = "PICKUP"  # by a courier, at the customer's
    MAILED = "MAILED"  # by the customer


def path(lodged: str | None, destination: str | None, *, pickup: bool) -> Path:
    """Return the way from the refs of the place where goods were handed in and of the one that keeps them.

    Without a destination, the place where they were handed in keeps them. What was handed in needs no courier.
    """
    if lodged:
        return Path.SENT_ON if destination and destination != lodged else Path.HANDED_IN
    return Path.PICKUP if pickup else Path.MAILED
