"""Telling a position that holds have changed it: its workflow lets aggregates and thresholds follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.registry import MODEL
from penstock.orchestration.actions import event_id
from penstock.orchestration.lanes import own_lane
from penstock.orchestration.records import PendingEvent
from penstock.rules.builtin.order.sourcing.holds import CHANGED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

POSITION = MODEL.entity("InventoryPosition")
_CATALOGUE = MODEL.entity("InventoryCatalogue")


def told(position: Mapping[str, Any], retailer_id: int, user: str | None, now: datetime) -> PendingEvent:
    """Return the event that tells a position, which was read by ``penstock.inventory.ledger.POSITIONS``."""
    return PendingEvent(
        id=event_id(now),
        lane=own_lane(POSITION, position["id"], position["ref"], position["catalogue_id"]),
        name=CHANGED,
        retailer_id=retailer_id,
        entity_type=str(POSITION.event),
        entity_id=position["id"],
        entity_ref=position["ref"],
        entity_subtype=position["type"],
        root_type=str(_CATALOGUE.event),
        root_id=position["catalogue_id"],
        root_ref=position["catalogue_ref"],
        attributes={},
        generated_by=user,
        created=now,
    )
