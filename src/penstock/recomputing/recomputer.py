"""The loop that lets virtual catalogues compute positions anew: it sends them the event that a changed stock sends.

What that event does is the workflow's business. A request is worked on in portions; each is one transaction, which
also notes how far it is, so whoever is killed leaves the rest to others.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.database.pools import UNREACHABLE
from penstock.model.serving import served
from penstock.model.writes import Changes
from penstock.orchestration.queue import WORK
from penstock.orchestration.sets.carried import Carried
from penstock.orchestration.sets.sending import set_event
from penstock.orchestration.trees import decode
from penstock.waiting import came

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.clock import Clock
    from penstock.database.pools import Database
    from penstock.database.reading import Reader
    from penstock.database.signals import Signals
    from penstock.model.rows import Row
    from penstock.orchestration.records import PendingEvent

REQUESTED = "penstock_recomputation"  # NOTIFY channel
EVENT = "VirtualCatalogueEvent"
TABLE = "virtual_catalogue"
PORTION = 1_000  # positions
POLL = 1.0  # seconds between looks for requests
SOURCE = "recomputation"

_NEXT = """
SELECT r.id, r.location_ref, r.product_ref, r.after_id, row_to_json(c)::text AS catalogue
FROM recomputation r LEFT JOIN virtual_catalogue c ON c.id = r.catalogue_id
ORDER BY r.id LIMIT 1 FOR UPDATE OF r SKIP LOCKED"""
_RETAILERS = "SELECT id, ref FROM retailer ORDER BY id"
_GO_ON = "UPDATE recomputation SET after_id = $2 WHERE id = $1"
_DONE = "DELETE FROM recomputation WHERE id = $1"
# Positions of the catalogue's networks, and those outside that it shows nevertheless: these are to show nothing.
_POSITIONS = """
SELECT p.id, p.ref, p.product_ref, p.location_ref FROM inventory_position p JOIN inventory_catalogue i
  ON i.id = p.catalogue_id
WHERE i.ref = $1 AND p.id > $2 AND p.status <> 'CREATED'
  AND ($3::text IS NULL OR p.location_ref = $3) AND ($4::text IS NULL OR p.product_ref = $4)
  AND (EXISTS (SELECT FROM network_location j JOIN location l ON l.id = j.location_id
      WHERE l.ref = p.location_ref AND j.network_id::text = ANY($5::text[]))
    OR EXISTS (SELECT FROM virtual_position v WHERE v.position_id = p.id AND v.catalogue_id = $6)
    OR EXISTS (SELECT FROM virtual_position v WHERE v.catalogue_id = $6 AND v.product_ref = p.product_ref
      AND v.position_id IS NULL))
ORDER BY p.id LIMIT $7"""


@dataclass
class Recomputer:
    """Works on the requests of one account."""

    database: Database
    signals: Signals
    clock: Clock

    async def run(self) -> None:
        """Work until cancelled."""
        wake = asyncio.Event()
        await self.signals.listen(REQUESTED, lambda _: wake.set())
        while True:
            wake.clear()
            busy = False
            with suppress(*UNREACHABLE):
                busy = await self.once()
            if not busy:
                await came(wake, POLL)

    async def once(self) -> bool:
        """Send the events of one portion; return whether there was one."""
        async with self.database.transaction() as connection:
            request = await connection.fetchrow(_NEXT)
            if request is None:
                return False
            catalogue = request["catalogue"] and decode(TABLE, request["catalogue"])
            places = (request["location_ref"], request["product_ref"])
            found = await positions(connection, catalogue, request["after_id"], *places) if _works(catalogue) else []
            if found:
                changes, retailer = Changes(), await retailer_of(connection, catalogue)
                changes.insert(event_of(catalogue, carried_of(found), retailer, self.clock.now()))
                await changes.write(connection)
            if len(found) == PORTION:
                await connection.execute(_GO_ON, request["id"], found[-1]["id"])
            else:
                await connection.execute(_DONE, request["id"])
        self.signals.send(WORK)
        return True


def _works(catalogue: Row | None) -> bool:
    return catalogue is not None and catalogue.status == "ACTIVE"


async def retailer_of(reader: Reader, catalogue: Row) -> int:
    """Return the retailer whose workflow handles a catalogue: the first one that it is for."""
    retailers = {record["id"]: record["ref"] for record in await reader.fetch(_RETAILERS)}
    return next(iter(served(catalogue.retailer_refs, retailers)), 0)


def carried_of(found: list[Any]) -> Carried:
    """Return the members of a set that is about these positions."""
    names = {"productRef": "product_ref", "locationRef": "location_ref", "inventoryPositionRef": "ref"}
    return Carried(len(found), {name: [record[column] for record in found] for name, column in names.items()})


def event_of(catalogue: Row, carried: Carried, retailer: int, now: datetime) -> PendingEvent:
    """Return the event that lets a catalogue compute positions anew."""
    return set_event(EVENT, catalogue, carried, now, retailer_id=retailer, source=SOURCE)


async def positions(
    reader: Reader, catalogue: Row, after: int, location: str | None = None, product: str | None = None
) -> list[Any]:
    """Return the next positions that a catalogue shows or is to show: all, or those at a location or of a product."""
    about = (catalogue.inventory_catalogue_ref, after, location, product)
    networks = list(catalogue.network_ids or ())
    return await reader.fetch(_POSITIONS, *about, networks, catalogue.id, PORTION)
