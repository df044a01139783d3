"""Units that are held for a cart before there is an order, and promises that are not checked (spec 20 §10.6)."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the table of holds; let the guard over promises spare positions that a write names."""
    op.execute(Path(__file__).with_suffix(".sql").read_text())
