"""What the runs of one batch share while they are driven in memory."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from penstock.orchestration.meter import Meter
from penstock.orchestration.workflow import workflow_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from penstock.database.reading import Reader
    from penstock.orchestration.configuration import Configuration
    from penstock.rules.declaration import Rule


class Ids(Protocol):
    """Who gives new rows their ids, such as :class:`penstock.database.ids.IdSource`."""

    async def reserve(self, count: int) -> None:
        """Have at least ``count`` of them ready to be taken."""
        ...

    def take(self) -> int:
        """Return the next one."""
        ...


@dataclass
class Batch:
    """Configuration, time, ids, and where to read from.

    ``locking`` is set when a run is tried alone with its locks taken first: answers about stock then lock what
    they read. ``notes`` is scratch space for answers, such as what has been promised so far.
    """

    account: str
    configuration: Configuration
    now: datetime
    ids: Ids
    reader: Reader
    resolve: Callable[[str], Rule | None]
    locking: bool = False
    notes: dict[str, Any] = field(default_factory=dict)
    refusals: int = 0  # promises that another buyer won
    meter: Meter = field(default_factory=Meter)
    _begun: int = field(default_factory=time.perf_counter_ns)

    @cached_property
    def start(self) -> float:
        """Return ``now`` in seconds since 1970."""
        return self.now.timestamp()

    def new_id(self, _entity: str, _ref: str | None) -> int:
        """Return the id of a new row. Who executes a record again looks for the one that the row had."""
        return self.ids.take()

    def workflow_of(self, retailer_id: int, event: str, type_: str) -> tuple[str, int]:
        """Return name and major version of the workflow of a new root."""
        return workflow_of(self.configuration.workflows, retailer_id, event, type_)

    def elapsed(self) -> int:
        """Return how many microseconds ago the batch began; to rules, it is ``now`` until its end."""
        return (time.perf_counter_ns() - self._begun) // 1000
