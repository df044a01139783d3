"""The first start: an account, its administrator, and a first retailer that is ready to take orders.

And what every start brings up to date: the settings that tell what sourcing profiles may say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.errors import InvalidValueError
from penstock.identity.bootstrap import USERNAME, add_new_permissions, create_first_administrator
from penstock.identity.clients import SHARED
from penstock.model.registry import MODEL
from penstock.model.rows import row_type
from penstock.model.writes import Changes
from penstock.orchestration.places import root_of
from penstock.orchestration.queue import enqueue_create
from penstock.sourcing.profile.registries import registries
from penstock.workflows.documents import reference

if TYPE_CHECKING:
    from penstock.clock import Clock
    from penstock.database.placement import Placement
    from penstock.database.pools import Database
    from penstock.model.rows import Row

ACCOUNT = "PENSTOCK"
RETAILER = "MAIN"
_WORKFLOW = """
INSERT INTO workflow (retailer_id, name, major, minor, document, created_by, created_on)
VALUES ($1, $2, $3, $4, $5::text::jsonb, $6, $7)"""
_REGISTRIES_DIFFER = """
SELECT u.name FROM unnest($1::text[], $2::text[]) u (name, content) WHERE NOT EXISTS (
  SELECT FROM setting s WHERE s.name = u.name AND s.context = 'GLOBAL' AND s.context_id = 0
    AND s.lob_value = u.content::jsonb)"""
_KEEP_REGISTRIES = """
INSERT INTO setting (id, name, value_type, lob_value, context, context_id)
SELECT nextval('id_small'), name, 'JSON', content::jsonb, 'GLOBAL', 0
FROM unnest($1::text[], $2::text[]) u (name, content)
ON CONFLICT (name, context, context_id) DO UPDATE
SET value_type = 'JSON', lob_value = excluded.lob_value, value = NULL"""
_ALWAYS_OPEN = {
    f"{day}_{end}": 0 for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") for end in ("start", "end")
}


async def open_account(
    placement: Placement, clock: Clock, account: str = ACCOUNT, *, server: str = ""
) -> dict[str, str] | None:
    """Make an account with a first retailer and an administrator, whatever of them is missing.

    Returns ``accountId, retailerId, username, password, clientId, clientSecret``; None when the credentials have
    been handed over (``Placement.hand_over``), after which they stay as they are. Until then - at the first
    start, and after one that was killed before it could hand them over - they are made anew.

    Raises:
        InvalidValueError: the account's name cannot be used; its OAuth client has the same one.
    """
    if account == SHARED:
        raise InvalidValueError(
            f"account is {account!r}; that is the client which all accounts share, use another word."
        )
    names = await placement.accounts()
    new = account not in names
    database = await (placement.create_account(account, url=server) if new else placement.database(account))
    retailer = await database.fetchval("SELECT min(id) FROM retailer")
    if retailer is None:
        retailer = await _Seed(database, clock, account).plant()
    if await placement.is_handed_over(account):
        await add_new_permissions(placement, account)
        return None
    return {"retailerId": str(retailer), **await create_first_administrator(placement, account)}


class _Seed:
    """Gathers the first retailer's rows; they are written in one transaction."""

    def __init__(self, database: Database, clock: Clock, account: str) -> None:
        self._account = account
        self._database = database
        self._now = clock.now()
        self._changes = Changes()

    async def plant(self) -> int:
        """Write the retailer with its refs filled in and its reference workflows; return its id."""
        ids = [r[0] for r in await self._database.fetch("SELECT nextval('id_small') FROM generate_series(1, 9)")]
        retailer: int = ids.pop(0)
        self._add("Retailer", id=retailer, ref=RETAILER, name=RETAILER, trading_name="Main retailer", status="ACTIVE")
        network = ids.pop(0)
        self._add("Network", id=network, ref=f"HD_{retailer}", type="HD", status="ACTIVE")
        self._changes.join("network_retailer", {"network_id": network, "retailer_id": retailer})
        self._rejected_location(retailer, ids)
        self._catalogues(retailer, network, ids)
        carrier = {"id": ids.pop(0), "ref": f"DEFAULT_CARRIER:{retailer}", "name": "Default carrier", "type": "DEFAULT"}
        self._orchestrated("Carrier", "CARRIER::DEFAULT", retailer_id=retailer, **carrier)
        async with self._database.transaction() as connection:
            for document in reference(self._account, retailer):
                major, minor = document["version"].split(".")
                body = msgspec.json.encode(document).decode()
                arguments = (document["name"], int(major), int(minor), body, USERNAME, self._now)
                await connection.execute(_WORKFLOW, retailer, *arguments)
            await self._changes.write(connection)
        return retailer

    def _rejected_location(self, retailer: int, ids: list[int]) -> None:
        """Add the place that holds what nobody can fulfil (spec 22 §1)."""
        ref = f"RJT_{retailer}"
        address, schedule, location = ids.pop(0), ids.pop(0), ids.pop(0)
        self._add("StoreAddress", id=address, ref=ref, kind="STORE", name="Nobody can fulfil")
        self._add("OpeningSchedule", id=schedule, all_hours=True, **_ALWAYS_OPEN)
        self._orchestrated(
            "Location",
            "LOCATION::STORE",
            id=location,
            ref=ref,
            type="STORE",
            name="Items that nobody can fulfil",
            retailer_id=retailer,
            primary_address_id=address,
            opening_schedule_id=schedule,
        )

    def _catalogues(self, retailer: int, network: int, ids: list[int]) -> None:
        refs = {"retailer_refs": [RETAILER]}
        inventory, products = f"DEFAULT:{retailer}", f"PC:MASTER:{retailer}"
        self._orchestrated(
            "ProductCatalogue",
            "PRODUCT_CATALOGUE::MASTER",
            id=ids.pop(0),
            ref=products,
            type="MASTER",
            name="Products",
            **refs,
        )
        self._orchestrated(
            "InventoryCatalogue",
            "INVENTORY_CATALOGUE::DEFAULT",
            id=ids.pop(0),
            ref=inventory,
            type="DEFAULT",
            name="Stock",
            **refs,
        )
        self._orchestrated(
            "VirtualCatalogue",
            "VIRTUAL_CATALOGUE::BASE",
            id=ids.pop(0),
            ref=f"BASE:{retailer}",
            type="BASE",
            name="What can be sold",
            inventory_catalogue_ref=inventory,
            product_catalogue_ref=products,
            network_ids=[str(network)],
            **refs,
        )

    def _add(self, entity: str, **values: Any) -> Row:
        columns = {c.column for c in MODEL.entity(entity).columns}
        dates = {c: self._now for c in ("created_on", "updated_on") if c in columns}
        row = row_type(entity)(**dates, **values)
        self._changes.insert(row)
        return row

    def _orchestrated(self, entity: str, workflow: str, **values: Any) -> None:
        row = self._add(entity, status="CREATED", workflow_ref=workflow, workflow_version=1, **values)
        assert root_of(row)[1] == row.id
        pending = enqueue_create(self._changes, row, row, now=self._now, user=USERNAME)
        pending.retailer_id = values.get("retailer_id") or self._retailer()

    def _retailer(self) -> int:
        retailers = self._changes.inserted[row_type("Retailer")]
        return int(retailers[0].id)


async def keep_registries(database: Database) -> None:
    """Let an account's settings tell which conditions and criteria this process knows, those of packages among them.

    Nothing is written where they tell it already: every process would read its settings again.
    """
    told = {name: msgspec.json.encode(content).decode() for name, content in registries().items()}
    if await database.fetch(_REGISTRIES_DIFFER, list(told), list(told.values())):
        await database.execute(_KEEP_REGISTRIES, list(told), list(told.values()))
