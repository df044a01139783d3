"""How many units of an order's item may still come back (spec 33 §3)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an order's item.

    ``delivered`` are the units in complete fulfilments, None where the order has no fulfilments at all; ``noted`` are
    the units that its attribute calls returnable, None without one, and ``noted_back`` those that were in returns when
    that was written; ``back`` are the units that are in returns now, those that were refused left out.
    """

    ordered: int
    cancelled: int = 0
    delivered: int | None = None
    noted: int | None = None
    noted_back: int = 0
    back: int = 0

    @property
    def all(self) -> int:
        """Return the units that could come back if nothing were in a return.

        The attribute goes first: somebody may have set it for goods that are not taken back. Since it is read together
        with the returns that it has counted, a return that is refused later gives its units back.
        """
        if self.noted is not None:
            return self.noted + self.noted_back
        return self.ordered - self.cancelled if self.delivered is None else self.delivered

    @property
    def returnable(self) -> int:
        """Return the units that may still come back."""
        return max(0, self.all - self.back)


def all_back(items: list[Known]) -> bool:
    """Return whether everything that could come back is in returns."""
    return bool(items) and all(item.returnable == 0 for item in items) and any(item.back for item in items)
