"""The embedded PostgreSQL server: start, watch, stop."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from penstock.database.embedded.cluster import (
    SUPERUSER,
    end_predecessor,
    ensure_cluster,
    entered,
    owner_of,
    postmaster_pid,
    private_directory,
)
from penstock.database.embedded.launch import launched
from penstock.database.embedded.programs import find_programs, reachable_programs
from penstock.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from penstock.database.embedded.directory import DataDirectory

SECONDS_TO_START = 600  # replaying the log after a crash may take minutes
SECONDS_TO_LET_OLD_BACKENDS_END = 10
# How to stop, gently first: (signal, seconds to wait).
STOPPING = ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 10))


class PostgresServer:
    """A PostgreSQL server on the cluster in a data directory, reachable by its socket only.

    The server is a child of this process and stops with it, however this process ends. Start it from the
    main thread: Linux tells a child of its parent's death when the starting *thread* ends.

    Attributes:
        url: how to reach the server's control database.
    """

    def __init__(
        self,
        directory: DataDirectory,
        *,
        programs: Path | None = None,
        user: str = "nobody",
        options: Mapping[str, str] | None = None,
    ) -> None:
        """Describe the server; ``options`` are PostgreSQL parameters that differ from our defaults."""
        self.url = url_of(directory.sockets)
        self._directory = directory
        self._programs = programs
        self._user = user
        self._options = options or {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start the server, making its cluster first where there is none, and return its URL.

        Raises:
            SetupError: it cannot start; the message says why.
        """
        cluster = self._directory.cluster
        programs = find_programs(self._programs)
        owner = owner_of(cluster, self._user)
        if owner:
            programs = reachable_programs(programs)
        ensure_cluster(cluster, programs, owner, self._options)
        private_directory(self._directory.sockets, owner)
        end_predecessor(cluster, self._directory.sockets)
        give_up = time.monotonic() + SECONDS_TO_LET_OLD_BACKENDS_END
        with ExitStack() as stack:
            data, data_descriptor = stack.enter_context(entered(cluster))
            sockets, sockets_descriptor = stack.enter_context(entered(self._directory.sockets))
            command = [str(programs / "postgres"), "-D", data, "-k", sockets]
            while problem := self._try_start(
                launched(command, at_parents_death=signal.SIGINT, as_user=owner),
                (data_descriptor, sockets_descriptor),
            ):
                # The backends of a server that was killed need a moment to notice it.
                if "shared memory" not in problem or time.monotonic() > give_up:
                    raise SetupError(f"The database in {cluster} does not start: {problem}")
                time.sleep(0.2)
        return self.url

    def _try_start(self, command: list[str], descriptors: tuple[int, ...]) -> str:
        """Start once; return the problem that the server's log tells, or nothing when it is ready."""
        with self._directory.open_log("postgres") as log:
            written = log.seek(0, os.SEEK_END)
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                pass_fds=descriptors,
                start_new_session=True,  # Ctrl-C must not reach it before its clients have ended
            )
        deadline = time.monotonic() + SECONDS_TO_START
        while self._process.poll() is None and time.monotonic() < deadline:
            if postmaster_pid(self._directory.cluster) == (self._process.pid, "ready"):
                return ""
            time.sleep(0.02)
        self.stop()
        return self._problem(written)

    def _problem(self, written: int) -> str:
        path = self._directory.path / "logs" / "postgres.log"
        with path.open("rb") as log:
            log.seek(written)
            lines = log.read().decode("utf-8", "replace").splitlines()
        fatal = [line for line in lines if "FATAL:" in line or "PANIC:" in line or "No space" in line]
        return f"{(fatal or lines or ['it said nothing'])[-1]} (more in {path})"

    @property
    def running(self) -> bool:
        """Whether the server was started and has not ended since."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The number of the server's main process; 0 before the first start."""
        return self._process.pid if self._process else 0

    def stop(self) -> None:
        """Stop the server; its clients are disconnected. Does nothing when it is not running."""
        for signum, seconds in STOPPING:
            if not self._process or self._process.poll() is not None:
                return
            self._process.send_signal(signum)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        with suppress(OSError):  # not empty: it was killed in the end; the next start cleans up
            self._directory.sockets.rmdir()


def url_of(sockets: Path, database: str = "penstock_control") -> str:
    """Return the URL of a database of the server whose socket lies in ``sockets``."""
    return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(sockets))}"
