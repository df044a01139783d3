"""The data directory: held by one process at a time, and what lies where in it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO, Self

from penstock.errors import SetupError

LONGEST_SOCKET_PATH = 107  # bytes that a socket's address holds
SOCKET_NAME = ".s.PGSQL.5432"
LEAST_FREE_MEGABYTES = 300
LARGEST_LOG_BYTES = 10_000_000


class DataDirectory:
    """A data directory that belongs to this process until ``close``.

    Holding an instance means holding the lock, so whoever takes one as an argument need not think about
    a second server on the same files.
    """

    def __init__(self, path: Path, *, full: bool = False) -> None:
        """Create the directory where it is missing, and take its lock; with ``full`` its disk may be.

        Raises:
            SetupError: it is in use, cannot be written, or its disk is full.
        """
        self.path = path.expanduser().resolve()
        try:
            (self.path / "logs").mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = (self.path / "penstock.lock").open("a+", encoding="ascii")
        except OSError as error:
            raise SetupError(
                f"The data directory {self.path} cannot be written ({error.strerror}). "
                "Run as the user that owns it, or name another one with --data."
            ) from error
        self._take_lock()
        if not full:
            self._check_space()

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.seek(0)
            holder = self._lock.read().strip() or "unknown"
            self._lock.close()
            raise SetupError(
                f"The data directory {self.path} is in use by another Penstock (process {holder}). "
                "Stop that one first, or name another directory with --data."
            ) from error
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()

    def _check_space(self) -> None:
        free = shutil.disk_usage(self.path).free // 1_000_000
        if free < LEAST_FREE_MEGABYTES:
            self.close()
            raise SetupError(
                f"The disk of {self.path} has {free} MB left, too little for a database "
                f"({LEAST_FREE_MEGABYTES} MB). Make room, or name another directory with --data."
            )

    @property
    def cluster(self) -> Path:
        """The directory of the PostgreSQL cluster."""
        return self.path / "postgres"

    @property
    def sockets(self) -> Path:
        """The directory of the server's socket."""
        return socket_directory(self.path)

    @property
    def connection_file(self) -> Path:
        """The file that tells a client how to log in."""
        return self.path / "connection.json"

    @property
    def secret_file(self) -> Path:
        """The file that holds what webhooks' private keys are sealed with, unless the environment does."""
        return secret_file(self.path)

    @property
    def mail_folder(self) -> Path:
        """The directory that mails are kept in where no server is there to take them."""
        return self.path / "mail"

    def open_log(self, name: str) -> IO[bytes]:
        """Open ``logs/<name>.log`` for appending; a large one is set aside as ``<name>.log.1`` first."""
        log = self.path / "logs" / f"{name}.log"
        if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        return log.open("ab", buffering=0)

    def close(self) -> None:
        """Let go of the directory."""
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def secret_file(data: Path) -> Path:
    """Return where the secret of data directory ``data`` is."""
    return data.expanduser().resolve() / "secret.key"


def socket_directory(data: Path) -> Path:
    """Return where the server of data directory ``data`` has its socket.

    It is inside, unless the path would be longer than a socket's address may be: then it is a directory of
    the system's for temporary files, named by a hash of the path.
    """
    inside = data.expanduser().resolve() / "run"
    if len(os.fsencode(inside / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
        return inside
    short = hashlib.sha256(os.fsencode(inside)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"penstock-{short}"
