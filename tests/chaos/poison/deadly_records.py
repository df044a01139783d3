"""Records of batches that a worker dies of."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

from penstock.api.batches.upserting import LocationLoad
from penstock.ingest import inventory

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.ingest.records import Batch

Record = dict[str, Any]


def _killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _hanging() -> None:
    time.sleep(1_000)


def _where(word: str, end: Callable[[], None], look: Callable[..., Any]) -> Any:
    """Return a function that looks at a record, and comes to an end where its skuRef holds a word."""

    def ending(record: Record, *more: Any) -> Any:
        if word in str(record.get("skuRef")):
            end()
        return look(record, *more)

    return ending


def spread() -> None:
    """Let this process die of certain counts and places; of some when their batch is opened already."""
    loading: Any = inventory
    places: Any = LocationLoad
    loading.line_of = _where("hang", _hanging, _where("deadly", _killed, loading.line_of))
    read_all = loading.read_all

    def read(records: list[Record], batch: Batch) -> Any:
        if any(record.get("skuRef") == "unopened" for record in records):
            _killed()
        return read_all(records, batch)

    loading.read_all = read
    named = places.ref_of

    def ref_of(self: LocationLoad, record: Record) -> str | None:
        if record.get("name") == "deadly":
            _killed()
        ref: str | None = named(self, record)
        return ref

    places.ref_of = ref_of
