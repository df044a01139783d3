"""A hint across processes that there is something to do, by PostgreSQL's NOTIFY.

Only a hint: whoever waits for one looks by itself from time to time as well. So a signal may get lost, and
the sender neither waits nor fails.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import asyncpg

from penstock.database.pools import LOST
from penstock.waiting import came

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS_BETWEEN_SENDS = 0.005  # a NOTIFY for every transaction was measured to halve the commits
SECONDS_BETWEEN_CONNECTS = 0.5
SECONDS_TO_SEND_THE_LAST = 0.5
MOST_BYTES = 7_000  # PostgreSQL takes payloads below 8,000 bytes
SEND = "SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[]) AS pending (channel, payload)"


class Signals:
    """Signals of one database, on a connection of its own that is opened at the first use.

    Call it from one event loop; ``await close()`` at the end.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pending: defaultdict[str, set[str]] = defaultdict(set)
        self._callbacks: dict[str, list[Callable[[str], None]]] = {}
        self._wake = asyncio.Event()
        self._listening = asyncio.Event()
        self._sent = asyncio.Event()
        self._sent.set()
        self._task: asyncio.Task[None] | None = None

    def send(self, channel: str, payload: str = "") -> None:
        """Send a signal soon, after the commit of what it announces.

        Equal signals within five milliseconds become one. A payload must not contain a comma.
        """
        self._pending[channel].add(payload)
        self._sent.clear()
        self._start()
        self._wake.set()

    async def listen(self, channel: str, callback: Callable[[str], None]) -> None:
        """Have ``callback`` called with the payload of each signal on ``channel``, our own included.

        It is called with an empty payload when signals may have been missed: it then means anything.
        Returns when the connection listens, or without it when the database does not answer now.
        """
        self._callbacks.setdefault(channel, []).append(callback)
        self._start()
        self._listening.clear()
        self._wake.set()
        await came(self._listening, SECONDS_BETWEEN_CONNECTS)

    async def close(self) -> None:
        """Send what is pending, and close the connection."""
        if self._task is None:
            return
        await came(self._sent, SECONDS_TO_SEND_THE_LAST)
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._task = None

    def _start(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="signals")

    async def _run(self) -> None:
        while True:
            with suppress(*LOST, asyncpg.PostgresError):
                await self._serve()
            self._pending.clear()  # hints of the past; the receivers look by themselves
            await asyncio.sleep(SECONDS_BETWEEN_CONNECTS)

    async def _serve(self) -> None:
        """Send and listen until the connection is lost."""
        connection = await asyncpg.connect(self._dsn, server_settings={"application_name": "penstock signals"})
        connection.add_termination_listener(lambda _: self._wake.set())
        listened: set[str] = set()
        try:
            while not connection.is_closed():
                await self._listen_to_new(connection, listened)
                await self._send_pending(connection)
                await self._wake.wait()
                self._wake.clear()
        finally:
            await connection.close(timeout=1)

    async def _listen_to_new(self, connection: asyncpg.Connection, listened: set[str]) -> None:
        for channel in self._callbacks.keys() - listened:
            await connection.add_listener(channel, self._received)
            listened.add(channel)
            self._call(channel, "")
        self._listening.set()

    async def _send_pending(self, connection: asyncpg.Connection) -> None:
        while self._pending:
            pending, self._pending = self._pending, defaultdict(set)
            await connection.execute(SEND, list(pending), [_joined(each) for each in pending.values()])
            await asyncio.sleep(SECONDS_BETWEEN_SENDS)
        self._sent.set()

    def _received(self, _connection: Any, _pid: int, channel: str, payload: str) -> None:
        for each in payload.split(","):
            self._call(channel, each)

    def _call(self, channel: str, payload: str) -> None:
        for callback in self._callbacks[channel]:
            callback(payload)


def _joined(payloads: set[str]) -> str:
    """Return all payloads in one, or the empty one, which means anything, when they are too many."""
    text = ",".join(sorted(payloads))
    return "" if "" in payloads or len(text.encode()) > MOST_BYTES else text
