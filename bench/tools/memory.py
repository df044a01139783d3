"""Memory of processes, in MB of 1,000,000 bytes."""

from __future__ import annotations

import re
from pathlib import Path

_KB = 1024 / 1_000_000


def _of(process: int, name: str) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
    assert found, f"process {process} has no {name}"
    return int(found[1]) * _KB


def resident(process: int) -> float:
    """Return what a process holds in memory."""
    return _of(process, "VmRSS")


def own(process: int) -> float:
    """Return what belongs to a process alone: of a PostgreSQL backend all but the shared buffers and the program."""
    return _of(process, "RssAnon")
