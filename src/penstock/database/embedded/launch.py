"""Become another program that ends when its parent does.

Run as a script, in an interpreter of its own and before anything else of Penstock is loaded: what happens
between fork and exec in a process with threads is not safe in Python. Linux clears the request for a signal
at the parent's death when the user changes, so the order of the steps matters.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


class Owner(NamedTuple):
    """A user of the operating system, by numbers."""

    uid: int
    gid: int


def launched(command: Sequence[str], *, at_parents_death: int, as_user: Owner | None = None) -> list[str]:
    """Return the command line that starts ``command`` as a child which does not outlive this process.

    ``at_parents_death`` is the signal that the child then gets (on Linux; elsewhere it gets none).
    ``as_user`` gives up root for that user first. Start it from a thread that lives as long as the process.
    """
    user = as_user or Owner(-1, -1)
    numbers = (int(at_parents_death), os.getpid(), user.uid, user.gid)
    return [sys.executable, "-I", "-S", __file__, *map(str, numbers), *command]


def _become(at_parents_death: int, parent: int, user: Owner, command: list[str]) -> None:
    if user.uid >= 0:
        os.setgroups([])
        os.setgid(user.gid)
        os.setuid(user.uid)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, at_parents_death, 0, 0, 0)
    if os.getppid() != parent:  # it died before the request was made
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - the command is Penstock's own, and needs no shell


if __name__ == "__main__":
    _signal, _parent, _uid, _gid = map(int, sys.argv[1:5])
    _become(_signal, _parent, Owner(_uid, _gid), sys.argv[5:])
