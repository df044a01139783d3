"""The processes that the supervisor keeps running."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from penstock.database.embedded.launch import launched

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from penstock.database.embedded.directory import DataDirectory

SECONDS_TO_END = 10
SECONDS_OF_GOOD_HEALTH = 10  # whoever ran this long is started again at once
LONGEST_PAUSE = 30


@dataclass(frozen=True)
class Job:
    """What a child process is for.

    Attributes:
        name: also the name of its log.
        arguments: of the command ``penstock``.
        shown: its standard output goes to ours instead of to its log.
        may_end: it is not started again when it ends by itself without an error.
        descriptors: open files that it inherits.
    """

    name: str
    arguments: tuple[str, ...]
    shown: bool = False
    may_end: bool = False
    descriptors: tuple[int, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


class Child:
    """A process that is started again when it ends unexpectedly.

    It is killed when the supervisor is, and out of reach of the terminal's Ctrl-C: the supervisor ends its
    children one after the other.

    Attributes:
        failures: how often it ended unexpectedly.
    """

    def __init__(self, job: Job, directory: DataDirectory, note: Callable[[str], None]) -> None:
        self.job = job
        self.failures = 0
        self._directory = directory
        self._note = note
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the process, and watch it from now on."""
        self._task = asyncio.get_running_loop().create_task(self._keep_running(), name=self.job.name)

    async def _keep_running(self) -> None:
        pause = 0.0
        while True:
            started = time.monotonic()
            self._process = await self._spawn()
            code = await self._process.wait()
            if code == 0 and self.job.may_end:
                return
            self.failures += 1
            healthy = time.monotonic() - started > SECONDS_OF_GOOD_HEALTH or code == -signal.SIGKILL
            pause = 0.0 if healthy else min(max(2 * pause, 0.5), LONGEST_PAUSE)
            self._note(f"{self.job.name} ended unexpectedly ({_ending(code)}); it is started again")
            await asyncio.sleep(pause)

    async def _spawn(self) -> asyncio.subprocess.Process:
        command = [sys.executable, "-m", "penstock.cli", *self.job.arguments]
        with ExitStack() as files:
            log = files.enter_context(self._directory.open_log(self.job.name))
            return await asyncio.create_subprocess_exec(
                *launched(command, at_parents_death=signal.SIGKILL),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=None if self.job.shown else log,
                stderr=log,
                env=os.environ | self.job.environment,
                pass_fds=self.job.descriptors,
                start_new_session=True,
            )

    async def stop(self) -> None:
        """End the process: politely, and after ten seconds by force."""
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        for signum in (signal.SIGTERM, signal.SIGKILL):
            if self._process is None or self._process.returncode is not None:
                return
            self.send(signum)
            with suppress(TimeoutError):
                async with asyncio.timeout(SECONDS_TO_END):
                    await self._process.wait()

    @property
    def pid(self) -> int:
        """The number of the running process; 0 when none runs."""
        return self._process.pid if self._process and self._process.returncode is None else 0

    def send(self, signum: signal.Signals) -> None:
        """Send a signal to the running process."""
        if self.pid and self._process:
            with suppress(ProcessLookupError):
                self._process.send_signal(signum)

    def last_words(self) -> str:
        """Return the last line of its log."""
        path = self._directory.path / "logs" / f"{self.job.name}.log"
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        return f"{lines[-1] if lines else 'it said nothing'} (more in {path})"


def _ending(code: int) -> str:
    with suppress(ValueError):
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return f"signal {-code}"
