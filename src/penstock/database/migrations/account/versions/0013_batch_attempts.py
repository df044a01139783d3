"""How often workers died at the same record of a batch."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add columns to the batches' rows; a process of the version before does without them."""
    op.execute("ALTER TABLE batch ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0, ADD COLUMN tried INTEGER")
