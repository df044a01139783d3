"""Spare PostgreSQL what a load makes it do and nobody has of it.

It compresses neither what sets are about, numbers without a pattern, nor the records of a batch, which are dropped
within seconds; it makes no statistics of the former, which took four seconds a time; and it looks at the tables of
stock again when half of their rows were written, not a twentieth: a load changes counts, and the rest stays.
"""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"

_STOCK = ("inventory_position", "inventory_quantity", "virtual_position")
_SELDOM = """
ALTER TABLE {} SET (autovacuum_analyze_scale_factor = 0.5, autovacuum_vacuum_scale_factor = 0.2,
  autovacuum_vacuum_insert_scale_factor = 0.2)"""


def upgrade() -> None:
    """Say so for what is stored from now on."""
    op.execute("ALTER TABLE event ALTER COLUMN keys SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE event ALTER COLUMN keys SET STATISTICS 0")
    op.execute("ALTER TABLE batch ALTER COLUMN records SET STORAGE EXTERNAL")
    for table in _STOCK:
        op.execute(_SELDOM.format(table))
