"""The event log in partitions, and what a search wants to know of a trace (spec 11 §1.3, 19)."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the log the first partition of a partitioned one."""
    op.execute(Path(__file__).with_suffix(".sql").read_text())
