"""CPU time of processes, in seconds; wall time says little on a machine that others use too."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TICK = 1 / os.sysconf("SC_CLK_TCK")
_PARENT, _OWN, _ENDED = 1, slice(11, 13), slice(13, 15)  # fields of /proc/PID/stat behind the program's name


def _fields(pid: int | str) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()


def of_process(pid: int) -> float:
    """Return user and system time of one process so far."""
    return sum(map(int, _fields(pid)[_OWN])) * _TICK


def of_server(pid: int) -> float:
    """Return the time of a PostgreSQL server: all its processes, those included that have ended.

    A process that ends between two looks would be counted twice or not at all; then everything is read again.
    """
    while True:
        main = _fields(pid)
        ticks = sum(map(int, (*main[_OWN], *main[_ENDED]))) + _of_children(pid)
        if _fields(pid)[_ENDED] == main[_ENDED]:
            return ticks * _TICK


def children(pid: int) -> list[int]:
    """Return the numbers of the processes that one has started and that run."""
    return [child for child, _ in _children(pid)]


def _of_children(pid: int) -> int:
    return sum(sum(map(int, fields[_OWN])) for _, fields in _children(pid))


def _children(pid: int) -> Iterator[tuple[int, list[str]]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = _fields(entry.name)
                if int(fields[_PARENT]) == pid:
                    yield int(entry.name), fields


def machine() -> str:
    """Return the number of cores and their model."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{os.cpu_count()} cores, {models[0] if models else 'unknown CPU'}"
