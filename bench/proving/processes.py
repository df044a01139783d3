"""Processes of Penstock that may be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from bench.tools.waiting import until_true
from penstock.database.embedded.launch import launched

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SECONDS_TO_END = 15


class Process:
    """One ``penstock`` command, or another module, with its output in a file; it is killed when this process ends."""

    def __init__(
        self,
        log: Path,
        *arguments: str,
        environment: dict[str, str],
        descriptors: Sequence[int] = (),
        module: str = "penstock.cli",
    ) -> None:
        """Start it; ``environment`` is added to ours, ``descriptors`` are open files that it inherits."""
        self.log = log
        command = [sys.executable, "-m", module, *arguments]
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                launched(command, at_parents_death=signal.SIGKILL),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=os.environ | environment,
                pass_fds=descriptors,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._popen.pid

    @property
    def code(self) -> int | None:
        """How it ended; None while it runs; -9 when it was killed."""
        return self._popen.poll()

    def kill(self) -> None:
        """Kill it without warning, as a power cut would."""
        self._popen.kill()
        self._popen.wait()

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._popen.send_signal(number)

    async def ended(self, seconds: float) -> int:
        """Wait until it has ended by itself, and return how.

        Raises:
            TimeoutError: it runs on.
        """
        await until_true(lambda: self.code is not None, seconds=seconds)
        return self._popen.returncode

    async def stop(self) -> None:
        """Ask it to end, and kill it when it does not."""
        self._popen.terminate()
        try:
            await self.ended(SECONDS_TO_END)
        except TimeoutError:
            self.kill()
