"""The loop that lets virtual catalogues compute positions anew: it sends them the event that a changed stock sends.

What that event does is the workflow's business. A request is worked on in portions; each is one transaction, which
also notes how far it is, so whoever is killed leaves the rest to others.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from penstock.database.pools import UNREACHABLE
from penstock.model.writes import Changes
from penstock.orchestration.actions import event_ids
from penstock.orchestration.places import addressed
from penstock.orchestration.queue import WORK
from penstock.orchestration.records import PendingEvent
from penstock.orchestration.sets.carried import Carried
from penstock.orchestration.sets.sending import set_lane
from penstock.orchestration.trees import decode

if TYPE_CHECKING:
    import asyncpg

    from penstock.clock import Clock
    from penstock.database.pools import Database
    from penstock.database.signals import Signals
    from penstock.model.rows import Row
    from penstock.orchestration.posting import Reader

log = structlog.get_logger()

REQUESTED = "penstock_recomputation"  # NOTIFY channel
EVENT = "VirtualCatalogueEvent"
TABLE = "virtual_catalogue"
PORTION = 1_000  # positions
POLL = 1.0  # seconds between looks for requests
SOURCE = "recomputation"
EVERY_RETAILER = "MASTER"  # in the retailers of a catalogue

_NEXT = """
SELECT r.id, r.location_ref, r.product_ref, r.after_id, row_to_json(c)::text AS catalogue
FROM recomputation r LEFT JOIN virtual_catalogue c ON c.id = r.catalogue_id
ORDER BY r.id LIMIT 1 FOR UPDATE OF r SKIP LOCKED"""
_RETAILER = "SELECT id FROM retailer WHERE $1::text[] IS NULL OR ref = ANY($1) ORDER BY id LIMIT 1"
_GO_ON = "UPDATE recomputation SET after_id = $2 WHERE id = $1"
_DONE = "DELETE FROM recomputation WHERE id = $1"
# Positions of the catalogue's networks, and those outside that it shows nevertheless: these are to show nothing.
POSITIONS = """
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
                with suppress(TimeoutError):
                    await asyncio.wait_for(wake.wait(), POLL)

    async def once(self) -> bool:
        """Send the events of one portion; return whether there was one."""
        async with self.database.transaction() as connection:
            request = await connection.fetchrow(_NEXT)
            if request is None:
                return False
            catalogue = request["catalogue"] and decode(TABLE, request["catalogue"])
            found = await positions(connection, catalogue, request) if _works(catalogue) else []
            if found:
                changes = Changes()
                changes.insert(self._set(catalogue, found, await retailer_of(connection, catalogue)))
                await changes.write(connection)
            if len(found) == PORTION:
                await connection.execute(_GO_ON, request["id"], found[-1]["id"])
            else:
                await connection.execute(_DONE, request["id"])
        self.signals.send(WORK)
        return True

    def _set(self, catalogue: Row, found: list[Any], retailer: int) -> PendingEvent:
        now, carried = self.clock.now(), carried_of(found)
        id_ = event_ids(now, carried.size)
        return PendingEvent(
            id=id_,
            lane=set_lane(EVENT, catalogue, "VIRTUAL_CATALOGUE", id_),
            name=EVENT,
            retailer_id=retailer,
            attributes=carried.stored(),
            source=SOURCE,
            created=now,
            members=carried.size,
            **addressed(catalogue),
        )


def _works(catalogue: Row | None) -> bool:
    return catalogue is not None and catalogue.status == "ACTIVE"


async def retailer_of(reader: Reader, catalogue: Row) -> int:
    """Return the retailer whose workflow handles a catalogue: the first one that it is for."""
    refs = catalogue.retailer_refs or []
    found = await reader.fetch(_RETAILER, None if not refs or EVERY_RETAILER in refs else refs)
    return found[0]["id"] if found else 0


def carried_of(found: list[Any]) -> Carried:
    """Return the members of a set that is about these positions."""
    names = {"productRef": "product_ref", "locationRef": "location_ref", "inventoryPositionRef": "ref"}
    return Carried(len(found), {name: [record[column] for record in found] for name, column in names.items()})


async def positions(connection: asyncpg.Connection, catalogue: Row, request: Any) -> list[Any]:
    """Return the next positions that a request is about."""
    about = (catalogue.inventory_catalogue_ref, request["after_id"], request["location_ref"], request["product_ref"])
    networks = list(catalogue.network_ids or ())
    found: list[Any] = await connection.fetch(POSITIONS, *about, networks, catalogue.id, PORTION)
    return found
