"""The processes of one bundle in one worker: one as a rule, another when that is busy for long."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

from penstock.plugins.hosts.process import BrokenPluginError, Process

if TYPE_CHECKING:
    from penstock.plugins.hosts.process import Limits

MOST = 2  # processes of one bundle
PATIENCE = 0.1  # seconds at one call after which a process counts as stuck, and a batch goes on without it


class Pool:
    """Hands out processes, each to one call at a time."""

    def __init__(self, limits: Limits, content: bytes, modules: list[str]) -> None:
        self._limits, self._content, self._modules = limits, content, modules
        self._all: list[Process] = []
        self._idle: list[Process] = []
        self._anybody: deque[asyncio.Future[Process]] = deque()
        self._watch: asyncio.Task[None] | None = None
        self._certain: dict[Process, deque[asyncio.Future[Process]]] = {}

    async def take(self, wanted: Process | None = None) -> Process | None:
        """Return a process for one exchange: the one wanted, dead or alive, or any.

        None if the one wanted is stuck in another call: waiting for it would be waiting for that one.
        """
        if wanted is None:
            process = await self._any()
        elif wanted.dead:
            return wanted
        elif wanted in self._idle:
            self._idle.remove(wanted)
            process = wanted
        else:
            same = await self._same(wanted)
            if same is None:
                return None
            process = same
        process.busy_since = time.monotonic()
        return process

    async def _same(self, wanted: Process) -> Process | None:
        while not wanted.stuck(PATIENCE):
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._waited(self._certain.setdefault(wanted, deque()))
            except TimeoutError:
                continue
        return None

    async def _any(self) -> Process:
        while self._idle:
            if not (process := self._idle.pop()).dead:
                return process
            self.give(process)
        if not self._all:
            return await self._new()
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watched(), name="plugin processes")
        return await self._waited(self._anybody)

    async def _watched(self) -> None:
        """As long as somebody waits, start a process where none is left that could come free soon."""
        while any(not waiting.done() for waiting in self._anybody):
            if len(self._all) < MOST and all(p.stuck(PATIENCE) for p in self._all):
                try:
                    self.give(await self._new())
                except BrokenPluginError as error:
                    while self._anybody:
                        _settle(self._anybody.popleft(), error)
            await asyncio.sleep(PATIENCE)

    async def _waited(self, queue: deque[asyncio.Future[Process]]) -> Process:
        waiting: asyncio.Future[Process] = asyncio.get_running_loop().create_future()
        queue.append(waiting)
        try:
            return await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled() and waiting.exception() is None:
                self.give(waiting.result())  # it came too late
            raise

    async def _new(self) -> Process:
        process = Process(self._limits)
        self._all.append(process)
        process.busy_since = time.monotonic()
        try:
            await process.start(self._content, self._modules)
        except BaseException:
            await process.kill()
            self.give(process)
            raise
        return process

    def give(self, process: Process) -> None:
        """Take a process back; whoever has waited longest gets it."""
        process.busy_since = None
        if process.dead:
            self._all = [p for p in self._all if p is not process]
            for waiting in self._certain.pop(process, ()):
                if not waiting.done():
                    waiting.set_result(process)  # who wanted this one sees that it is dead
            return
        for queue in (self._certain.get(process, deque()), self._anybody):
            while queue:
                waiting = queue.popleft()
                if not waiting.done():
                    process.busy_since = time.monotonic()
                    waiting.set_result(process)
                    return
        self._idle.append(process)

    async def close(self) -> None:
        """End all processes."""
        if self._watch is not None:
            self._watch.cancel()
        for process in list(self._all):
            await process.kill()


def _settle(waiting: asyncio.Future[Process], error: Exception) -> None:
    if not waiting.done():
        waiting.set_exception(error)
