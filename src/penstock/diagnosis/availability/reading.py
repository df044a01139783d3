"""What an explanation is made of, read in one snapshot."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.errors import ForbiddenError, InvalidValueError, NotFoundError
from penstock.inventory import controls as domain
from penstock.inventory.categories import CATEGORIES
from penstock.inventory.expected import EXPECTED, PREORDER, horizon
from penstock.inventory.explaining import Entry
from penstock.inventory.ledger import COUNTING_STATUSES
from penstock.inventory.thresholds import THRESHOLD
from penstock.model.rows import attribute
from penstock.orchestration.trees import decode

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    import asyncpg

    from penstock.model.rows import Row

MOST_POSITIONS = 20_000  # of a request, in all its products

_CATALOGUE = "SELECT row_to_json(c)::text FROM virtual_catalogue c WHERE c.ref = $1"
_INVENTORY = "SELECT id, retailer_refs FROM inventory_catalogue WHERE ref = $1"
_GROUPS = "SELECT id, ref, status, retailer_refs FROM control_group WHERE ref = ANY($1::text[])"
_NETWORKS = """
SELECT n.id, n.ref, n.status FROM unnest($1::text[]) WITH ORDINALITY g(id, place) JOIN network n ON n.id::text = g.id
ORDER BY g.place"""
_POSITIONS = """
SELECT row_to_json(p)::text FROM inventory_position p
WHERE p.catalogue_id = $1 AND p.product_ref = ANY($2::text[])
  AND ($3::text[] IS NULL OR p.location_ref = ANY($3::text[]))
ORDER BY p.product_ref, p.location_ref, p.id LIMIT $4"""
_VIRTUAL = """
SELECT row_to_json(v)::text FROM virtual_position v
WHERE v.catalogue_id = $1 AND v.product_ref = ANY($2::text[]) AND ($3::text[] IS NULL OR v.group_ref = ANY($3::text[]))
ORDER BY v.product_ref, v.group_ref, v.id LIMIT $4"""
_LEDGER = """
SELECT position_id, type, status, count(*)::int AS rows, sum(quantity)::int AS units FROM inventory_quantity
WHERE position_id = ANY($1::bigint[]) GROUP BY position_id, type, status ORDER BY type, status"""
_EXPECTED = f"""
SELECT position_id, sum(quantity)::int AS units, count(*)::int AS rows FROM inventory_quantity
WHERE position_id = ANY($1::bigint[]) AND type = '{EXPECTED}' AND status = ANY($2::text[]) AND expected_on <= $3
GROUP BY position_id"""
_CONTROLS = """
SELECT row_to_json(c)::text FROM control c WHERE c.control_group_id = $1 AND c.ref = ANY($2::text[])"""
_THRESHOLDS = f"""
SELECT row_to_json(c)::text FROM control c
WHERE c.control_group_id = ANY($1::bigint[]) AND c.type = '{THRESHOLD}' ORDER BY c.id LIMIT 1000"""
# The refs of locations are unique in a retailer; of several, the first that a network of the catalogue has.
_LOCATIONS = """
SELECT DISTINCT ON (l.ref) l.ref, l.status, n.inside
FROM location l CROSS JOIN LATERAL (
  SELECT l.id IN (SELECT j.location_id FROM network_location j WHERE j.network_id = ANY($2::bigint[])) AS inside
) n
WHERE l.ref = ANY($1::text[]) AND (n.inside OR $3::bigint[] IS NULL OR l.retailer_id = ANY($3::bigint[]))
ORDER BY l.ref, n.inside DESC, l.id"""


@dataclass(frozen=True)
class Seen:
    """What may be seen: refs of the retailers of each kind of catalogue, and ids of those of places; None for all."""

    virtual: Collection[str] | None = None
    stock: Collection[str] | None = None
    controls: Collection[str] | None = None
    places: Collection[int] | None = None


EVERYTHING = Seen()


def visible(refs: Collection[str] | None, seen: Collection[str] | None) -> bool:
    """Return whether a catalogue that lists these retailers is one of those seen, or everybody's."""
    return seen is None or not refs or not set(refs).isdisjoint(seen)


@dataclass(frozen=True)
class Found:
    """Rows about some products in a virtual catalogue; ``inside`` says of locations whether a network has them."""

    catalogue: Row
    group: Any
    networks: list[Any]
    positions: list[Row]
    virtual: list[Row]
    ledger: dict[int, list[Entry]]
    expected: dict[int, tuple[int, int]]  # until the day asked about: units and rows, by position
    shown_early: dict[int, tuple[int, int]] | None  # what the catalogue shows of that already; None where it does not
    locations: dict[str, tuple[str | None, bool]]
    controls: dict[str, list[Row]]  # by product
    subjects: dict[str, domain.Subject]
    thresholds: list[Row]


async def catalogue(connection: asyncpg.Connection, ref: str) -> Row | None:
    """Return a virtual catalogue."""
    body = await connection.fetchval(_CATALOGUE, ref)
    return None if body is None else decode("virtual_catalogue", body)


