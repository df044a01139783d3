"""What an order still needs, and how far it may be split (spec 22 §3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_BY_LOCATION_TYPE = {"STORE": "PFS", "WAREHOUSE": "PFDC"}


@dataclass(frozen=True, slots=True)
class Held:
    """Units of an order item in one fulfilment of this status."""

    order_item: int
    status: str
    requested: int
    rejected: int


def unfulfilled(quantities: Mapping[int, int], held: Iterable[Held]) -> dict[int, int]:
    """Return the units that no fulfilment covers, by order item; items that are covered are left out.

    A cancelled fulfilment covers nothing, any other what it was asked for and has not rejected. Escalated
    items count as covered: they come back only when somebody cancels the escalated fulfilment.
    """
    left = dict(quantities)
    for part in held:
        if part.status != "CANCELLED" and part.order_item in left:
            left[part.order_item] -= part.requested - part.rejected
    return {item: units for item, units in left.items() if units > 0}


def spread(units: int, wanted: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Share units of one product among order items ``(id, units wanted)``, in their order."""
    shares: dict[int, int] = {}
    for item, want in wanted:
        share = min(units, want)
        if share > 0:
            shares[item] = share
            units -= share
    return shares


def split_limit_reached(statuses: Iterable[str], excluded: Collection[str], limit: int) -> bool:
    """Return whether an order with fulfilments in these statuses may not get another one."""
    return sum(status not in excluded for status in statuses) > limit


def fulfilment_type(order_type: str, location_type: str | None) -> str | None:
    """Return ``HD_PFS`` for a store, ``HD_PFDC`` for a warehouse, None for any other kind of location."""
    suffix = _BY_LOCATION_TYPE.get(location_type or "")
    return f"{order_type}_{suffix}" if suffix else None
