"""Promises that cannot be kept: a count or delta has left less than was promised (spec 20 §10.4)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.inventory.ledger import COUNTING_STATUSES, SHORT
from penstock.inventory.shortages import Claim, unmet

if TYPE_CHECKING:
    from penstock.database.pools import Database


class Unmet(msgspec.Struct, frozen=True, rename="camel"):
    """Units promised to a fulfilment that are not there; of several, the newest order loses first.

    Attributes:
        position: ref of the inventory position.
        promised: units that the fulfilment was promised of it.
        unmet: as many of them as are missing.
    """

    retailer_id: int
    catalogue: str
    position: str
    order_id: str
    order_ref: str
    fulfilment_id: str
    fulfilment_ref: str | None
    status: str | None
    promised: int
    unmet: int


async def promises_unmet(database: Database) -> list[Unmet]:
    """Return who cannot be met, by position, those that lose first before the others; of 1,000 positions at most."""
    by_position: dict[int, list[Any]] = defaultdict(list)
    for record in await database.fetch(SHORT, list(COUNTING_STATUSES)):
        by_position[record["position"]].append(record)
    ordered = sorted(by_position.values(), key=lambda records: str(records[0]["ref"]))
    return [one for records in ordered for one in _of(records)]


def _of(records: list[Any]) -> list[Unmet]:
    claims = {Claim(r["created_on"], r["order_id"], r["fulfilment"], r["units"]): r for r in records}
    return [_told(claims[claim], units) for claim, units in unmet(-records[0]["on_hand"], claims)]


def _told(record: Any, units: int) -> Unmet:
    return Unmet(
        retailer_id=record["retailer_id"],
        catalogue=record["catalogue"],
        position=record["ref"],
        order_id=str(record["order_id"]),
        order_ref=record["order_ref"],
        fulfilment_id=str(record["fulfilment"]),
        fulfilment_ref=record["fulfilment_ref"],
        status=record["status"],
        promised=record["units"],
        unmet=units,
    )
