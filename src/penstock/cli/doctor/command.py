"""The command: look at each account, print what was found, and fail when something is wrong."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
import msgspec
from rich.console import Console

from penstock.cli.doctor.tables import print_account
from penstock.cli.options import data_option, running_database_url
from penstock.database.placement import Placement
from penstock.diagnosis.examination import Examination, examine
from penstock.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@click.command()
@click.option("--account", default="", help="Only this account.")
@click.option(
    "--unchanged-for",
    type=click.IntRange(min=0),
    default=60,
    show_default=True,
    help="Seconds without a change before an entity is looked at.",
)
@click.option("--all", "everything", is_flag=True, help="List every stuck entity instead of some of each kind.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@data_option
def doctor(*, account: str, unchanged_for: int, everything: bool, as_json: bool, data: Path) -> None:
    """Look for entities that nothing will move, waiting events, timers and workers.

    Fails when something is wrong, so that a monitor may run it.
    """
    url = running_database_url(Settings.from_environment(), data)
    found = asyncio.run(_look(url, account, timedelta(seconds=unchanged_for), Console(stderr=True)))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)))
    else:
        for name, examination in found.items():
            print_account(Console(highlight=False), name, examination, everything=everything)
    sys.exit(any(examination.ill for examination in found.values()))


async def _look(url: str, account: str, unchanged: timedelta, progress: Console) -> dict[str, Examination]:
    found = {}
    async with _placement(url) as placement:
        for name in [account] if account else await placement.accounts():
            database = await placement.database(name)
            now = datetime.now(UTC)
            with progress.status(f"Looking at {name} …") as shown:
                async for examination in examine(database, now=now, unchanged_since=now - unchanged):
                    shown.update(f"Looking at {name}: {examination.looked_at:,} entities that are not finished …")
                found[name] = examination
    return found


@asynccontextmanager
async def _placement(url: str) -> AsyncIterator[Placement]:
    placement = await Placement.open(url)
    try:
        yield placement
    finally:
        await placement.close()
