"""What a workflow counts of a position beside the types that the database counts (spec 20 §2.1)."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"

# Written by the workflow, so that on_hand follows in the same write, whoever promises meanwhile.
_FOLLOW = """
CREATE FUNCTION also_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.on_hand = coalesce(NEW.on_hand, 0) + coalesce(NEW.also_counted, 0) - coalesce(OLD.also_counted, 0);
  RETURN NEW;
END $$"""
_TRIGGER = """
CREATE TRIGGER also_counted BEFORE UPDATE OF also_counted ON inventory_position FOR EACH ROW
  WHEN (NEW.also_counted IS DISTINCT FROM OLD.also_counted) EXECUTE FUNCTION also_counted()"""


def upgrade() -> None:
    """Add a column, null where no workflow counts further types, and let the stock on hand follow it."""
    op.execute("ALTER TABLE inventory_position ADD COLUMN also_counted INTEGER")
    op.execute(_FOLLOW)
    op.execute(_TRIGGER)
