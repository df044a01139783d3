"""What the process of a plugin may do: as little as a rule needs, as far as the system lets it be limited.

This contains faults. It is no prison: whoever runs hostile code should give it a machine of its own.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import resource
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

OPEN_FILES = 32
# Loaded while everything can still be read: the standard library loads them itself when they are first needed.
_LATE = ("_strptime", "decimal", "fractions", "statistics", "zoneinfo", "encodings.idna", "linecache", "tokenize")
_NEVER = frozenset({"antigravity", "this", "idlelib", "turtle", "turtledemo", "tkinter", "test"})
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000


def load_library(names: Iterable[str]) -> None:
    """Import modules of the standard library, for a user who may not be able to read its files later."""
    for name in (*_LATE, *names):
        if name.partition(".")[0] in sys.stdlib_module_names - _NEVER:
            with suppress(ImportError):
                importlib.import_module(name)


def confine(memory: int, owner: int, parent: int) -> dict[str, bool]:
    """Give up what can be given up; return what is cut off: ``network``, ``user``, ``memory``.

    ``memory`` is in bytes of address space, 0 for no limit. ``owner`` is the number of the user to become where
    this is root.
    """
    network = _without_network()
    user = os.geteuid() == 0
    if user:
        os.setgroups([])
        os.setgid(owner)
        os.setuid(owner)
    _die_with(parent)
    for limit, value in _limits(memory, processes=user):
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))
    return {"network": network, "user": user, "memory": bool(memory) and sys.platform == "linux"}


def _limits(memory: int, *, processes: bool) -> Iterable[tuple[int, int]]:
    yield resource.RLIMIT_CORE, 0
    yield resource.RLIMIT_FSIZE, 0
    yield resource.RLIMIT_NOFILE, OPEN_FILES
    if processes:  # counted by user; where it is the engine's own, others may be started by it
        yield resource.RLIMIT_NPROC, 0
    if memory:
        yield resource.RLIMIT_AS, memory


def _without_network() -> bool:
    """Leave the machine's network for an empty one, where the kernel allows that."""
    if sys.platform != "linux":
        return False
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWNET | _CLONE_NEWUSER
    return bool(ctypes.CDLL(None, use_errno=True).unshare(flags) == 0)


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        system = ctypes.CDLL(None, use_errno=True)
        system.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        system.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)
