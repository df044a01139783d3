"""Granting holds: what is asked of the database (docs/adr/0025)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from penstock.holding.granting import grant
from penstock.holding.planning import Item, Refused, Short, Wanted
from penstock.inventory.ledger import SELLABLE

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Empty:
    """A connection to a database without stock, and the statements that it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def fetch(self, sql: str, *_values: Any) -> list[Any]:
        """Find nothing."""
        self.asked.append(sql)
        return []


async def test_where_nothing_can_be_held_nothing_is_locked() -> None:
    connection, ids = cast("Any", Empty()), cast("Any", None)
    item = Item("A", 1)
    wanted = [Wanted(1, ref, "BASE:1", (item,), 60, [], "ada", NOW) for ref in ("C1", "C2")]
    assert await grant(connection, ids, wanted, locking=False) == [Refused([Short(item, 0)])] * 2
    assert connection.asked == [SELLABLE]
