"""One process of a plugin: started, spoken with, and killed when it does what it may not."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.errors import PenstockError
from penstock.plugins.child.wire import MOST_BYTES, pickled

if TYPE_CHECKING:
    from collections.abc import Callable

OWNER = 65_533  # the user that a process becomes where the engine is root: nobody else's, not even "nobody"'s
START_SECONDS = 20.0  # until the plugin is imported
GRACE = 1.0  # seconds that the process has to stop a rule by itself

_decode = msgspec.msgpack.Decoder().decode


class BrokenPluginError(PenstockError):
    """A plugin that cannot be imported."""

    code, status = "C0160E", 400


class LostError(Exception):
    """The process has ended; the message says how."""


@dataclass(frozen=True)
class Limits:
    """What a call may take: seconds, and bytes of address space of the whole process."""

    seconds: float = 5.0
    memory: int = 512 * 1024 * 1024


def _paths() -> str:
    """Return where this process finds its modules."""
    return os.pathsep.join(str(Path(p).resolve()) for p in sys.path if Path(p).exists())


class Process:
    """A process that has imported one bundle."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.rules: dict[str, dict[str, Any]] = {}
        self.isolated: dict[str, bool] = {}
        self._killed = False
        self.busy_since: float | None = None
        self._dropped: list[int] = []
        self._process: asyncio.subprocess.Process | None = None

    @property
    def dead(self) -> bool:
        """Return whether it has ended, by itself or not."""
        return self._killed or (self._process is not None and self._process.returncode is not None)

    async def start(self, content: bytes, modules: list[str]) -> None:
        """Start the process and let it import modules of the bundle.

        Raises:
            BrokenPluginError: that failed; the message ends with the plugin's own error.
        """
        try:
            self._process = await self._started()
            await self._send(pickled((content, modules)))
            async with asyncio.timeout(START_SECONDS):
                said = await self._receive()
        except TimeoutError:
            await self.kill()
            raise BrokenPluginError(f"The plugin was not imported after {START_SECONDS:.0f} s.") from None
        except (LostError, OSError) as error:
            await self.kill()
            raise BrokenPluginError(f"The plugin could not be imported: {error}.") from None
        except BaseException:
            await self.kill()
            raise
        match said:
            case ["ready", dict(isolated), dict(rules)]:
                self.isolated, self.rules = isolated, {str(n).removeprefix("."): about for n, about in rules.items()}
            case _:
                await self.kill()
                raise BrokenPluginError(f"The plugin cannot be imported: {' '.join(map(str, said[1:2]))}")

    async def _started(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-B", "-X", "utf8", "-m", "penstock.plugins.child"),
            *map(str, (os.getpid(), OWNER, self.limits.memory)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd="/",
            env={"PYTHONPATH": _paths()},  # and nothing else: no secrets
        )

    async def exchange(self, message: tuple[Any, ...], seconds: float, look_up: Callable[[str, Any], Any]) -> Any:
        """Say something and return the answer; what the process asks for meanwhile, ``look_up`` gives.

        Raises:
            LostError: the process has ended, or was ended because it took longer than ``seconds``.
        """
        try:
            async with asyncio.timeout(seconds + GRACE):
                return await self._exchange(message, look_up)
        except TimeoutError:
            await self.kill()
            raise LostError(f"it was not done after {seconds:.0f} s") from None
        except BaseException:
            await self.kill()  # nobody knows what it will say next
            raise

    async def _exchange(self, message: tuple[Any, ...], look_up: Callable[[str, Any], Any]) -> Any:
        while self._dropped:
            await self._send(pickled(("drop", self._dropped.pop(), 0.0)))
        await self._send(pickled(message))
        while (said := await self._receive())[0] in {"rows", "joins", "ids"}:
            await self._send(pickled(look_up(said[0], said[1])))
        return said

    def drop(self, number: int) -> None:
        """Forget a call that waits, when there is time for it."""
        self._dropped.append(number)

    async def _send(self, frame: bytes) -> None:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        try:
            process.stdin.write(frame)
            await process.stdin.drain()
        except (OSError, RuntimeError):
            raise LostError(await self._ending()) from None

    async def _receive(self) -> list[Any]:
        """Return the next message, as it came; what is none ends the process."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        try:
            length = int.from_bytes(await process.stdout.readexactly(4), "big")
            if length > MOST_BYTES:
                raise LostError(f"it said {length} bytes; {MOST_BYTES} are allowed")
            said = _decode(await process.stdout.readexactly(length))
        except (asyncio.IncompleteReadError, OSError):
            raise LostError(await self._ending()) from None
        except msgspec.DecodeError as error:
            raise LostError(f"it said what nobody understands: {error}") from None
        if not isinstance(said, list) or not said or not isinstance(said[0], str):
            raise LostError("it said what nobody understands")
        return said

    async def _ending(self) -> str:
        assert self._process is not None
        with suppress(TimeoutError):  # the pipe is closed: it is about to end, and tells how
            async with asyncio.timeout(GRACE):
                await self._process.wait()
        await self.kill()
        code = self._process.returncode or 0
        return f"its process was killed by {signal.Signals(-code).name}" if code < 0 else f"its process ended: {code}"

    async def kill(self) -> None:
        """End the process, and wait for that."""
        self._killed = True
        process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await asyncio.shield(asyncio.ensure_future(process.wait()))

    def stuck(self, seconds: float) -> bool:
        """Return whether it has been at one thing for longer than this."""
        return self.busy_since is not None and time.monotonic() - self.busy_since > seconds
