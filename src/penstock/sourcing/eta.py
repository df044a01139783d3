"""How long until parcels are ready to leave, in hours (spec 21 §9.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


def eta(limit: float | None, default: float, *, transferred: bool) -> float:
    """Return the hours of one fulfilment: the location's time to pick and pack.

    The default stands in where the location has no such time, and where the goods are transferred to another place
    before somebody collects them.
    """
    return default if limit is None or transferred else limit


def latest(etas: Collection[float], default: float) -> float:
    """Return the hours of a plan: those of its slowest fulfilment."""
    return max(etas, default=default)


def hours_text(hours: float) -> str:
    """Return hours as plans show them: ``"24"``, ``"1.5"``."""
    return str(int(hours)) if float(hours).is_integer() else str(hours)
