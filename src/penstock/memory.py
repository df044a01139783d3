"""How a long-running process looks for garbage: rarely, and not among what it keeps for ever."""

from __future__ import annotations

import gc
import resource

# Measured: with Python's own 700 objects, a tenth of a worker's CPU goes into looking through a batch that is
# still in use; a set of a thousand has about a hundred thousand. What the collector is for, cycles, is rare here:
# errors with their tracebacks.
_YOUNG, _MIDDLE, _OLD = 200_000, 20, 20


def collect_rarely() -> None:
    """Leave out what has been loaded so far, and look through the rest seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)


def limit_memory(mebibytes: int) -> None:
    """Let whoever asks for more address space get a MemoryError, before the machine runs short; 0 for no limit."""
    if mebibytes:
        size = mebibytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