async def found(
    connection: asyncpg.Connection,
    row: Row,
    products: Sequence[str],
    locations: Sequence[str] | None,
    until: datetime | None,
    now: datetime,
    seen: Seen,
) -> Found:
    """Read what concerns products in a catalogue, at some locations or at all, and what is expected until a moment.

    By default that is how far the catalogue itself looks ahead. A sum is read over all locations, whichever are asked
    about.

    Raises:
        NotFoundError: the inventory catalogue does not exist.
        ForbiddenError: that, or a control group of the catalogue, is of retailers of which it may not be seen.
        InvalidValueError: there are more positions than an answer may look at.
    """
    inventory = await connection.fetchrow(_INVENTORY, row.inventory_catalogue_ref)
    if inventory is None:
        raise NotFoundError(
            f"virtual catalogue {row.ref}: there is no inventory catalogue {row.inventory_catalogue_ref}"
        )
    _check(inventory, seen.stock, f"INVENTORYCATALOGUE_VIEW for inventory catalogue {row.inventory_catalogue_ref}")
    named = await _groups(connection, row, seen)
    aggregate, ahead = row.type == "AGGREGATE", horizon(row, now)
    groups, places = ([row.ref], None) if aggregate else (locations, locations)
    positions = await _rows(connection, "inventory_position", _POSITIONS, inventory["id"], products, places)
    virtual = await _rows(connection, "virtual_position", _VIRTUAL, row.id, products, groups)
    group = named.get(row.control_group_ref)
    networks = await connection.fetch(_NETWORKS, row.network_ids or [])
    subjects, controls = await _controls(connection, row, group, positions, products)
    return Found(
        row,
        group,
        networks,
        positions,
        virtual,
        await _ledger(connection, positions),
        await _expected(connection, positions, until or ahead),
        await _expected(connection, positions, ahead) if row.type == PREORDER else None,
        await _places(connection, networks[:1] if aggregate else networks, positions, virtual, locations, seen),
        controls,
        subjects,
        await _thresholds(connection, [named[ref] for ref in _threshold_groups(row) if ref in named]),
    )


def _check(record: Any, seen: Collection[str] | None, wanted: str) -> None:
    if not visible(record["retailer_refs"], seen):
        raise ForbiddenError(f"User does not have permission: {wanted}")


async def _groups(connection: asyncpg.Connection, row: Row, seen: Seen) -> dict[str | None, Any]:
    """Return the control groups that the catalogue names, by ref."""
    refs = [row.control_group_ref or "", *_threshold_groups(row)]
    records = await connection.fetch(_GROUPS, refs)
    for record in records:
        _check(record, seen.controls, f"CONTROLGROUP_VIEW for control group {record['ref']}")
    return {record["ref"]: record for record in records}


async def _rows(
    connection: asyncpg.Connection, table: str, sql: str, parent: int, products: Sequence[str], places: Any
) -> list[Row]:
    records = await connection.fetch(sql, parent, list(products), places, MOST_POSITIONS + 1)
    if len(records) > MOST_POSITIONS:
        raise InvalidValueError(
            f"There are more than {MOST_POSITIONS:,} positions of these products; ask for fewer of them at once."
        )
    return [decode(table, r[0]) for r in records]


async def _ledger(connection: asyncpg.Connection, positions: list[Row]) -> dict[int, list[Entry]]:
    found_: dict[int, list[Entry]] = defaultdict(list)
    for id_, *values in await connection.fetch(_LEDGER, [p.id for p in positions]):
        found_[id_].append(Entry(*values))
    return found_


async def _expected(
    connection: asyncpg.Connection, positions: list[Row], until: datetime
) -> dict[int, tuple[int, int]]:
    records = await connection.fetch(_EXPECTED, [p.id for p in positions], list(COUNTING_STATUSES), until)
    return {r["position_id"]: (r["units"], r["rows"]) for r in records}


async def _places(
    connection: asyncpg.Connection,
    networks: list[Any],
    positions: list[Row],
    virtual: list[Row],
    given: Any,
    seen: Seen,
) -> dict[str, tuple[str | None, bool]]:
    refs = {p.location_ref for p in positions} | {v.group_ref for v in virtual} | set(given or ())
    ids = [n["id"] for n in networks]
    records = await connection.fetch(_LOCATIONS, [ref for ref in refs if ref is not None], ids, seen.places)
    return {r["ref"]: (r["status"], r["inside"]) for r in records}


async def _controls(
    connection: asyncpg.Connection, row: Row, group: Any, positions: list[Row], products: Sequence[str]
) -> tuple[dict[str, domain.Subject], dict[str, list[Row]]]:
    """Return what controls are looked for, and those there are, by product; none without a group that is ACTIVE."""
    if group is None or group["status"] != "ACTIVE":
        return {product: domain.Subject(product) for product in products}, {product: [] for product in products}
    categories: dict[str, list[str]] = defaultdict(list)
    for _, product, ref in await connection.fetch(CATEGORIES, [row.product_catalogue_ref], list(products)):
        categories[product].append(ref)
    subjects = {product: domain.Subject(product, tuple(categories[product])) for product in products}
    wanted = {
        product: domain.refs(
            row.control_group_ref, subject, {p.location_ref for p in positions if p.product_ref == product}
        )
        for product, subject in subjects.items()
    }
    every = sorted({ref for refs in wanted.values() for ref in refs})
    records = await connection.fetch(_CONTROLS, group["id"], every)
    known = {c.ref: c for c in (decode("control", r[0]) for r in records)}
    return subjects, {product: [known[r] for r in refs if r in known] for product, refs in wanted.items()}


def _threshold_groups(row: Row) -> list[str]:
    refs = attribute(row, "controlGroups")
    return [ref for ref in refs if isinstance(ref, str)] if isinstance(refs, list) else []


async def _thresholds(connection: asyncpg.Connection, groups: list[Any]) -> list[Row]:
    records = await connection.fetch(_THRESHOLDS, [g["id"] for g in groups if g["status"] == "ACTIVE"])
    return [decode("control", r[0]) for r in records]
