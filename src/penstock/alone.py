"""Work that may be the end of a process is tried in a process of its own, which ends with this one."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.database.embedded.launch import launched

if TYPE_CHECKING:
    from collections.abc import Sequence

STARTING = 60.0  # seconds that a process may take until it says its first line
AGAIN_LATER = 75  # exit code of a process that found no database


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended, in words, and the last line that it said; none of them is empty but the second."""

    words: str
    said: str


async def tried(arguments: Sequence[str], seconds: float, *, a_line: bool = False) -> Ending:
    """Run ``penstock`` with these arguments until it ends; return how.

    The ``seconds`` that it may take count from its first line on; from each line on where ``a_line`` says so.

    Raises:
        ConnectionError: it found no database.
    """
    starting = launched([sys.executable, "-m", "penstock.cli", *arguments], at_parents_death=signal.SIGKILL)
    process = await asyncio.create_subprocess_exec(*starting, stdout=asyncio.subprocess.PIPE)
    told = _Told(process, seconds if a_line else None)
    try:
        code = await _code(process, told, seconds)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    said = await told.last
    if code is None:
        return Ending(f"it was not done after {seconds:.0f} s", said)
    if code == AGAIN_LATER:
        raise ConnectionError("the database did not answer the process of its own that tried")
    return Ending(
        f"its process {f'was killed by {signal.Signals(-code).name}' if code < 0 else f'ended with {code}'}", said
    )


async def _code(process: asyncio.subprocess.Process, told: _Told, seconds: float) -> int | None:
    """Return the code that a process ends with; None when it takes too long."""
    try:
        async with asyncio.timeout(STARTING):
            await told.begun.wait()
        async with asyncio.timeout(seconds) as told.limit:
            return await process.wait()
    except TimeoutError:
        return None


class _Told:
    """What a process says, line by line; each gives it so many ``seconds`` more."""

    def __init__(self, process: asyncio.subprocess.Process, seconds: float | None) -> None:
        assert process.stdout is not None
        self.begun = asyncio.Event()
        self.limit: asyncio.Timeout | None = None
        self._seconds = seconds
        self.last = asyncio.create_task(self._read(process.stdout))

    async def _read(self, said: asyncio.StreamReader) -> str:
        """Return the last line, once the process has ended."""
        last = b""
        with suppress(ValueError):  # a line without end is none of ours
            while line := await said.readline():
                last = line
                self.begun.set()
                self._prolong()
        self.begun.set()
        return last.decode(errors="replace").strip()

    def _prolong(self) -> None:
        if self.limit is not None and self._seconds is not None and not self.limit.expired():
            self.limit.reschedule(asyncio.get_running_loop().time() + self._seconds)


def say(line: str) -> None:
    """Tell the process that started this one what begins now: should it be the end, that one knows."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
