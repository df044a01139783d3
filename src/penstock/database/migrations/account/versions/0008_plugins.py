"""Plugins that accounts upload (spec 11 §7, 13 §14)."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create their table; a change of it makes processes read their configuration again."""
    op.execute(Path(__file__).with_suffix(".sql").read_text())
