"""The migrations make exactly the tables that the model declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateIndex, CreateSequence, CreateTable

import penstock.delivery.records
import penstock.holding.records
import penstock.ingest.records
import penstock.orchestration.records
import penstock.recomputing.records  # noqa: F401 - importing these modules adds the engine's tables to the metadata
from penstock.model.registry import MODEL
from penstock.model.tables import BLOCK_SEQUENCE, SMALL_SEQUENCE, metadata

if TYPE_CHECKING:
    from conftest import MakeDatabase
    from penstock.database.pools import Database

# Partitions come and go; what they are like, the table that they belong to says.
PARTITIONS = "SELECT oid::regclass::text FROM pg_class WHERE relispartition"
COLUMNS = f"""
SELECT table_name || '.' || column_name || ' ' || udt_name || ' ' || is_nullable || ' ' || coalesce(column_default, '-')
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> 'migration_account'
  AND table_name NOT IN ({PARTITIONS})"""
VIEWS = "SELECT viewname || definition FROM pg_views WHERE schemaname = 'public'"
CONSTRAINTS = f"""
SELECT c.conrelid::regclass || ' ' || c.conname || ' ' || pg_get_constraintdef(c.oid)
FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
WHERE n.nspname = 'public' AND c.contype <> 'n' AND c.conrelid::regclass::text <> 'migration_account'
  AND c.conrelid::regclass::text NOT IN ({PARTITIONS})"""
INDEXES = f"""
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'migration_account'
  AND tablename NOT IN ({PARTITIONS})"""


async def _catalogue(database: Database) -> set[str]:
    found: set[str] = set()
    for query in (COLUMNS, CONSTRAINTS, INDEXES, VIEWS):
        found |= {row[0] for row in await database.fetch(query)}
    return found


def _declared() -> str:
    dialect = make_url("postgresql+asyncpg://").get_dialect()()
    parts: list[str] = [str(CreateSequence(s).compile(dialect=dialect)) for s in (BLOCK_SEQUENCE, SMALL_SEQUENCE)]
    for table in metadata.sorted_tables:
        parts.append(str(CreateTable(table).compile(dialect=dialect)))
        parts += [str(CreateIndex(i).compile(dialect=dialect)) for i in table.indexes]
    parts += [f"CREATE VIEW {e.table} AS {e.derived}" for e in MODEL.entities if e.derived]
    return ";\n".join(parts)


async def test_migrated_catalogue_equals_the_declared_one(make_database: MakeDatabase) -> None:
    migrated, declared = await make_database("account"), await make_database("control")
    await declared.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await declared.execute(_declared())

    left, right = await _catalogue(migrated), await _catalogue(declared)

    assert left - right == set(), "made by migrations, not declared"
    assert right - left == set(), "declared, not made by migrations: write one"
