"""Deliveries of webhooks: their state, attempts, circuits and keys (spec 14)."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Let what waits in the outbox be delivered."""
    op.execute((Path(__file__).parent / "0005_deliveries.sql").read_text())
