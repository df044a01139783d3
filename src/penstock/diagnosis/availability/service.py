"""The service behind ``GET /api/v4.1/availability/explain``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.diagnosis.availability import reading
from penstock.diagnosis.availability.explaining import Explaining
from penstock.diagnosis.availability.reading import EVERYTHING, Seen
from penstock.diagnosis.availability.shapes import Explanations, ToldNetwork
from penstock.errors import NotFoundError
from penstock.inventory.controls import MODE, mode_of
from penstock.inventory.expected import horizon
from penstock.inventory.selling import SELLING_STATUSES
from penstock.model.serving import served

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from penstock.clock import Clock
    from penstock.database.pools import Database
    from penstock.model.rows import Row
    from penstock.orchestration.configuration import Configuration, Configurations

MOST_RESULTS = 200


@dataclass(frozen=True)
class Asked:
    """What is to be explained, and what may be seen."""

    catalogue: str
    products: Sequence[str]
    locations: Sequence[str] | None = None
    statuses: Sequence[str] = SELLING_STATUSES
    seen: Seen = EVERYTHING
    until: datetime | None = None  # what is expected until then; by default, what the catalogue itself looks ahead


class Availability:
    """Explains the figures of one account."""

    def __init__(self, database: Database, configurations: Configurations, clock: Clock) -> None:
        self._database = database
        self._configurations = configurations
        self._clock = clock

    async def explain(self, asked: Asked) -> Explanations:
        """Return why a virtual catalogue shows so much of some products.

        Raises:
            NotFoundError: there is no such virtual catalogue, or it may not be seen.
            ForbiddenError: what the catalogue looks at may not be seen.
            InvalidValueError: there is too much to look at, or a control has an unusable value.
        """
        configuration, now = await self._configurations.now(), self._clock.now()
        async with (
            self._database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            row = await reading.catalogue(connection, asked.catalogue)
            if row is None or not reading.visible(row.retailer_refs, asked.seen.virtual):
                raise NotFoundError(f"There is no virtual catalogue {asked.catalogue}.")
            found = await reading.found(connection, row, asked.products, asked.locations, asked.until, now, asked.seen)
        mode, promises = _mode(configuration, row), configuration.offers(row)
        explaining = Explaining(found, mode, promises=promises)
        if row.type == "AGGREGATE":
            results = [explaining.over_all(product, asked.locations, asked.statuses) for product in asked.products]
        else:
            results = [e for product in asked.products for e in explaining.at_locations(product, asked.locations)]
        return Explanations(
            row.ref,
            row.type,
            row.inventory_catalogue_ref,
            row.control_group_ref,
            None if found.group is None else found.group["status"],
            mode,
            [ToldNetwork(str(n["id"]), n["ref"], n["status"]) for n in found.networks],
            promises,
            now,
            asked.until or horizon(row, now),
            results[:MOST_RESULTS],
            len(results) > MOST_RESULTS,
        )


def _mode(configuration: Configuration, row: Row) -> str:
    """Return how quantity buffers count for the first of the catalogue's retailers (spec 21 §4.4)."""
    retailers = served(row.retailer_refs, configuration.retailers)
    return mode_of(configuration.setting(MODE, retailers[0] if retailers else 0))
