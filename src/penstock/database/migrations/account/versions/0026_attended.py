"""Events that somebody waits for are found at once, however many others are pending."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0019"


def upgrade() -> None:
    """Add an index of them: it is as small as they are few."""
    op.execute("CREATE INDEX pending_event_attended_idx ON pending_event (lane) WHERE sync")
