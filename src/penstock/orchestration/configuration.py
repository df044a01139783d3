"""What seldom changes, kept in memory: workflows, settings, networks, catalogues.

Statement triggers count changes of these tables in ``config_revision``; whoever reads that number (every claim
does) knows whether the copy is still good. Beside it stands the revision at which a workflow or plugin was changed
last: who must not miss that, but may see a setting a second late, reads again only then (ADR 19).
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.model.registry import MODEL
from penstock.orchestration.records import ActivePlugin
from penstock.orchestration.trees import decode
from penstock.orchestration.workflow import Workflow, Workflows

if TYPE_CHECKING:
    from penstock.database.pools import Database
    from penstock.model.rows import Row

_REVISION = "SELECT revision FROM config_revision"
_WORKFLOWS = "SELECT workflows FROM config_revision"
# Nothing runs on any other version. Documents are large and never change: each is read once.
_NEWEST = """
SELECT DISTINCT ON (retailer_id, name, major) id, retailer_id FROM workflow
ORDER BY retailer_id, name, major, minor DESC"""
_DOCUMENTS = "SELECT id, document FROM workflow WHERE id = ANY($1::bigint[])"
_OLDER = "SELECT document FROM workflow WHERE retailer_id = $1 AND name = $2 AND major = $3 AND minor = $4"
_MOST_OLDER = 50  # versions kept that only the past ran on
# Those of customers are for clients to read: no look-up takes them (spec 10 §6), and there may be as many as customers.
_SETTINGS = "SELECT name, context, context_id, value, lob_value FROM setting WHERE context <> 'CUSTOMER'"
_RETAILERS = "SELECT id, ref FROM retailer ORDER BY id"
# Locations of each network, each network's id, and whether it is online.
_NETWORKS = """
SELECT n.id AS network_id, n.ref AS network_ref, n.status AS network_status, l.id, l.ref, l.type, l.status,
       a.latitude, a.longitude, l.primary_address_id, l.retailer_id
FROM network n LEFT JOIN network_location nl ON nl.network_id = n.id
LEFT JOIN location l ON l.id = nl.location_id LEFT JOIN address a ON a.id = l.primary_address_id
ORDER BY n.id, l.ref"""
_LOCATIONS = "SELECT row_to_json(t)::text AS body FROM location t"
_CATALOGUES = {
    entity: f"SELECT row_to_json(t)::text AS body FROM {MODEL.entity(entity).table} t ORDER BY id"
    for entity in ("ProductCatalogue", "InventoryCatalogue", "VirtualCatalogue")
}

_PLUGINS = "SELECT name, version, digest, modules, rules FROM plugin WHERE status = 'ACTIVE' ORDER BY name"
_ROWS = (_SETTINGS, _RETAILERS, _NETWORKS, _PLUGINS, _LOCATIONS, *_CATALOGUES.values())

SettingKey = tuple[str, str, int]
OFFLINE = "INACTIVE"  # status of a network whose members promise nothing


class Configuration:
    """One consistent copy; never changed after it was read."""

    def __init__(self, revision: int) -> None:
        self.revision = revision
        self.read_at = time.monotonic()
        self.workflows = Workflows([], [])
        self.documents: dict[int, Workflow] = {}  # the same, by row
        self.settings: dict[SettingKey, Any] = {}
        self.retailers: dict[int, str] = {}
        self.networks: dict[str, list[dict[str, Any]]] = {}
        self.network_ids: dict[str, int] = {}
        self.offline: set[int] = set()  # ids of networks that promise nothing
        self.location_networks: dict[str, set[int]] = {}
        self.catalogues: dict[str, list[Row]] = {}  # by entity
        self.location_of_address: dict[int, Row] = {}
        self.plugins: list[ActivePlugin] = []

    def members(self, network_ref: str) -> list[dict[str, Any]] | None:
        """Return the locations of a network, None where it does not exist; one that is offline has none to offer."""
        online = self.network_ids.get(network_ref) not in self.offline
        return self.networks.get(network_ref) if online else []

    def offers(self, virtual_catalogue: Row) -> bool:
        """Return whether a virtual catalogue may be promised from: not when all of its networks are offline."""
        ids = virtual_catalogue.network_ids
        return not ids or not {str(id_) for id_ in self.offline}.issuperset(ids)

    def setting(self, name: str, retailer_id: int, location_id: int | None = None) -> Any:
        """Return the value in the narrowest context: location, retailer, account, global (spec 10 §6)."""
        contexts = [("RETAILER", retailer_id), ("ACCOUNT", 0), ("GLOBAL", 0)]
        if location_id is not None:
            contexts = [("AGENT", location_id), ("LOCATION", location_id), *contexts]
        for context, context_id in contexts:
            if (name, context, context_id) in self.settings:
                return self.settings[name, context, context_id]
        return None


async def read(database: Database, before: Configuration | None = None) -> Configuration:
    """Read everything in one snapshot; the documents of workflows that are in a copy from ``before`` stay."""
    async with (
        database.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        revision = await connection.fetchval(_REVISION)
        known = before.documents if before else {}
        newest = await connection.fetch(_NEWEST)
        documents = await connection.fetch(_DOCUMENTS, [r["id"] for r in newest if r["id"] not in known])
        rows = {sql: await connection.fetch(sql) for sql in _ROWS}
    # A large workflow takes a tenth of a second, thousands of places take as long: others must not wait for that.
    return await asyncio.to_thread(_built, revision, known, newest, documents, rows)


def _built(
    revision: int, known: dict[int, Workflow], newest: list[Any], documents: list[Any], rows: dict[str, list[Any]]
) -> Configuration:
    """Return a copy made of what was read."""
    found = Configuration(revision)
    _workflows(found, known, newest, documents)
    found.settings = {_key(r): _value(r) for r in rows[_SETTINGS]}
    found.retailers = {r["id"]: r["ref"] for r in rows[_RETAILERS]}
    _networks(found, rows[_NETWORKS])
    found.plugins = [
        ActivePlugin(r["name"], r["version"], r["digest"], tuple(r["modules"]), msgspec.json.decode(r["rules"]))
        for r in rows[_PLUGINS]
    ]
    locations = [decode("location", r["body"]) for r in rows[_LOCATIONS]]
    found.location_of_address = {row.primary_address_id: row for row in locations}
    for entity, sql in _CATALOGUES.items():
        table = MODEL.entity(entity).table
        found.catalogues[entity] = [decode(table, r["body"]) for r in rows[sql]]
    return found


def _workflows(found: Configuration, known: dict[int, Workflow], newest: list[Any], documents: list[Any]) -> None:
    retailers = {r["id"]: r["retailer_id"] for r in newest}
    read = {r["id"]: Workflow(msgspec.json.decode(r["document"])) for r in documents}
    found.documents = {id_: read.get(id_) or known[id_] for id_ in retailers}
    found.workflows = Workflows(list(found.documents.values()), list(retailers.values()))


def _key(row: Any) -> SettingKey:
    return row["name"], row["context"], row["context_id"]


def _value(row: Any) -> Any:
    """Return a setting's value: JSON text given as ``value`` is decoded, other text stays text."""
    if row["value"] is None:
        return None if row["lob_value"] is None else msgspec.json.decode(row["lob_value"])
    text = row["value"]
    if text[:1] in {"{", "["}:
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return text
    return text


