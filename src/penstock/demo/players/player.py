"""What all players have in common: look for work, do it, look again."""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from penstock.errors import PenstockError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from penstock.demo.client import Api

_log = logging.getLogger(__name__)

_AGAIN = 10.0  # seconds after which something that had no effect is done again
_AFTER_TROUBLE = 2.0  # seconds


class Player(ABC):
    """Somebody who polls for work and does it; ``pause`` is how many seconds apart the looks are.

    What a player does are events, which have no effect (NO_MATCH) when they come twice. Doing them once is
    thus a courtesy: :meth:`first` keeps the same thing from being done again while its effect is on the way.
    """

    def __init__(self, api: Api) -> None:
        self.api = api
        self.pause = 0.4
        self._done: dict[Hashable, float] = {}

    @abstractmethod
    async def work(self) -> None:
        """Look once, and do what is to be done."""

    async def run(self) -> None:
        """Work until cancelled; trouble is logged and tried again."""
        while True:
            try:
                await self.work()
            except PenstockError as error:
                _log.warning("%s: %s", type(self).__name__, error.message)
                await asyncio.sleep(_AFTER_TROUBLE)
            await asyncio.sleep(self.pause)

    def first(self, *what: Hashable) -> bool:
        """Return whether this was not done lately, and note that it is being done now."""
        if self.lately(*what):
            return False
        now = time.monotonic()
        self._done = {key: at for key, at in self._done.items() if now - at < _AGAIN}
        self._done[what] = now
        return True

    def lately(self, *what: Hashable) -> bool:
        """Return whether this was done so lately that its effect may be on the way."""
        return what in self._done and time.monotonic() - self._done[what] < _AGAIN
