"""Jobs and batches (spec 11 §3, §4)."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the tables of jobs, batches and their results."""
    op.execute(Path(__file__).with_suffix(".sql").read_text())