def _networks(found: Configuration, rows: list[Any]) -> None:
    for row in rows:
        locations = found.networks.setdefault(row["network_ref"], [])
        found.network_ids[row["network_ref"]] = row["network_id"]
        if row["network_status"] == OFFLINE:
            found.offline.add(row["network_id"])
        if row["id"] is None:
            continue
        found.location_networks.setdefault(row["ref"], set()).add(row["network_id"])
        locations.append(
            {
                "id": str(row["id"]),
                "ref": row["ref"],
                "type": row["type"],
                "status": row["status"],
                "latitude": row["latitude"],
                "longitude": row["longitude"],
                "addressId": str(row["primary_address_id"]),
            }
        )


class Configurations:
    """The current copy of one account's configuration."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._current: Configuration | None = None
        self._older: dict[tuple[int, str, str], Workflow] = {}
        self._reading = asyncio.Lock()

    async def at(self, revision: int) -> Configuration:
        """Return a copy at least as new as this revision; many that want a newer one at once read it once."""
        if self._current is None or self._current.revision < revision:
            async with self._reading:
                if self._current is None or self._current.revision < revision:
                    self._current = await read(self._database, self._current)
        return self._current

    async def now(self) -> Configuration:
        """Return a copy of what is stored at this moment; it costs one small statement."""
        return await self.at(await self._database.fetchval(_REVISION))

    async def exact(self, retailer_id: int, name: str, version: str, reader: Any) -> Workflow | None:
        """Return a version of a workflow, also one that nothing runs on any more; None when it is not stored.

        ``reader`` is the pool or connection to ask when it is not in memory.
        """
        current = self._current.workflows.exact(retailer_id, name, version) if self._current else None
        key = (retailer_id, name, version)
        found = current or self._older.get(key)
        if found is None and (body := await reader.fetchval(_OLDER, *key[:2], *map(int, version.split(".")))):
            found = self._older[key] = Workflow(msgspec.json.decode(body))
            if len(self._older) > _MOST_OLDER:
                del self._older[next(iter(self._older))]
        return found

    async def knowing(self, workflows: int | None = None) -> Configuration:
        """Return a copy that knows all workflows and plugins of this moment; the rest of it is recent.

        ``workflows`` is their revision where the caller has read it already, with a statement of its own.
        """
        if workflows is None:
            workflows = await self._database.fetchval(_WORKFLOWS)
        recent = await self.recent()
        return recent if recent.revision >= workflows else await self.at(workflows)

    async def recent(self, seconds: float = 1.0) -> Configuration:
        """Return a copy that is at most this old; for callers that did not read the revision."""
        current = self._current
        if current is None or time.monotonic() - current.read_at > seconds:
            revision = await self._database.fetchval(_REVISION)
            current = await self.at(revision)
            current.read_at = time.monotonic()
        return current
