"""Saving a version (spec 11 §5): the author chooses the major number, the server the minor one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.model.identifiers import parse
from penstock.orchestration.workflow import canonical, name_of

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.database.pools import Database

Document = dict[str, Any]

ACCOUNT = "[[account.id]]"
# Two saves of one workflow at the same time go one after the other; the second then sees the first one's number.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('workflow ' || $1::bigint || ' ' || $2::text, 0))"
_HIGHEST = "SELECT max(minor) FROM workflow WHERE retailer_id = $1 AND name = $2 AND major = $3"
_INSERT = """
INSERT INTO workflow (retailer_id, name, major, minor, document, created_by, created_on)
VALUES ($1, $2, $3, $4, $5::text::jsonb, $6, $7)"""
_NOT_STORED = ("id", "createdBy", "createdOn")  # the row has them


@dataclass(frozen=True, slots=True)
class Saved:
    """What a document was stored as; the name is spelt as its author did."""

    retailer_id: int
    name: str
    version: str


def retailer_of(document: Document) -> int:
    """Return the retailer's id, which a checked document has."""
    return parse(document["retailerId"]) or 0


def prepared(document: Document, account: str) -> Document:
    """Return a checked document as it is stored: named, with the account filled in for its place-holder."""
    kept = {key: value for key, value in document.items() if key not in _NOT_STORED}
    kept |= {"name": name_of(document), "retailerId": str(retailer_of(document))}
    return kept | {"rulesets": _filled(kept["rulesets"], account)}


async def save(database: Database, document: Document, *, user: str, now: datetime) -> Saved:
    """Store a prepared document as a new version.

    Its minor number follows the highest one of its major; a new major, and a new workflow, begin with the
    document's own.
    """
    retailer, name = retailer_of(document), canonical(document["name"])
    major, given = map(int, document["version"].split("."))
    async with database.transaction() as connection:
        await connection.execute(_LOCK, retailer, name)
        highest = await connection.fetchval(_HIGHEST, retailer, name, major)
        minor = given if highest is None else highest + 1
        version = f"{major}.{minor}"
        body = await asyncio.to_thread(_written, document | {"version": version})
        await connection.execute(_INSERT, retailer, name, major, minor, body, user, now)
    return Saved(retailer, document["name"], version)


def _written(document: Document) -> str:
    return msgspec.json.encode(document).decode()


def _filled(value: Any, account: str) -> Any:
    if isinstance(value, str):
        return value.replace(ACCOUNT, account)
    if isinstance(value, list):
        return [_filled(item, account) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, account) for key, item in value.items()}
    return value
