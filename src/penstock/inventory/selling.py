"""What a base virtual position shows of the stock behind it (spec 21 §3).

A control comes down to two numbers, kept on the virtual position (``share``, ``buffer``): how much of what is on hand
counts, in percent, and what is added to that. So the quantity stays simple arithmetic wherever it is computed: here,
and in the database by ``penstock.inventory.ledger.REFRESH``. Null stands for the usual: all of it, and nothing added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from penstock.model.rows import Row

SELLING_STATUSES = ("ACTIVE", "AT_RISK")  # of inventory positions; others show nothing
LARGEST = 2**31 - 1  # what a column of whole numbers takes


@dataclass(frozen=True)
class Terms:
    """How much of the stock on hand counts, in percent, and how many units are added to it."""

    share: int = 100
    buffer: int = 0

    @classmethod
    def of(cls, shown: Row | None) -> Terms:
        """Return the terms that a virtual position keeps; the usual ones where there is none."""
        if shown is None:
            return cls()
        return cls(100 if shown.share is None else shown.share, shown.buffer or 0)

    def columns(self) -> dict[str, int | None]:
        """Return the columns of a virtual position that keep these terms."""
        return {"share": None if self.share == ALL.share else self.share, "buffer": self.buffer or None}

    def quantity(self, on_hand: int | None) -> int:
        """Return the units that can be sold of so many on hand: never less than none."""
        return min(LARGEST, max(0, (on_hand or 0) * self.share // 100 + self.buffer))


ALL = Terms()
NOTHING = Terms(share=0)  # an exclusion


def sellable(position: Row | None, shown: Row | None = None) -> int:
    """Return the units that a base virtual position shows of an inventory position."""
    return sold(position, Terms.of(shown), SELLING_STATUSES if shown is None else selling_statuses(shown))


def sold(position: Row | None, terms: Terms, statuses: Collection[str]) -> int:
    """Return the units that can be sold of a position on these terms: none unless it is in one of the statuses."""
    return terms.quantity(position.on_hand) if position is not None and position.status in statuses else 0


def promisable(position: Row | None, shown: Row) -> int:
    """Return the units of what a virtual position shows that are there: headroom is shown, not promised."""
    return 0 if position is None else min(shown.quantity or 0, position.on_hand or 0)


def promisable_now(position: Row | None, shown: Row | None = None) -> int:
    """Return the same of what a virtual position is about to show of an inventory position."""
    return max(0, min(sellable(position, shown), 0 if position is None else position.on_hand or 0))


def selling_statuses(shown: Row) -> Sequence[str]:
    """Return the statuses of the inventory position in which a virtual one shows something."""
    kept: Any = shown.statuses
    return SELLING_STATUSES if kept is None else kept


def statuses_column(statuses: Sequence[str]) -> list[str] | None:
    """Return the column of a virtual position that keeps these statuses."""
    return None if set(statuses) == set(SELLING_STATUSES) else list(statuses)


def total(amounts: Sequence[int], buffer: int) -> int:
    """Return what an aggregate shows over what single locations show: floored at none, once more (spec 21 §3)."""
    return min(LARGEST, max(0, sum(amounts) + buffer))
