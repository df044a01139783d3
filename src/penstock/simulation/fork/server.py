"""The throw-away server of a simulation: made in the data directory, and gone with the process, however that ends."""

from __future__ import annotations

import fcntl
import shutil
import uuid
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from penstock.database.embedded.cluster import end_predecessor
from penstock.database.embedded.directory import DataDirectory
from penstock.database.embedded.server import PostgresServer
from penstock.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from penstock.settings import Settings

FORKS = "forks"  # in the data directory; each folder of it is a simulation's
# Nothing in it is worth a write to the disk: who loses it begins again.
_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "shared_buffers": "128MB",
}


@contextmanager
def throwaway(data: Path, settings: Settings, needed: int = 0) -> Iterator[str]:
    """Yield the URL of an empty server of its own, which may get so many bytes; its files are gone afterwards.

    What killed simulations left in the data directory is removed first.

    Raises:
        SetupError: the directory cannot be written, its disk has fewer bytes left, or the server does not start.
    """
    with ExitStack() as opened:
        with _alone(data):
            sweep_held(data)
            _require_room(data, needed)
            directory = opened.enter_context(DataDirectory(data / FORKS / uuid.uuid4().hex[:12]))
        opened.callback(_remove, directory)
        yield opened.enter_context(
            PostgresServer(directory, programs=settings.postgres_bin, user=settings.postgres_user, options=_OPTIONS)
        ).url


def _require_room(data: Path, needed: int) -> None:
    """Refuse to fill the disk: the database in use may lie on the same one, and stops when that is full."""
    free = shutil.disk_usage(data).free
    if free < needed:
        raise SetupError(
            f"The disk of {data} has {free // 1_000_000:,} MB left, and the copies of the account may take "
            f"{needed // 1_000_000:,} MB: one, and one for each variant. Make room, or give fewer scenarios at once."
        )


def sweep(data: Path) -> None:
    """Remove what killed simulations left in a data directory; those that run are left alone."""
    if (data / FORKS).is_dir():
        with _alone(data):
            sweep_held(data)


def sweep_held(data: Path) -> None:
    """Remove what killed simulations left, for who holds the folder of forks."""
    for folder in sorted(path for path in (data / FORKS).iterdir() if path.is_dir()):
        # What is raised is for those that run, whose is the lock. A full disk is no reason to keep what fills it.
        with suppress(SetupError), DataDirectory(folder, full=True) as directory:
            _remove(directory)


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Hold the folder of forks: a fork must not be swept away between its first file and its lock."""
    try:
        (data / FORKS).mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (data / FORKS / "forks.lock").open("a", encoding="ascii")
    except OSError as error:
        raise SetupError(
            f"The data directory {data} cannot be written ({error.strerror}); name another one with --data."
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove(directory: DataDirectory) -> None:
    end_predecessor(directory.cluster, directory.sockets)
    shutil.rmtree(directory.sockets, ignore_errors=True)
    shutil.rmtree(directory.path, ignore_errors=True)
