"""What each worker counted, for whoever serves /metrics."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0008"


def upgrade() -> None:
    """Add a column to the workers' rows."""
    op.execute("ALTER TABLE worker ADD COLUMN metrics bytea")
    op.execute("COMMENT ON COLUMN worker.metrics IS 'what it counted, for whoever serves /metrics'")
