"""DBOS on the same server: the same number of workflows of as many steps, on two worker processes.

Its queue keeps no order here, which is in its favour: one lane for each order is a partition for each, and it looks
at one partition after the other.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from bench.backlog.workload import EVENTS, LANES, RULES
from bench.tools import cpu
from bench.tools.table import Row
from bench.tools.waiting import until
from penstock.database.embedded.launch import launched
from penstock.database.urls import with_database

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

    from bench.tools.house import House

FOLDER = Path(__file__).parent / "dbos"
WORKERS = 2
SECONDS = 300  # at most; then what is done by then counts
_DATABASE = "dbos_backlog"
_NONE_LEFT = "SELECT count(*) = 0 FROM dbos.workflow_status WHERE status IN ('ENQUEUED', 'PENDING')"
_WELL = "SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS'"


def installed() -> str:
    """Install DBOS into an environment of its own where that was not done before; return its Python."""
    lock, environment = FOLDER / "requirements.lock", FOLDER / ".environment"
    python, mark = environment / "bin" / "python", environment / ".penstock"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not mark.is_file() or mark.read_text(encoding="ascii") != wanted:
        print("Installing DBOS from the Python package index (once)")
        subprocess.run([sys.executable, "-m", "venv", "--clear", environment], check=True)
        options = ["--disable-pip-version-check", "--quiet", "--require-hashes", "--requirement", str(lock)]
        subprocess.run([python, "-m", "pip", "install", *options], check=True)
        mark.write_text(wanted, encoding="ascii")
    return str(python)


def version() -> str:
    """Return the version that the lock file pins."""
    lines = (FOLDER / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return next(line.partition("==")[2].split()[0] for line in lines if line.startswith("dbos=="))


async def rival(house: House) -> list[Row]:
    """Return the pace of DBOS, and what a workflow costs."""
    python = installed()
    url = with_database(house.server.url, _DATABASE)
    await _database(house.server.url)
    async with _working(python, url) as workers:
        numbers = [worker.pid for worker in workers]
        _send(numbers, signal.SIGSTOP)
        await _run(python, "fill", url, str(EVENTS), str(LANES), "free")
        before, server, begun = sum(map(cpu.of_process, numbers)), cpu.of_server(house.server.pid), time.monotonic()
        _send(numbers, signal.SIGCONT)
        done = await _done(url, begun)
        taken = time.monotonic() - begun
        own = (sum(map(cpu.of_process, numbers)) - before) / done * 1e6
        theirs = (cpu.of_server(house.server.pid) - server) / done * 1e6
    what = f"DBOS {version()}: {done:,} of {EVENTS:,} workflows of {RULES} steps, {WORKERS} workers, no lanes"
    return [
        Row(f"pace of {what}", f"{done / taken:.0f} workflows/s"),
        Row("CPU a workflow, DBOS", f"{own:.0f} µs DBOS + {theirs:.0f} µs PostgreSQL = {own + theirs:.0f} µs"),
    ]


async def _database(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f"DROP DATABASE IF EXISTS {_DATABASE} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {_DATABASE}")
    await connection.close()


async def _done(url: str, begun: float) -> int:
    """Wait until nothing is left, or the time is over; return how many have succeeded."""
    connection = await asyncpg.connect(url)
    with suppress(TimeoutError):
        left = SECONDS - (time.monotonic() - begun)
        await until(lambda: connection.fetchval(_NONE_LEFT), seconds=left, every=0.2)
    done = int(await connection.fetchval(_WELL))
    await connection.close()
    assert done, "DBOS has done nothing: see its messages above"
    return done


@asynccontextmanager
async def _working(python: str, url: str) -> AsyncIterator[list[Process]]:
    """Run the workers; each has said that it is ready."""
    workers: list[Process] = []
    try:
        for number in range(WORKERS):
            command = [python, str(FOLDER / "program.py"), "work", _psycopg(url), f"worker-{number}", "free"]
            worker = await asyncio.create_subprocess_exec(
                *launched(command, at_parents_death=signal.SIGKILL), stdout=asyncio.subprocess.PIPE
            )
            workers.append(worker)
            assert worker.stdout is not None
            assert (await worker.stdout.readline()).strip() == b"ready", "DBOS did not start: see its message above"
        yield workers
    finally:
        for worker in workers:
            if worker.returncode is None:
                worker.kill()
            await worker.wait()


async def _run(python: str, *arguments: str) -> None:
    command, url, *rest = arguments
    process = await asyncio.create_subprocess_exec(python, FOLDER / "program.py", command, _psycopg(url), *rest)
    assert await process.wait() == 0, f"DBOS did not {command}: see its message above"


def _psycopg(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _send(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        os.kill(process, number)
