"""Reading stored versions: one with its document, or many without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.orchestration.workflow import canonical

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import asyncpg

    from penstock.database.pools import Database

Document = dict[str, Any]

_COLUMNS = "id, retailer_id, name, major, minor, created_by, created_on"
_ONE = f"""
SELECT {_COLUMNS}, document::text AS document FROM workflow
WHERE retailer_id = $1 AND name = $2 ORDER BY major DESC, minor DESC LIMIT 1"""
_EXACT = f"""
SELECT {_COLUMNS}, document::text AS document FROM workflow
WHERE retailer_id = $1 AND name = $2 AND major = $3 AND minor = $4"""
# The page is found by the index alone; rulesets are megabytes, and stay where they are.
_BRIEF = """
SELECT w.id, w.retailer_id, w.name, w.major, w.minor, w.created_by, w.created_on,
       (w.document - '{rulesets,statuses,settings}'::text[])::text AS document
FROM workflow w JOIN page USING (id)"""
_NEWEST = f"""
WITH newest AS (
  SELECT DISTINCT ON (retailer_id, name) id, retailer_id, name FROM workflow
  WHERE $1 OR retailer_id = ANY($2::bigint[]) ORDER BY retailer_id, name, major DESC, minor DESC
), page AS (SELECT id FROM newest ORDER BY retailer_id, name OFFSET $3 LIMIT $4)
{_BRIEF} ORDER BY w.retailer_id, w.name"""
_VERSIONS = f"""
WITH page AS (
  SELECT id FROM workflow WHERE retailer_id = $1 AND name = $2 ORDER BY major DESC, minor DESC OFFSET $3 LIMIT $4
) {_BRIEF} ORDER BY w.major DESC, w.minor DESC"""
_COUNT = """
SELECT count(*) FROM (SELECT DISTINCT retailer_id, name FROM workflow WHERE $1 OR retailer_id = ANY($2::bigint[])) w"""
_COUNT_VERSIONS = "SELECT count(*) FROM workflow WHERE retailer_id = $1 AND name = $2"


@dataclass(frozen=True, slots=True)
class Outline:
    """A stored version without its rulesets, statuses and settings; ``document`` is as its author wrote it."""

    id: int
    retailer_id: int
    name: str
    major: int
    minor: int
    created_by: str | None
    created_on: datetime
    document: Document

    @property
    def version(self) -> str:
        """Return ``major.minor``."""
        return f"{self.major}.{self.minor}"


class Version(Outline):
    """A stored version, complete."""


async def newest(database: Database, retailer_id: int, name: str) -> Version | None:
    """Return the newest version of a workflow, whatever spelling of its type the name has."""
    return _version(await database.fetchrow(_ONE, retailer_id, canonical(name)))


async def exact(database: Database, retailer_id: int, name: str, major: int, minor: int) -> Version | None:
    """Return one version of a workflow."""
    return _version(await database.fetchrow(_EXACT, retailer_id, canonical(name), major, minor))


async def listed(
    database: Database, retailers: Sequence[int] | None, start: int, count: int
) -> tuple[list[Outline], int]:
    """Return a page of the newest version of each workflow, and how many workflows there are.

    ``retailers`` None means those of all retailers.
    """
    among = (retailers is None, list(retailers or ()))
    rows = await database.fetch(_NEWEST, *among, start, count)
    return [Outline(**_fields(row)) for row in rows], await database.fetchval(_COUNT, *among)


async def versions(
    database: Database, retailer_id: int, name: str, start: int, count: int
) -> tuple[list[Outline], int]:
    """Return a page of a workflow's versions, newest first, and how many there are."""
    about = (retailer_id, canonical(name))
    rows = await database.fetch(_VERSIONS, *about, start, count)
    return [Outline(**_fields(row)) for row in rows], await database.fetchval(_COUNT_VERSIONS, *about)


def _version(row: asyncpg.Record | None) -> Version | None:
    return None if row is None else Version(**_fields(row))


def _fields(row: asyncpg.Record) -> dict[str, Any]:
    return {**dict(row), "document": msgspec.json.decode(row["document"])}
