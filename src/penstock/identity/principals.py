"""From an access token to who is asking, remembered for two seconds.

So long, at most, does a revoked token or a role taken away keep its effect in one process.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from penstock.errors import InvalidTokenError
from penstock.identity.tokens import hashed, owner_of_access
from penstock.identity.users import user_by_id

if TYPE_CHECKING:
    from penstock.clock import Clock
    from penstock.database.placement import Placement
    from penstock.identity.principal import Principal

SECONDS_KEPT = 2.0
MOST_KEPT = 10_000


class Principals:
    """Finds the principal of a token; of many requests at once with one token a single one asks the database."""

    def __init__(self, placement: Placement, clock: Clock) -> None:
        self._placement = placement
        self._clock = clock
        self._kept: dict[bytes, tuple[float, asyncio.Task[Principal]]] = {}

    async def of_token(self, token: str) -> Principal:
        """Return who holds this access token.

        Raises:
            InvalidTokenError: the token is unknown, expired or revoked, or its user may not log in any more.
        """
        token_hash = hashed(token)
        now = time.monotonic()
        kept = self._kept.get(token_hash)
        if kept is None or kept[0] < now:
            self._make_room(now)
            task = asyncio.create_task(self._load(token_hash))
            task.add_done_callback(lambda done: self._forget_failure(token_hash, done))
            kept = self._kept[token_hash] = (now + SECONDS_KEPT, task)
        task = kept[1]
        return task.result() if task.done() else await asyncio.shield(task)

    async def _load(self, token_hash: bytes) -> Principal:
        owner = await owner_of_access(self._placement.control, token_hash, self._clock.now())
        if owner is not None:
            database = await self._placement.database(owner.account)
            user = await user_by_id(database, owner.account, owner.user_id)
            if user is not None and user.active:
                return user.principal
        raise InvalidTokenError("Invalid access token")

    def _forget_failure(self, token_hash: bytes, task: asyncio.Task[Principal]) -> None:
        """Keep no failure, so that whoever retries is looked up again."""
        if task.cancelled() or task.exception() is not None:
            kept = self._kept.get(token_hash)
            if kept is not None and kept[1] is task:
                del self._kept[token_hash]

    def _make_room(self, now: float) -> None:
        if len(self._kept) >= MOST_KEPT:
            self._kept = {h: kept for h, kept in self._kept.items() if kept[0] >= now}
