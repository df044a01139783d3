"""Records of batches that a worker dies of."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

from penstock.api.batches.upserting import LocationLoad
from penstock.ingest import inventory, unchanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.ingest.counts import Count
    from penstock.ingest.records import Batch

Record = dict[str, Any]


def _killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _hanging() -> None:
    time.sleep(1_000)


def _where(word: str, end: Callable[[], None], read: Callable[[Record, Batch], Count]) -> Any:
    """Return a function that reads a count, and comes to an end where its skuRef holds a word."""

    def ending(record: Record, batch: Batch) -> Count:
        if word in str(record.get("skuRef")):
            end()
        return read(record, batch)

    return ending


def spread() -> None:
    """Let this process die of certain counts and places; of some when their batch is opened already."""
    reading: Any = inventory  # they import it from elsewhere
    reading.read = _where("hang", _hanging, _where("deadly", _killed, reading.read))
    opening: Any = unchanged
    opening.read = _where("unopened", _killed, opening.read)
    named = LocationLoad.ref_of

    def ref_of(self: LocationLoad, record: Record) -> str | None:
        if record.get("name") == "deadly":
            _killed()
        return named(self, record)

    LocationLoad.ref_of = ref_of  # type: ignore[method-assign]  # that is what it is for
