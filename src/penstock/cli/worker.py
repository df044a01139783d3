"""``penstock worker``: one process that works on events."""

from __future__ import annotations

import asyncio
import faulthandler
import signal
import sys
from typing import TYPE_CHECKING, Any

import click
import uvloop

from penstock.alone import AGAIN_LATER
from penstock.cli.options import required_database_url
from penstock.database.pools import UNREACHABLE
from penstock.errors import SetupError
from penstock.logs import log_to_stderr
from penstock.memory import limit_memory
from penstock.settings import Settings
from penstock.tracing import TRACING

if TYPE_CHECKING:
    import uuid
    from collections.abc import Coroutine


@click.command()
@click.option("--only", type=(str, click.UUID, click.UUID), hidden=True, help="Account, event, and whose lease to use.")
@click.option("--only-batch", type=(str, int, click.UUID), hidden=True, help="The same of a batch.")
def worker(only: tuple[str, uuid.UUID, uuid.UUID] | None, only_batch: tuple[str, int, uuid.UUID] | None) -> None:
    """Run one worker process on the database of PENSTOCK_DATABASE_URL.

    Any number of them may run, on any number of machines.
    """
    settings = Settings.from_environment()
    required_database_url(settings)
    log_to_stderr(settings.log_level)
    TRACING.start("worker")
    limit_memory(settings.worker_memory_mb)
    try:
        uvloop.run(_work(settings, only, only_batch))
    finally:
        TRACING.stop()


async def _work(
    settings: Settings, only: tuple[str, uuid.UUID, uuid.UUID] | None, only_batch: tuple[str, int, uuid.UUID] | None
) -> None:
    from penstock.app import run_batch, run_only

    if only:
        await _trying(run_only(settings, *only))
    elif only_batch:
        await _trying(run_batch(settings, *only_batch))
    else:
        await _lasting(settings)


async def _lasting(settings: Settings) -> None:
    from penstock.app import awaited, run_worker

    placement = await awaited(settings)  # until it is there, a signal ends the process: nothing has begun
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    watch = asyncio.create_task(_watch(settings.rule_seconds))
    await run_worker(placement, settings, stop)
    watch.cancel()


async def _watch(seconds: int) -> None:
    """End the process when a rule computes for so long, and say where it was: others try its event alone."""
    while True:
        faulthandler.dump_traceback_later(seconds, exit=True)
        await asyncio.sleep(min(1, seconds / 4))


async def _trying(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except (*UNREACHABLE, SetupError) as error:
        click.echo(error, err=True)
        sys.exit(AGAIN_LATER)
