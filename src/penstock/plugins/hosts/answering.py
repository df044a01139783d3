"""The processes of all plugins of one account in one worker, and the answers that they give."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import structlog

from penstock.database.pools import UNREACHABLE
from penstock.orchestration.driver import Later
from penstock.plugins.hosts.calls import PluginFailedError
from penstock.plugins.hosts.pool import PATIENCE, Pool
from penstock.plugins.hosts.process import BrokenPluginError, Limits, LostError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from penstock.orchestration.batch import Batch
    from penstock.orchestration.records import ActivePlugin
    from penstock.plugins.hosts.calls import Call, Step
    from penstock.plugins.hosts.process import Process
    from penstock.rules.context import Ask

log = structlog.get_logger()

MOST_LEFT_BEHIND = 200  # calls that batches do not wait for
MOST_DEATHS = 5  # of processes in which a call waited, by fault of other calls
LONGEST_WAIT = 1.0  # seconds that a batch waits for calls of which each is quick
KEPT = 60.0  # seconds that the processes of a plugin are kept which is not active any more


class Hosts:
    """Gives calls to processes. ``content`` reads a bundle by its hash."""

    def __init__(self, limits: Limits, content: Callable[[str], Awaitable[bytes]]) -> None:
        self._limits, self._content = limits, content
        self._pools: dict[str, asyncio.Task[Pool]] = {}
        self._left_behind: set[asyncio.Task[Any]] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._calls = 0

    async def answer(self, batch: Batch, asks: Sequence[Ask[Step]]) -> list[Any]:
        """Let the calls compute; one that takes longer than others should wait is answered later.

        A run that is tried with its locks taken waits, and so do all while too many are left behind.
        """
        tasks = [asyncio.create_task(self._step(ask.question.call)) for ask in asks]
        try:
            await _wait(tasks, patient=batch.locking or len(self._left_behind) >= MOST_LEFT_BEHIND)
        except BaseException:
            for task in tasks:
                task.cancel()
            raise
        for task in tasks:
            if not task.done():
                self._left_behind.add(task)
                task.add_done_callback(self._left_behind.discard)
        return [task.result() if task.done() else Later(task) for task in tasks]

    async def _step(self, call: Call) -> Any:
        """Return what the process says, or the error of a call that did not come to its end."""
        deaths = 0
        while deaths < MOST_DEATHS:
            try:
                pool = await self._pool(call.plugin)
                process = await pool.take(call.process)
            except BrokenPluginError as error:
                return PluginFailedError(error.message)
            if process is None:
                self.drop(call)  # it begins again in another, with the answers that it has
                continue
            if process.dead:
                deaths += 1
                call.process = None  # it died of another call, while this one waited in it
                continue
            try:
                return await self._exchange(call, process)
            except LostError as lost:
                log.warning("plugin process ended", plugin=call.plugin.name, rule=call.name, error=str(lost))
                call.process = None
                return PluginFailedError(str(lost))
            except UNREACHABLE:
                raise
            except Exception as error:  # noqa: BLE001 - it becomes the call's answer: no call is made twice
                return PluginFailedError(f"{type(error).__name__}: {error}")
            finally:
                pool.give(process)
        return PluginFailedError(f"the processes that it waited in died {MOST_DEATHS} times")

    async def _exchange(self, call: Call, process: Process) -> Any:
        seconds = process.limits.seconds if call.seconds is None else call.seconds
        if call.process is process:
            message: tuple[Any, ...] = ("go", call.number, seconds, call.answers[-1])
        else:
            self._calls += 1
            call.number = self._calls
            message = ("call", call.number, seconds, *call.given())
        began = time.monotonic()
        said = await process.exchange(message, seconds, call.look_up)
        call.seconds = max(0.001, seconds - (time.monotonic() - began))
        call.process = process if said[0] == "asks" else None
        if said[:2] == ["failed", "limit"]:
            await process.kill()
        return said

    @staticmethod
    def drop(call: Call) -> None:
        """Forget a call that will not go on."""
        if call.process is not None:
            call.process.drop(call.number)
            call.process = None

    async def _pool(self, plugin: ActivePlugin) -> Pool:
        opening = self._pools.get(plugin.digest)
        if opening is None:
            opening = self._pools[plugin.digest] = asyncio.create_task(self._open(plugin))
        try:
            return await asyncio.shield(opening)
        except BaseException:
            if opening.done() and self._pools.get(plugin.digest) is opening:
                del self._pools[plugin.digest]  # the database was away: the next call asks again
            raise

    async def _open(self, plugin: ActivePlugin) -> Pool:
        return Pool(self._limits, await self._content(plugin.digest), list(plugin.modules))

    def keep(self, digests: Collection[str]) -> None:
        """End the processes of all other bundles, in a while: batches under way may still use them."""
        for digest in self._pools.keys() - digests:
            task = asyncio.create_task(_retire(self._pools.pop(digest)))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """End all processes."""
        for task in (*self._closing, *self._left_behind):
            task.cancel()
        await asyncio.gather(*self._closing, *self._left_behind, return_exceptions=True)
        pools = await asyncio.gather(*self._pools.values(), return_exceptions=True)
        for pool in pools:
            if isinstance(pool, Pool):
                await pool.close()


async def _wait(tasks: Sequence[asyncio.Task[Any]], *, patient: bool) -> None:
    """Wait as long as calls come to their end, each within a moment; or until all have."""
    began, left = time.monotonic(), set(tasks)
    while left:
        done, left = await asyncio.wait(left, timeout=None if patient else PATIENCE)
        if not done or time.monotonic() - began > LONGEST_WAIT:
            return


async def _retire(opening: asyncio.Task[Pool]) -> None:
    try:
        await asyncio.sleep(KEPT)
    finally:
        await (await opening).close()
