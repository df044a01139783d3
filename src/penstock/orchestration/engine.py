"""What the workers of an account share, put together in :mod:`penstock.app`."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from penstock.orchestration.batch import Batch
from penstock.orchestration.meter import Meter

if TYPE_CHECKING:
    import uuid
    from collections.abc import Awaitable, Callable

    from penstock.clock import Clock
    from penstock.database.ids import IdSource
    from penstock.database.pools import Database
    from penstock.database.signals import Signals
    from penstock.orchestration.configuration import Configuration, Configurations
    from penstock.orchestration.driver import Answerer
    from penstock.orchestration.sets.working import Sets
    from penstock.orchestration.write import Guard
    from penstock.rules.declaration import Rule


ASKED = "penstock_asked"  # NOTIFY channel: an API process answers many requests of this account
ATTENDED = 2.0  # seconds for which those who wait for events are expected to come again


@dataclass
class Engine:
    """Everything a worker needs for one account."""

    account: str
    database: Database
    signals: Signals
    clock: Clock
    ids: IdSource
    resolve: Callable[[str], Rule | None]
    answerers: dict[type, Answerer]
    guard: Guard
    configurations: Configurations
    sets: Sets
    # Runs an event (its id, the lease's) in a process of its own; returns how that ended.
    isolate: Callable[[uuid.UUID, uuid.UUID], Awaitable[str]] | None = None
    meter: Meter = field(default_factory=Meter)
    waited_for: float = -math.inf  # when somebody waited for an event of a batch
    asked: float = -math.inf  # when an API process said that it is asked often
    # Adds the rules of a configuration's uploaded plugins to what ``resolve`` finds.
    plugins: Callable[[Configuration], Callable[[str], Rule | None]] | None = None

    def attended(self) -> bool:
        """Return whether somebody waits for events, or did so lately and is expected again."""
        return time.monotonic() - self.waited_for < ATTENDED

    def crowded(self) -> bool:
        """Return whether people wait, for events or for answers of the API, so that what has time leaves them room."""
        return self.attended() or time.monotonic() - self.asked < ATTENDED

    async def hear(self) -> None:
        """Listen to API processes that are asked often."""

        def asked(payload: str) -> None:
            if payload:  # an empty one only says that signals may have been missed
                self.asked = time.monotonic()

        await self.signals.listen(ASKED, asked)

    def working(self, configuration: Configuration) -> Batch:
        """Return a fresh batch: configuration, time and ids."""
        return Batch(
            self.account,
            configuration,
            self.clock.now(),
            self.ids,
            self.database,
            self.resolve if self.plugins is None else self.plugins(configuration),
            meter=self.meter,
        )
