"""Virtual views, and statements that refuse to answer (spec 21 §8)."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Add the table of views, and the function by which a statement fails with an error for the client."""
    op.execute(Path(__file__).with_suffix(".sql").read_text())
