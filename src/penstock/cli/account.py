"""``penstock account``: the accounts of an installation."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from penstock.cli.options import data_option, running_database_url
from penstock.database.placement import Placement
from penstock.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def account() -> None:
    """Manage accounts: isolated installations in one."""


@account.command()
@click.argument("name")
@click.option("--database-url", default="", help="A server to place it on; by default that of the control database.")
@data_option
def create(name: str, database_url: str, data: Path) -> None:
    """Create the account NAME with a database of its own."""
    asyncio.run(_create(running_database_url(Settings.from_environment(), data), name, database_url))
    click.echo(f"Account {name} is created.")


async def _create(control_url: str, name: str, database_url: str) -> None:
    placement = await Placement.open(control_url)
    try:
        await placement.create_account(name, url=database_url)
    finally:
        await placement.close()
