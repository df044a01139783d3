"""What reads are made with: a database, or one of its connections."""

from __future__ import annotations

from typing import Any, Protocol


class Reader(Protocol):
    """What reading needs of a connection or pool."""

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        """Return the rows of a query."""
        ...
