"""``penstock demo``: the gift retailer's players, and the report on what they did."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

import click
from rich.console import Console

from penstock.demo.client import read_connection
from penstock.demo.play import play as play_demo
from penstock.demo.report import report as print_report

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def demo() -> None:
    """Let a demo retailer work, and see how its orders fared."""


@demo.command()
@click.option("--connection", type=_FILE, required=True, help="File connection.json of a running Penstock.")
@click.option("--pace", type=click.FloatRange(min=0.1), default=5.0, show_default=True, help="Orders/s.")
def play(connection: Path, pace: float) -> None:
    """Load the retailer and let real orders flow; goes on where an earlier play stopped."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    play_demo(read_connection(connection), connection.parent, pace=pace, console=Console())


@demo.command()
@click.option("--data", type=_FOLDER, default=Path(".penstock"), show_default=True, help="Folder of Penstock.")
@click.option("--connection", type=_FILE, default=None, help="File connection.json, when it is elsewhere.")
def report(data: Path, connection: Path | None) -> None:
    """Print what happened, and fail when orders are open or the stock does not add up."""
    file = connection or data / "connection.json"
    if not asyncio.run(print_report(read_connection(file), Console())):
        sys.exit(1)
