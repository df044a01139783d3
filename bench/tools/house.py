"""A Penstock of the measurements' own: a data directory, its server, and on demand API and workers."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import aiohttp
import asyncpg

from penstock import app
from penstock.bootstrap import ACCOUNT
from penstock.database.embedded.directory import DataDirectory
from penstock.database.embedded.server import PostgresServer
from penstock.database.placement import Placement
from penstock.database.urls import database_of
from penstock.demo.client import Api, Connection
from penstock.demo.client.connection import read_connection
from penstock.supervisor.children import Child, Job
from penstock.supervisor.connection import keep_connection
from penstock.supervisor.health import until_ready
from penstock.supervisor.ports import listening_socket, url_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

# As in production, and with the moments of commits kept: latency is read from them.
OPTIONS = {"track_commit_timestamp": "on"}


@dataclass(frozen=True)
class Site:
    """Running processes: where the API is, a token for it, and the processes' numbers."""

    port: int
    token: str
    connection: Connection
    api: int
    workers: tuple[int, ...]


class House:
    """A data directory with its server running; ``async with House(path)``."""

    def __init__(self, path: Path) -> None:
        self.directory = DataDirectory(path)
        self.server = PostgresServer(self.directory, options=OPTIONS)
        self.dsn = ""

    async def __aenter__(self) -> Self:
        """Start the server and make the first account."""
        self.server.start()
        placement = await Placement.open(self.server.url)
        try:
            file = self.directory.connection_file
            fresh = await app.bootstrap(placement, url="http://127.0.0.1:1")
            keep_connection(file, fresh, "http://127.0.0.1:1")
            self.dsn = (await placement.database(ACCOUNT)).dsn
        finally:
            await placement.close()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the server."""
        self.server.stop()
        self.directory.close()

    @property
    def database_name(self) -> str:
        """The name of the account's database."""
        return database_of(self.dsn)

    @asynccontextmanager
    async def sql(self) -> AsyncIterator[asyncpg.Connection]:
        """Lend a connection to the account's database."""
        connection = await asyncpg.connect(self.dsn)
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def serving(self, workers: int = 0) -> AsyncIterator[Site]:
        """Run an API process and workers."""
        async with AsyncExitStack() as started:
            listener = started.enter_context(listening_socket("127.0.0.1", 0))
            keep_connection(self.directory.connection_file, None, url_of(listener))
            environment = {"PENSTOCK_DATABASE_URL": self.server.url}
            descriptor = listener.fileno()
            jobs = [Job("api", ("serve", "--descriptor", str(descriptor)), descriptors=(descriptor,))]
            jobs += [Job(f"worker-{number}", ("worker",)) for number in range(workers)]
            children = []
            for job in jobs:
                child = Child(_with(job, environment), self.directory, print)
                started.push_async_callback(child.stop)
                child.start()
                children.append(child)
            await until_ready(listener, children[0])
            connection = read_connection(self.directory.connection_file)
            numbers = tuple(child.pid for child in children)
            yield Site(listener.getsockname()[1], await token_of(connection), connection, numbers[0], numbers[1:])

    @asynccontextmanager
    async def api(self, site: Site) -> AsyncIterator[Api]:
        """Return the demo's client, for what is not measured."""
        async with Api(site.connection, patience=10) as api:
            yield api


def _with(job: Job, environment: dict[str, str]) -> Job:
    return Job(job.name, job.arguments, descriptors=job.descriptors, environment=environment)


async def token_of(connection: Connection) -> str:
    """Log in and return the token."""
    form = {
        "grant_type": "password",
        "username": connection.username,
        "password": connection.password,
        "client_id": connection.client_id,
        "client_secret": connection.client_secret,
    }
    async with aiohttp.ClientSession(connection.url) as session, session.post("/oauth/token", data=form) as response:
        return str((await response.json())["access_token"])
