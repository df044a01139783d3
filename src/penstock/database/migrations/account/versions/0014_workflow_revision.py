"""The revision at which workflows and plugins were changed last (ADR 19)."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Keep it beside the revision of all configuration, in the same row."""
    op.execute(Path(__file__).with_suffix(".sql").read_text())
