"""``penstock worker``: one process that works on events."""

from __future__ import annotations

import asyncio
import signal

import click
import uvloop

from penstock.cli.options import required_database_url
from penstock.logs import log_to_stderr
from penstock.settings import Settings


@click.command()
def worker() -> None:
    """Run one worker process on the database of PENSTOCK_DATABASE_URL.

    Any number of them may run, on any number of machines.
    """
    settings = Settings.from_environment()
    required_database_url(settings)
    log_to_stderr(settings.log_level)
    uvloop.run(_work(settings))


async def _work(settings: Settings) -> None:
    from penstock.app import run_worker  # noqa: PLC0415 - the other commands need not load it

    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    await run_worker(settings, stop)
