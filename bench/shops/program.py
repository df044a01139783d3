"""A shop system's server: packages of the npm registry, a database of its own, one process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

import asyncpg
from hatch_build import npm_ci

from bench.tools.node import NODE
from penstock.database.embedded.launch import launched
from penstock.database.urls import with_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

FOLDER = Path(__file__).parent
CONNECTIONS = 30  # of its pool, of the 100 that the server has
SECONDS_TO_START = 300


@dataclass(frozen=True)
class Program:
    """What is installed and run: commands that end, then the one that serves and says when it does.

    Attributes:
        name: its folder, and its database.
        package: whose version is told.
        before: arguments of Node for commands that end, in order.
        serve: arguments of Node for the server, which finds its port in PORT.
        ready: what it writes when it takes requests.
    """

    name: str
    package: str
    before: tuple[tuple[str, ...], ...]
    serve: tuple[str, ...]
    ready: str

    @property
    def folder(self) -> Path:
        """Where its package.json lies."""
        return FOLDER / self.name

    def version(self) -> str:
        """Return the version that the lock file pins."""
        locked = json.loads((self.folder / "package-lock.json").read_text(encoding="utf-8"))
        return str(locked["packages"][f"node_modules/{self.package}"]["version"])


@dataclass(frozen=True)
class Site:
    """Where a shop answers, and its database."""

    url: str
    database: asyncpg.Connection


class NotRunError(Exception):
    """The system cannot be run here; the message says why."""


@asynccontextmanager
async def running(program: Program, server: str, logs: Path) -> AsyncIterator[Site]:
    """Install a shop system, let it make its tables and its only product, and serve.

    Raises:
        NotRunError: there is no Node, or the packages cannot be had.
    """
    _install(program)
    url = with_database(server, program.name)
    await _make_database(server, program.name)
    port = _free_port()
    environment = {
        "NODE_ENV": "production",
        "MEDUSA_DISABLE_TELEMETRY": "true",
        "VENDURE_DISABLE_TELEMETRY": "true",
        "DATABASE_URL": _with_socket_as_host(url),
        "CONNECTIONS": str(CONNECTIONS),
        "PORT": str(port),
    }
    log = logs / f"{program.name}.log"
    log.unlink(missing_ok=True)  # in a directory that is kept, the last run has said that it is ready
    for command in program.before:
        process = await _start(program, command, environment, log)
        assert await process.wait() == 0, f"{program.name} failed: {_end(log)}"
    process = await _start(program, program.serve, environment, log)
    try:
        await _until(program.ready, process, log)
        database = await asyncpg.connect(url)
        yield Site(f"http://127.0.0.1:{port}", database)
        await database.close()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _install(program: Program) -> None:
    if not Path(NODE).is_file():
        raise NotRunError("no node")
    try:
        npm_ci(program.folder)
    except SystemExit as failed:
        raise NotRunError(f"npm could not install it: {failed}") from failed


async def _make_database(server: str, name: str) -> None:
    connection = await asyncpg.connect(with_database(server, "postgres"))
    await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()


async def _start(
    program: Program, command: tuple[str, ...], environment: Mapping[str, str], log: Path
) -> asyncio.subprocess.Process:
    with log.open("ab") as written:
        return await asyncio.create_subprocess_exec(
            *launched([NODE, *command], at_parents_death=signal.SIGKILL),
            cwd=program.folder,
            env=os.environ | environment,
            stdout=written,
            stderr=written,
        )


async def _until(ready: str, process: asyncio.subprocess.Process, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while ready not in _written(log):
        assert process.returncode is None, f"{log.stem} ended: {_end(log)}"
        assert time.monotonic() < deadline, f"{log.stem} is not ready after {SECONDS_TO_START} s: {_end(log)}"
        await asyncio.sleep(0.2)


def _written(log: Path) -> str:
    return log.read_text(encoding="utf-8")


def _end(log: Path) -> str:
    return _written(log)[-2000:]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _with_socket_as_host(url: str) -> str:
    """Return a URL in the one spelling that the drivers of both understand."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.username}@{quote(parse_qs(parts.query)['host'][0], safe='')}{parts.path}"
