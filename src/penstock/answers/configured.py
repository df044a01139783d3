"""Answers that are read from memory, so at once: these functions are no coroutines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.geocoding import locate
from penstock.model.serving import serves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.model.rows import Row
    from penstock.orchestration.batch import Batch
    from penstock.rules.context import Ask


def setting(batch: Batch, asks: Sequence[Ask[Any]]) -> list[Any]:
    """Answer :class:`~penstock.rules.questions.Setting`."""
    return [
        batch.configuration.setting(a.question.name, a.context.event.retailer_id, a.question.location_id) for a in asks
    ]


def network_locations(batch: Batch, asks: Sequence[Ask[Any]]) -> list[Any]:
    """Answer :class:`~penstock.rules.questions.NetworkLocations`; the list is shared, not copied."""
    return [batch.configuration.members(a.question.network_ref) for a in asks]


def catalogues_of_networks(batch: Batch, asks: Sequence[Ask[Any]]) -> list[list[Row]]:
    """Answer :class:`~penstock.rules.questions.CataloguesOfNetworks`."""
    return [_over(batch, a.question.inventory_catalogue_ref, a.question.location_ref) for a in asks]


def _over(batch: Batch, inventory_ref: str, location_ref: str) -> list[Row]:
    networks = {str(n) for n in batch.configuration.location_networks.get(location_ref, ())}
    return [
        c
        for c in batch.configuration.catalogues["VirtualCatalogue"]
        if c.status == "ACTIVE" and c.inventory_catalogue_ref == inventory_ref and networks & set(c.network_ids or ())
    ]


def catalogues_of_retailer(batch: Batch, asks: Sequence[Ask[Any]]) -> list[list[Row]]:
    """Answer :class:`~penstock.rules.questions.CataloguesOfRetailer`: those that name no retailer belong to all."""
    return [
        [
            c
            for c in batch.configuration.catalogues[a.question.entity]
            if serves(c.retailer_refs, batch.configuration.retailers.get(a.context.event.retailer_id))
        ]
        for a in asks
    ]


def location_of_address(batch: Batch, asks: Sequence[Ask[Any]]) -> list[Row | None]:
    """Answer :class:`~penstock.rules.questions.LocationOfAddress`."""
    return [batch.configuration.location_of_address.get(a.question.address_id) for a in asks]


def geocode(_batch: Batch, asks: Sequence[Ask[Any]]) -> list[tuple[float, float] | None]:
    """Answer :class:`~penstock.rules.questions.Geocode` from the table of cities."""
    return [locate(a.question.country, a.question.postcode, a.question.city) for a in asks]
