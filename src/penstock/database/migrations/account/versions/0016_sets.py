"""Sets: many events as one row of the queue, and one of the log (ADR 22)."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add how many events a row stands for, and to the log what these are about."""
    op.execute("ALTER TABLE pending_event ADD COLUMN members INTEGER")
    op.execute("ALTER TABLE event ADD COLUMN members INTEGER, ADD COLUMN keys INTEGER[]")
    op.execute("CREATE INDEX event_sets_idx ON event (id) WHERE members IS NOT NULL")
    op.execute(Path(__file__).with_suffix(".sql").read_text())
    op.execute("COMMENT ON COLUMN pending_event.members IS 'of a set'")
    op.execute("COMMENT ON COLUMN event.members IS 'of a set'")
    op.execute("COMMENT ON COLUMN event.keys IS 'ids and refs of their entities, as numbers'")
