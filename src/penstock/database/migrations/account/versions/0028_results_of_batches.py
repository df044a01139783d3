"""What became of records is kept compressed: a load has a result for each of a million records."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Turn what is there into bytes; short JSON is stored as it is, so that reads as before."""
    op.execute("ALTER TABLE batch_result ALTER COLUMN results TYPE bytea USING convert_to(results::text, 'UTF8')")
    op.execute("ALTER TABLE batch_result ALTER COLUMN results SET STORAGE EXTERNAL")
