"""A client that serves all accounts belongs to none (spec 10 §2.1)."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Let a client be without an account."""
    op.execute("ALTER TABLE oauth_client ALTER COLUMN account DROP NOT NULL")
    op.execute("COMMENT ON COLUMN oauth_client.account IS 'null: it serves all accounts'")
