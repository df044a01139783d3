"""What rules ask, answered from the database: for all contexts that ask at once, one statement a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.answers import categories, configured, holds, manifests, rows, sourcing, stock, waves
from penstock.rules import questions as q

if TYPE_CHECKING:
    from penstock.orchestration.driver import Answerer

ANSWERERS: dict[type, Answerer] = {
    q.Setting: configured.setting,
    q.NetworkLocations: configured.network_locations,
    q.CataloguesOfNetworks: configured.catalogues_of_networks,
    q.CataloguesOfRetailer: configured.catalogues_of_retailer,
    q.CategoriesOf: categories.categories_of,
    q.Geocode: configured.geocode,
    q.ById: rows.by_id,
    q.ByRef: rows.by_ref,
    q.Matching: rows.matching,
    q.LocationOfAddress: configured.location_of_address,
    q.StockAt: stock.stock_at,
    q.Grant: stock.grant,
    q.Holds: holds.holds,
    q.LedgerSum: stock.ledger_sum,
    q.Products: sourcing.products,
    q.FulfilmentsSince: sourcing.fulfilments_since,
    q.FulfilmentsOpen: sourcing.fulfilments_open,
    q.WavesOpen: waves.waves_open,
    q.WaveFulfilments: waves.wave_fulfilments,
    q.ConsignmentsWaiting: manifests.consignments_waiting,
}
