"""What virtual catalogues have to compute anew (spec 21 §2.6)."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the table of it, and the triggers that ask for it."""
    op.execute(Path(__file__).with_suffix(".sql").read_text())
