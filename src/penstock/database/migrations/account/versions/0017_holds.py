"""Units that are held for a cart before there is an order."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0015"


def upgrade() -> None:
    """Add the table of holds."""
    op.execute(Path(__file__).with_suffix(".sql").read_text())
