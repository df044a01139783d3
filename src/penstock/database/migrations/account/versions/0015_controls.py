"""What controls make of the stock that a virtual position shows (spec 21 §4)."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add columns to virtual positions, null where no control matters, and an index for controls of a type."""
    columns = ("share INTEGER", "buffer INTEGER", "statuses TEXT[]")
    op.execute(f"ALTER TABLE virtual_position {', '.join(f'ADD COLUMN {column}' for column in columns)}")
    op.execute("CREATE INDEX control_control_group_id_type_idx ON control (control_group_id, type)")
