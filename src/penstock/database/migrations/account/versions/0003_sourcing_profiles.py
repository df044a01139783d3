"""Sourcing profiles and their versions (spec 22 §8)."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table."""
    op.execute((Path(__file__).parent / "0003_sourcing_profiles.sql").read_text())
