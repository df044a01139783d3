"""``penstock events``: the log of events, and how long it is kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import click

from penstock.cli.options import data_option, running_database_url
from penstock.database.placement import Placement
from penstock.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from penstock.orchestration.log.retention import Retention


@click.group()
def events() -> None:
    """Look after the log of events."""


@events.command()
@click.option("--account", "accounts", multiple=True, help="Only this account; may be given several times.")
@click.option("--dry-run", is_flag=True, help="Only say what would be dropped.")
@data_option
def prune(*, accounts: tuple[str, ...], dry_run: bool, data: Path) -> None:
    """Drop the weeks of events that are older than the account's setting event.retention.days says, 126 unset.

    Workers do this by themselves every hour.
    """
    asyncio.run(_prune(running_database_url(Settings.from_environment(), data), accounts, dry=dry_run))


async def _prune(control_url: str, accounts: tuple[str, ...], *, dry: bool) -> None:
    from penstock.app import retention

    placement = await Placement.open(control_url)
    try:
        for account in accounts or await placement.accounts():
            await _report(account, retention(await placement.database(account)), dry=dry)
    finally:
        await placement.close()


async def _report(account: str, retention: Retention, *, dry: bool) -> None:
    days = await retention.days()
    kept = "for ever" if days is None else f"for {days} days"
    try:
        dropped = await retention.prune(dry=dry)
    except asyncpg.LockNotAvailableError:
        raise click.ClickException(
            f"{account}: the log is in use, by a long statement or a backup; run this again when that is over."
        ) from None
    click.echo(f"{account}: events are kept {kept}; {'nothing' if not dropped else len(dropped)} to drop")
    for part in dropped:
        done = "would be dropped" if dry else "dropped"
        megabytes = part.bytes / 1_000_000
        before = f"{part.before:%Y-%m-%d}"
        click.echo(f"  {part.name}: before {before}, about {part.rows:,} contexts, {megabytes:.1f} MB, {done}")
