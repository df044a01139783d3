"""What a workflow counts beside the usual types of a position that is new (spec 20 §2.1)."""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"

_TRIGGER = """
CREATE TRIGGER also_counted_at_first BEFORE INSERT ON inventory_position FOR EACH ROW
  WHEN (NEW.also_counted <> 0) EXECUTE FUNCTION also_counted()"""


def upgrade() -> None:
    """Let the stock on hand of a new position begin with it."""
    op.execute(_TRIGGER)
