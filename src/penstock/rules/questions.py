"""What a rule may ask: plain data, answered by the engine for all contexts that ask at once.

Every answer is kept in the trace, so a decision can be explained and replayed. The functions that answer stand
in the rooms that own the data; the composition root connects them (:mod:`penstock.app`).
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_REFUSALS = 3  # of a Grant in a row, after which rules leave units to who comes next (spec 20 §10.3)


@dataclass(frozen=True, slots=True)
class Setting:
    """The value of a setting: the narrowest context wins (spec 10 §6). Answer: JSON value or None.

    ``location_id`` looks at the location first (context AGENT), then at the retailer, the account and GLOBAL.
    """

    name: str
    location_id: int | None = None


@dataclass(frozen=True, slots=True)
class ByRef:
    """The row of an entity with this ref, of the event's retailer or account. Answer: row or None.

    ``within`` is the id of the parent that the ref is unique in: the catalogue of a position, product or
    category, the retailer of an order or location.
    """

    entity: str
    ref: str
    within: int | None = None

    def parent(self, column: str | None, retailer: int) -> int | None:
        """Return the id of the parent, which is in this column: by default the retailer's."""
        if column is None:
            return None
        return retailer if self.within is None and column == "retailer_id" else self.within


@dataclass(frozen=True, slots=True)
class ById:
    """The row of an entity with this id. Answer: row or None."""

    entity: str
    id: int


@dataclass(frozen=True, slots=True)
class Matching:
    """All rows of an entity whose columns have one of the given values. Answer: list of rows, by id.

    ``where`` holds (column, allowed values); at least one of the columns must be indexed.
    """

    entity: str
    where: tuple[tuple[str, tuple[object, ...]], ...]


@dataclass(frozen=True, slots=True)
class NetworkLocations:
    """The locations of a network (None when it does not exist), sorted by ref; of one that is INACTIVE there are none.

    Answer: list of ``{"id", "ref", "type", "status", "latitude", "longitude", "addressId"}``.
    """

    network_ref: str


@dataclass(frozen=True, slots=True)
class StockAt:
    """What can be sold of some products, per location, in a BASE virtual catalogue; zero is left out.

    Answer: list of ``{"ref", "productRef", "groupRef", "quantity", "status", "positionId"}``, less what the
    same batch has already promised, and with what the context itself has given back: the units of holds that it has
    taken over; nothing where all networks of the catalogue are INACTIVE. None when the catalogue does not exist.
    """

    virtual_catalogue_ref: str
    product_refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """Whether units can still be promised within this batch: all of them or none.

    No more than what :class:`StockAt` told before, by the most generous of the catalogues that were asked about.
    ``amounts`` holds (position id, units). Answer: bool. The write checks again under lock.
    """

    amounts: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Holds:
    """The holds of the event's retailer that have one of these refs and go on; none that this context has taken over.

    Answer: list of ``{"id", "ref", "amounts": {position id: units}}``, in the order of the refs; ids are texts.
    Whoever asks is held to it: should one of them end meanwhile, the context is executed again.
    """

    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LedgerSum:
    """Sum of a position's quantities of these types and statuses, own changes included. Answer: int."""

    position_id: int
    types: tuple[str, ...]
    statuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CataloguesOfNetworks:
    """The ACTIVE virtual catalogues over an inventory catalogue that share a network with a location.

    Answer: list of VirtualCatalogue rows.
    """

    inventory_catalogue_ref: str
    location_ref: str


@dataclass(frozen=True, slots=True)
class CataloguesOfRetailer:
    """The rows of a kind of catalogue that list the event's retailer. Answer: list of rows."""

    entity: str


@dataclass(frozen=True, slots=True)
class CategoriesOf:
    """The categories of a product of a catalogue and those that they are part of. Answer: list of refs, nearest first.

    Its own come first, then their parents and those of the standard product that it is a variant of.
    """

    product_ref: str
    product_catalogue_ref: str


@dataclass(frozen=True, slots=True)
class WavesOpen:
    """Ids of the fulfilments of a location that are in a wave which is not over. Answer: frozenset of ids.

    ``done`` are the statuses of waves that are over.
    """

    location_id: int
    done: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WaveFulfilments:
    """The fulfilments of a wave with their items and orders.

    Answer: list of ``(fulfilment row, [item rows], {order item id: product ref}, order row)``.
    """

    wave_id: int


@dataclass(frozen=True, slots=True)
class ConsignmentsWaiting:
    """The bookings with a carrier of parcels from a location that no manifest lists. Answer: CarrierConsignment rows.

    ``void`` are the statuses of manifests that list nothing any more.
    """

    carrier_id: int
    location_id: int
    void: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LocationOfAddress:
    """The location whose primary address this is. Answer: location row or None."""

    address_id: int


@dataclass(frozen=True, slots=True)
class Geocode:
    """The coordinates of a postal address. Answer: ``(latitude, longitude)`` or None.

    ``country``, ``postcode`` and ``city`` as given by the client.
    """

    country: str | None
    postcode: str | None
    city: str | None


@dataclass(frozen=True, slots=True)
class Products:
    """What is known of the products with these ids, for conditions of sourcing profiles.

    Answer: list of ``{"id", "ref", "type", "attributes": [{"name", "type", "value"}], "categories": [ref]}``, by id;
    unknown ones are left out.
    """

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FulfilmentsSince:
    """How many fulfilments addresses got since a moment of each, own ones included; cancelled and expired do not count.

    ``since`` holds (address id, seconds since 1970). Answer: list of counts, in that order. What other orders of the
    same batch add is not seen.
    """

    since: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class FulfilmentsOpen:
    """How many fulfilments of addresses are not at their end, own ones included. Answer: list of counts, in that order.

    What other orders of the same batch add is not seen.
    """

    addresses: tuple[int, ...]


Question = (
    Setting
    | ByRef
    | ById
    | Matching
    | NetworkLocations
    | StockAt
    | Grant
    | Holds
    | LedgerSum
    | CataloguesOfNetworks
    | CataloguesOfRetailer
    | CategoriesOf
    | WavesOpen
    | WaveFulfilments
    | ConsignmentsWaiting
    | LocationOfAddress
    | Geocode
    | Products
    | FulfilmentsSince
    | FulfilmentsOpen
)
