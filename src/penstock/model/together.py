"""New rows of many callers, written together while the database is busy with those before.

Only new rows go together: they wait for nobody's locks, and the rows of two callers do not touch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.database.gathering import Gathering
from penstock.model.writes import Changes

if TYPE_CHECKING:
    from penstock.model.writes import Connection

MOST_ROWS = 2_000  # in a statement of several callers


class Together:
    """The writes of one account in one process; call it from one event loop."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._gathering: Gathering[tuple[type, ...], Changes, None] = Gathering(
            self._write, lambda changes: changes.rows, MOST_ROWS
        )

    async def write(self, changes: Changes) -> None:
        """Write the changes of one caller, all or nothing; raises what the database says against them."""
        kind = changes.only_new()
        if kind is None:
            await changes.write(self._connection)
        else:
            await self._gathering.add(kind, changes)

    async def _write(self, _kind: tuple[type, ...], several: list[Changes]) -> list[None]:
        whole = several[0]
        if len(several) > 1:
            whole = Changes()
            for changes in several:
                whole.merge(changes)
        await whole.write(self._connection)
        return [None] * len(several)
