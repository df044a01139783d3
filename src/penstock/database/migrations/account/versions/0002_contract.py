"""The rest of the contract: returns, billing, payments, controls, options, manifests, comments, currencies."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

_HERE = Path(__file__).parent


def upgrade() -> None:
    """Add the tables, and the currencies of ISO 4217."""
    for part in ("0002_contract.sql", "0002_currencies.sql"):
        op.execute((_HERE / part).read_text())
