"""One account with its API process and its workers, on whatever server."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Self

from bench.proving.processes import Process
from penstock.bootstrap import ACCOUNT, open_account
from penstock.clock import SystemClock
from penstock.database.placement import Placement
from penstock.database.pools import UNREACHABLE
from penstock.demo.client import Api, Connection
from penstock.supervisor.ports import listening_socket, url_of

if TYPE_CHECKING:
    from pathlib import Path

    from penstock.database.pools import Database

# What a process needs to send webhooks to a receiver of ours.
_WEBHOOKS = {"PENSTOCK_SECRET": "a secret of the proofs, of 32 and more", "PENSTOCK_WEBHOOK_ALLOW_LOOPBACK": "1"}
# What is left to do; timers wait for their time.
_PENDING = "SELECT count(*) FROM pending_event WHERE NOT scheduled"


class House:
    """Processes on one control database; make it with ``await House.open(...)`` and close it.

    Attributes:
        database: the account's.
        api: a client that waits for an API that was killed.
        kills: how many processes were killed.
    """

    def __init__(self, placement: Placement, database: Database, credentials: dict[str, str], logs: Path) -> None:
        self.database = database
        self.kills = 0
        self.workers: list[Process] = []
        self._placement = placement
        self._logs = logs
        self._started = 0
        self._listener = listening_socket("127.0.0.1", 0)
        names = {"account_id": "accountId", "retailer_id": "retailerId", "client_id": "clientId"}
        names |= {"client_secret": "clientSecret", "username": "username", "password": "password"}
        known = {field: credentials[name] for field, name in names.items()}
        self.connection = Connection(url=url_of(self._listener), **known)
        self.server = self._serve()
        self._stack = AsyncExitStack()

    @classmethod
    async def open(cls, url: str, logs: Path) -> Self:
        """Make the first account on the control database at ``url``, and start an API process."""
        placement = await Placement.open(url)
        credentials = await open_account(placement, SystemClock())
        assert credentials is not None
        house = cls(placement, await placement.database(ACCOUNT), credentials, logs)
        house.api = await house._stack.enter_async_context(Api(house.connection))
        return house

    api: Api

    def _start(
        self, command: str, *options: str, environment: dict[str, str], inherits: tuple[int, ...] = ()
    ) -> Process:
        self._started += 1
        url = {"PENSTOCK_DATABASE_URL": self._placement.url, **_WEBHOOKS}
        log = self._logs / f"{command}-{self._started}.log"
        return Process(log, command, *options, environment=url | environment, descriptors=inherits)

    def _serve(self) -> Process:
        number = self._listener.fileno()
        return self._start("serve", "--descriptor", str(number), environment={}, inherits=(number,))

    def worker(self, **environment: str) -> Process:
        """Start one more worker."""
        started = self._start("worker", environment=environment)
        self.workers.append(started)
        return started

    def kill(self, process: Process) -> None:
        """Kill a worker, or the API, which is started again at once."""
        process.kill()
        self.kills += 1
        if process is self.server:
            self.server = self._serve()
        else:
            self.workers.remove(process)

    async def stop_workers(self) -> None:
        """Let all workers finish what they do."""
        await asyncio.gather(*(worker.stop() for worker in self.workers))
        self.workers.clear()

    async def pending(self) -> int:
        """Return how many events wait to be processed; 1 while a database that was killed does not tell."""
        found = await self.told(_PENDING)
        return 1 if found is None else int(found)

    async def quiet(self, seconds: float = 120) -> float:
        """Wait until nothing is left to do; return how many seconds that took.

        Raises:
            TimeoutError: there is still something after ``seconds``.
        """
        began = time.monotonic()
        while waiting := await self.pending():
            if time.monotonic() - began > seconds:
                raise TimeoutError(f"{waiting} events still wait after {seconds} s; logs are in {self._logs}")
            await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def value(self, query: str, *arguments: Any) -> Any:
        """Return one value from the account's database."""
        return await self.database.fetchval(query, *arguments)

    async def told(self, query: str, *arguments: Any) -> Any:
        """Return one value from the account's database; None while that is away."""
        try:
            return await self.value(query, *arguments)
        except UNREACHABLE:
            return None

    async def close(self) -> None:
        """Stop everything."""
        await self.stop_workers()
        await self._stack.aclose()
        await self.server.stop()
        self._listener.close()
        await self._placement.close()
