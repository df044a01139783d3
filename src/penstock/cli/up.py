"""``penstock up``: everything, on this machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from penstock.cli.options import data_option, host_option, port_option
from penstock.cli.progress import ConsoleProgress
from penstock.database.embedded.directory import DataDirectory
from penstock.settings import Settings
from penstock.supervisor.ports import listening_socket

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@data_option
@host_option
@port_option
@click.option("--demo/--no-demo", default=True, show_default=True, help="Let the demo's orders flow.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Worker processes.")
def up(data: Path, host: str, port: int, workers: int, *, demo: bool) -> None:
    """Start Penstock: the database, the API and the workers. Ctrl-C stops it."""
    from penstock.supervisor.up import Up

    settings = Settings.from_environment()
    progress = ConsoleProgress()
    with DataDirectory(data) as directory, listening_socket(host, port) as listener:
        asyncio.run(Up(settings, directory, listener, progress, workers=workers, demo=demo).run())
