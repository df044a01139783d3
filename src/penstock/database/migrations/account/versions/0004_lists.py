"""Indexes for lists of very many rows (spec 12 §4, §5)."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Replace the indexes by date by those that begin with the owner."""
    op.execute(Path(__file__).with_suffix(".sql").read_text())
