"""Which tables a fork gets, and which columns come empty."""

from __future__ import annotations

from penstock.model.registry import MODEL

# Beside the entities: what orders run on. All the rest stays behind by not being named: the queue and its timers, the
# log of events, the outbox and the keys of webhooks, what delivery tried, jobs, workers and their slots.
_ENGINE = ("workflow", "plugin")
# Nobody logs in to a fork.
SECRETS = {("users", "password_hash"), ("users", "api_key_hash")}


def carried() -> tuple[str, ...]:
    """Return the names of the tables that are copied."""
    entities = (name for name, table in MODEL.tables.items() if not table.entities[0].derived)
    return (*entities, *MODEL.joins, *_ENGINE)


def expression(table: str, column: str) -> str:
    """Return what is read for a column."""
    return "NULL" if (table, column) in SECRETS else f'"{column}"'
