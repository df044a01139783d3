"""How much of an order item can be cancelled, and which plans shrink by it (spec 31 §6.2)."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.sourcing.need import spread

_NOBODYS = "ESCALATED"  # the status of what no location can send
_NOT_STARTED = frozenset({_NOBODYS, "CREATED", "PROCESSING", "AWAITING_WAVE"})


@dataclass(frozen=True, slots=True)
class Planned:
    """Units of an order item that a fulfilment item stands for, and the status of its fulfilment."""

    fulfilment_item: int
    status: str
    units: int  # requested less rejected


@dataclass(frozen=True, slots=True)
class Line:
    """An order item: the units that are still wanted, cancelled ones taken off, and what is planned for them."""

    wanted: int
    planned: tuple[Planned, ...]

    @property
    def cancellable(self) -> int:
        """Return the units that no location has begun to work on."""
        return max(0, self.wanted - sum(p.units for p in self._live if p.status not in _NOT_STARTED))

    def reductions(self, units: int) -> dict[int, int]:
        """Return by how much which fulfilment items shrink when so many units are cancelled.

        Units that no fulfilment covers go first, then those that nobody can send, then those planned last.
        """
        covered = sum(p.units for p in self._live)
        last_first = sorted(self._live, key=lambda p: (p.status != _NOBODYS, -p.fulfilment_item))
        room = ((p.fulfilment_item, p.units) for p in last_first if p.status in _NOT_STARTED)
        return spread(units - max(0, self.wanted - covered), room)

    @property
    def _live(self) -> list[Planned]:
        return [p for p in self.planned if p.status != "CANCELLED"]
