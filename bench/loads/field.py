"""What is loaded: many products at many locations, and the batches that count them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.tools.loading import BATCH
from bench.tools.shop import open_shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    import asyncpg

    from bench.tools.house import House

LOCATIONS = 50
USUAL = 20  # what is counted where a load changes a part
# Copies of one product and one location of the shop, as active as these are.
_PRODUCTS = """
WITH model AS (SELECT * FROM product WHERE ref = 'P-0000')
INSERT INTO product SELECT (jsonb_populate_record(NULL::product, to_jsonb(m) || jsonb_build_object(
  'id', {first} + n, 'ref', 'L-' || lpad(n::text, 6, '0'), 'gtin', 'L-' || lpad(n::text, 6, '0')))).*
FROM model m, generate_series(0, $1::int - 1) n ON CONFLICT DO NOTHING"""
_LOCATIONS = """
WITH model AS (SELECT * FROM location WHERE type = 'STORE' ORDER BY id LIMIT 1)
INSERT INTO location SELECT (jsonb_populate_record(NULL::location, to_jsonb(m) || jsonb_build_object(
  'id', {first} + n, 'ref', 'X-' || lpad(n::text, 3, '0')))).*
FROM model m, generate_series(0, $1::int - 1) n ON CONFLICT DO NOTHING"""
_MEMBERS = """
INSERT INTO network_location (network_id, location_id)
SELECT j.network_id, {first} + n FROM generate_series(0, $1::int - 1) n, (
  SELECT DISTINCT j.network_id FROM network_location j JOIN location l ON l.id = j.location_id WHERE l.type = 'STORE') j
ON CONFLICT DO NOTHING"""
_CATALOGUE = """
INSERT INTO virtual_catalogue SELECT (jsonb_populate_record(NULL::virtual_catalogue, to_jsonb(c) || jsonb_build_object(
  'id', $1::bigint, 'ref', $2::text, 'type', $3::text, 'workflow_ref', 'VIRTUAL_CATALOGUE::' || $3::text))).*
FROM virtual_catalogue c WHERE c.type = 'BASE' ORDER BY id LIMIT 1"""
_FIRST_PRODUCT, _FIRST_LOCATION = 2_000_000_000_000, 3_000_000_000_000


@dataclass(frozen=True)
class Field:
    """``products`` at each of ``locations``."""

    products: int
    locations: int = LOCATIONS

    @property
    def positions(self) -> int:
        """How many positions there are."""
        return self.products * self.locations

    def records(self, quantity: int, changed: float = 1.0) -> Iterator[dict[str, Any]]:
        """Yield a count of each position, location by location; only a part of them differs by the quantity."""
        every = round(1 / changed)
        for number in range(self.positions):
            location, product = divmod(number, self.products)
            different = number % every == 0
            yield {
                "skuRef": f"L-{product:06}",
                "locationRef": f"X-{location:03}",
                "qty": (quantity if different else USUAL) + product % 7,
                "correctedQty": 0,
            }

    def batches(self, quantity: int, changed: float = 1.0) -> Iterator[dict[str, Any]]:
        """Yield bodies of batches."""
        records = list(self.records(quantity, changed))
        for start in range(0, len(records), BATCH):
            yield {"action": "UPSERT", "entityType": "INVENTORY", "entities": records[start : start + BATCH]}


async def lay_out(house: House, field: Field) -> None:
    """Have the products and locations, unless they are there."""
    async with house.sql() as sql:
        known = await sql.fetchval("SELECT count(*) FROM product WHERE ref LIKE 'L-%'")
    if not known:
        await open_shop(house)
        async with house.sql() as sql:
            await _furnish(sql, field)


async def _furnish(sql: asyncpg.Connection, field: Field) -> None:
    await sql.execute(_PRODUCTS.format(first=_FIRST_PRODUCT), field.products)
    await sql.execute(_LOCATIONS.format(first=_FIRST_LOCATION), field.locations)
    await sql.execute(_MEMBERS.format(first=_FIRST_LOCATION), field.locations)
    await add_catalogue(sql, 1, "AGGREGATE")
    await sql.execute("VACUUM ANALYZE")


async def add_catalogue(sql: asyncpg.Connection, number: int, kind: str) -> None:
    """Add a virtual catalogue over the same network."""
    await sql.execute(_CATALOGUE, _FIRST_LOCATION - number, f"{kind}-{number}", kind)
