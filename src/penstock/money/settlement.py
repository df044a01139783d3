"""What was captured of a customer's money, and how a refund is split over it (spec 31 §9, 33 §8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from penstock.money.amounts import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

K = TypeVar("K")

CAPTURED = frozenset({"PAYMENT"})  # an authorisation moves nothing yet
GIVEN_BACK = frozenset({"REFUND", "CHARGEBACK"})
FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Movement(Generic[K]):
    """A payment transaction: what it did (``type``), whether that worked, and with how much of which currency.

    ``key`` is whatever the caller knows it by.
    """

    key: K
    type: str
    status: str | None
    amount: Decimal
    currency: str

    @property
    def captured(self) -> bool:
        """Return whether it took money from the customer."""
        return self.type in CAPTURED and self.status != FAILED

    @property
    def given_back(self) -> bool:
        """Return whether it gave, or is about to give, money back."""
        return self.type in GIVEN_BACK and self.status != FAILED


def held(movements: Iterable[Movement[K]]) -> dict[str, Decimal]:
    """Return what is left of the captured money, by currency; only currencies in which something was captured."""
    known = list(movements)
    left = {m.currency: ZERO for m in known if m.captured}
    for movement in known:
        if movement.currency in left and (movement.captured or movement.given_back):
            left[movement.currency] += movement.amount if movement.captured else -movement.amount
    return left


def split(amount: Decimal, movements: Sequence[Movement[K]]) -> list[tuple[Movement[K], Decimal]]:
    """Return how a refund is split over what was captured: newest first, no part more than what is left of it.

    ``movements`` are of one currency, oldest first. Earlier refunds took from the newest as well. The parts are
    less than ``amount`` where less was captured.
    """
    before = sum((m.amount for m in movements if m.given_back), ZERO)
    parts: list[tuple[Movement[K], Decimal]] = []
    for movement in (m for m in reversed(movements) if m.captured):
        used = min(before, movement.amount)
        part = min(movement.amount - used, amount)
        before, amount = before - used, amount - part
        if part > ZERO:
            parts.append((movement, part))
    return parts
