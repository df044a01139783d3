"""Start everything in order, keep it running, and stop it in the opposite order."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from penstock import app
from penstock.database.embedded.server import PostgresServer
from penstock.database.placement import Placement
from penstock.delivery.failures import SealedError
from penstock.delivery.keys.sealing import keep_secret
from penstock.simulation.fork.server import sweep
from penstock.supervisor.children import Child, Job
from penstock.supervisor.connection import keep_connection
from penstock.supervisor.health import until_ready
from penstock.supervisor.ports import url_of

if TYPE_CHECKING:
    import socket
    from contextlib import AbstractContextManager

    from penstock.database.embedded.directory import DataDirectory
    from penstock.database.pools import Database
    from penstock.settings import Settings

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS_BETWEEN_LOOKS_AT_THE_SERVER = 0.5


class Progress(Protocol):
    """Where the supervisor tells a person what it does."""

    def step(self, doing: str, done: str) -> AbstractContextManager[None]:
        """Show ``doing`` while the block runs, and ``done`` after it."""
        ...

    def note(self, text: str) -> None:
        """Show that something happened."""
        ...

    def ready(self, url: str, connection: dict[str, str] | None, directory: DataDirectory) -> None:
        """Show where to look, and with which credentials."""
        ...


@dataclass(frozen=True)
class Up:
    """One run of ``penstock up``.

    Attributes:
        listener: the API's socket, listening already.
        workers: how many worker processes to run.
        demo: whether to run the players of the demo.
    """

    settings: Settings
    directory: DataDirectory
    listener: socket.socket
    progress: Progress
    workers: int = 1
    demo: bool = True

    async def run(self) -> None:
        """Run until SIGINT, SIGTERM or SIGHUP comes.

        Raises:
            SetupError: something cannot start. All that was started is stopped again.
        """
        stop = asyncio.Event()
        for signum in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(signum, stop.set)
        running = asyncio.ensure_future(self._run())
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            stopped.cancel()
            running.result()
            return
        with self.progress.step("Stopping", "Stopped"):
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def _run(self) -> None:
        sweep(self.directory.path)
        async with AsyncExitStack() as started:  # leaving it stops all, the last started first
            server = self._start_server(started)
            url = server.url if server else self.settings.database_url
            with self.progress.step("Preparing the database", "Database ready"):
                secret = self.settings.secret or keep_secret(self.directory.secret_file)
                connection = await self._prepare(url, secret)
            environment = {"PENSTOCK_DATABASE_URL": url, "PENSTOCK_SECRET": secret, **self._mail()}
            for number in range(1, self.workers + 1):
                self._start(started, Job(f"worker-{number}", ("worker",), environment=environment))
            with self.progress.step("Starting the API", f"API answers at {url_of(self.listener)}"):
                await until_ready(self.listener, self._start(started, self._api(environment)))
            self.progress.ready(url_of(self.listener), connection, self.directory)
            if self.demo and connection:
                self._start(started, self._players())
            await _watch(server, self.progress)

    def _start_server(self, started: AsyncExitStack) -> PostgresServer | None:
        if self.settings.database_url:
            return None
        server = PostgresServer(self.directory, programs=self.settings.postgres_bin, user=self.settings.postgres_user)
        with self.progress.step("Starting PostgreSQL", "PostgreSQL runs"):
            started.enter_context(server)
        return server

    async def _prepare(self, url: str, secret: str) -> dict[str, str] | None:
        """Migrate every database, and make the first account and retailer and webhooks' keys where there are none."""
        placement = await Placement.open(url)
        try:
            here = url_of(self.listener)
            fresh = await app.bootstrap(placement, url=here)
            for account in await placement.accounts():
                await self._ensure_keys(account, await placement.database(account), secret)
            connection = keep_connection(self.directory.connection_file, fresh, here)
            if fresh:
                await placement.hand_over(fresh["accountId"])
            return connection
        finally:
            await placement.close()

    def _mail(self) -> dict[str, str]:
        """Return where mails are kept, unless the operator has named a server."""
        return {} if self.settings.mail else {"PENSTOCK_MAIL_URL": self.directory.mail_folder.absolute().as_uri()}

    async def _ensure_keys(self, account: str, database: Database, secret: str) -> None:
        """Make the keys of an account's webhooks, or see whether they can be opened."""
        keys = app.webhook_keys(database, app.SYSTEM_CLOCK, replace(self.settings, secret=secret))
        try:
            await keys.ensure()
            await keys.signing()
        except SealedError as error:
            self.progress.note(f"webhooks of {account} are not delivered from here: {error.message}")

    def _api(self, environment: dict[str, str]) -> Job:
        descriptor = self.listener.fileno()
        arguments = ("serve", "--descriptor", str(descriptor))
        return Job("api", arguments, descriptors=(descriptor,), environment=environment)

    def _players(self) -> Job:
        arguments = ("demo", "play", "--connection", str(self.directory.connection_file))
        return Job("demo", arguments, shown=True, may_end=True)

    def _start(self, started: AsyncExitStack, job: Job) -> Child:
        child = Child(job, self.directory, self.progress.note)
        started.push_async_callback(child.stop)
        child.start()
        return child


async def _watch(server: PostgresServer | None, progress: Progress) -> None:
    """Run for ever; start the server again when it ended without being asked to."""
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS_AT_THE_SERVER)
        if server and not server.running:
            progress.note("PostgreSQL ended unexpectedly; it is started again")
            server.start()
