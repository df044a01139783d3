"""CPU time of processes, in seconds; wall time says little on a machine that others use too."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

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


def _of_children(pid: int) -> int:
    ticks = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = _fields(entry.name)
                if int(fields[_PARENT]) == pid:
                    ticks += sum(map(int, fields[_OWN]))
    return ticks


def machine() -> str:
    """Return the number of cores and their model."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{os.cpu_count()} cores, {models[0] if models else 'unknown CPU'}"
