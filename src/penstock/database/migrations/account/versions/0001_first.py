"""The first schema of an account: tables of the model and of the engine, and what the database itself keeps true."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

_HERE = Path(__file__).parent


def upgrade() -> None:
    """Create everything."""
    for part in ("0001_tables.sql", "0001_functions.sql"):
        op.execute((_HERE / part).read_text())
