"""Migrations as SQL text, by Alembic."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def migration_sql(folder: Path, version: str | None, version_table: str) -> str:
    """Return the SQL of all migrations in ``folder`` after ``version`` (None: from the start).

    It also writes the new version to ``version_table``. The transaction is the caller's.
    """
    scripts = ScriptDirectory(folder)

    def steps(*_: Any) -> Sequence[Any]:
        return scripts._upgrade_revs("head", version or "base")  # noqa: SLF001 - Alembic has no public name for it

    sql = io.StringIO()
    with EnvironmentContext(Config(), scripts, fn=steps, as_sql=True, starting_rev=version) as environment:
        environment.configure(
            dialect_name="postgresql",
            dialect_opts={"paramstyle": "named"},  # keeps % as it is
            output_buffer=sql,
            transactional_ddl=False,
            version_table=version_table,
        )
        environment.run_migrations()
    return sql.getvalue()
