"""What follows from the inspection of a return (spec 33 §4, §6)."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from decimal import Decimal

AT_FAULT = frozenset({"BROKEN", "WRONG_DESCRIPTION"})  # reasons that are the retailer's fault, where nobody says


class Outcome(enum.StrEnum):
    """What follows from an inspection."""

    REFUND = "REFUND"  # the customer gets money back
    NOTHING = "NOTHING"  # neither side owes anything
    OWED = "OWED"  # the customer got more in exchange
    REJECTED = "REJECTED"  # nothing of it was accepted


def outcome(statuses: Iterable[str], total: Decimal, exchange: Decimal) -> Outcome:
    """Return what follows for items in these statuses, worth ``total``, and an exchange order worth ``exchange``."""
    if all(status == "REJECTED" for status in statuses):
        return Outcome.REJECTED
    if total == exchange:
        return Outcome.NOTHING
    return Outcome.REFUND if total > exchange else Outcome.OWED


def at_fault(reasons: Iterable[str | None], faults: Collection[str] = AT_FAULT) -> bool:
    """Return whether the retailer is to blame for all of these reasons."""
    return all(reason in faults for reason in reasons)
