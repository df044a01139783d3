"""The bundles of an account, in its database: all workers of all machines find them there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from penstock.errors import InvalidValueError, NotFoundError

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.database.pools import Database
    from penstock.plugins.bundle import Bundle

_COLUMNS = "name, version, status, digest, created_by, created_on, activated_on, rules"
_ONE = f"SELECT {_COLUMNS} FROM plugin WHERE name = $1 AND version = $2"
_INSERT = f"""
INSERT INTO plugin (name, version, status, digest, modules, rules, content, created_by, created_on)
VALUES ($1, $2, 'INSTALLED', $3, $4, $5::text::jsonb, $6, $7, $8)
ON CONFLICT DO NOTHING RETURNING {_COLUMNS}"""
# One active version of each bundle: whoever activates waits for whoever else does.
_LOCK = "SELECT 1 FROM plugin WHERE name = $1 ORDER BY version FOR UPDATE"
_DEACTIVATE = "UPDATE plugin SET status = 'INACTIVE' WHERE name = $1 AND version <> $2 AND status = 'ACTIVE'"
_ACTIVATE = f"""
UPDATE plugin SET status = 'ACTIVE', activated_on = $3 WHERE name = $1 AND version = $2 RETURNING {_COLUMNS}"""
_RULES = "SELECT name || '::' || version AS bundle, rules FROM plugin WHERE status = 'ACTIVE' ORDER BY name"
_CONTENT = "SELECT content FROM plugin WHERE digest = $1 LIMIT 1"


class StoredBundle(NamedTuple):
    """A version of a bundle: INSTALLED once uploaded, ACTIVE, or INACTIVE after another was activated."""

    name: str
    version: str
    status: str
    digest: str
    created_by: str
    created_on: datetime
    activated_on: datetime | None
    rules: dict[str, dict[str, Any]]


async def one(database: Database, name: str, version: str) -> StoredBundle:
    """Return a version of a bundle.

    Raises:
        NotFoundError: it is not stored.
    """
    return _found(await database.fetchrow(_ONE, name, version), name, version)


async def insert(
    database: Database, name: str, bundle: Bundle, rules: dict[str, Any], user: str, now: datetime
) -> StoredBundle:
    """Store a version; the same content once more changes nothing.

    Raises:
        InvalidValueError: the version exists with other content.
    """
    text = msgspec.json.encode(rules).decode()
    arguments = (name, bundle.version, bundle.digest, list(bundle.modules), text, bundle.content, user, now)
    made = await database.fetchrow(_INSERT, *arguments)
    stored = await one(database, name, bundle.version) if made is None else _found(made, name, bundle.version)
    if stored.digest != bundle.digest:
        raise InvalidValueError(f"{name}::{bundle.version} exists with other content; give the bundle a new version.")
    return stored


async def activate(database: Database, name: str, version: str, now: datetime) -> StoredBundle:
    """Make a version the active one, and the one that was active inactive.

    Raises:
        NotFoundError: it is not stored.
    """
    async with database.transaction() as connection:
        await connection.execute(_LOCK, name)
        stored = _found(await connection.fetchrow(_ONE, name, version), name, version)
        if stored.status == "ACTIVE":
            return stored
        await connection.execute(_DEACTIVATE, name, version)
        return _found(await connection.fetchrow(_ACTIVATE, name, version, now), name, version)


async def active_rules(database: Database, account: str) -> dict[str, dict[str, Any]]:
    """Return the rules of active bundles, by full name, each with the ``bundle`` that brings it."""
    return {
        f"{account}.{name}": {**about, "bundle": row["bundle"]}
        for row in await database.fetch(_RULES)
        for name, about in msgspec.json.decode(row["rules"]).items()
    }


async def content(database: Database, digest: str) -> bytes:
    """Return the content with this hash."""
    found: bytes = await database.fetchval(_CONTENT, digest)
    return found


def _found(row: Any, name: str, version: str) -> StoredBundle:
    if row is None:
        raise NotFoundError(f"Bundle {name}::{version} does not exist in this account.")
    return StoredBundle(**{**dict(row), "rules": msgspec.json.decode(row["rules"])})
