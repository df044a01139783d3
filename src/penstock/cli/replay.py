"""``penstock replay``: what happened to an order, executed again from the record."""

from __future__ import annotations

import asyncio
import sys
import uuid
from typing import TYPE_CHECKING

import click
import msgspec
from rich.console import Console

from penstock.api.rest.values import moment
from penstock.cli.listed import print_lines, some
from penstock.cli.options import data_option, running_database_url
from penstock.cli.timeline import called, differing_lines, fine, print_replay, stood_in
from penstock.history.shown import shown_replay
from penstock.history.stand_in import AS_RECORDED
from penstock.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


@click.command()
@click.argument("entity", required=False)
@click.option("--type", "type_", default="ORDER", show_default=True, help="Its type: ORDER, LOCATION, ...")
@click.option("--until", default=None, help="Stop behind this event (its id) or at this moment.")
@click.option("--retailer", type=int, default=None, help="The retailer's id, where several have such a ref.")
@click.option("--all", "every", is_flag=True, help="Check every tree of the account, and print those that differ.")
@click.option("--account", default="", help="The account, where there are several.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@data_option
def replay(
    *,
    entity: str | None,
    type_: str,
    until: str | None,
    retailer: int | None,
    every: bool,
    account: str,
    as_json: bool,
    data: Path,
) -> None:
    """Execute the recorded events of ENTITY (an id or a ref) again, and show what they did.

    The rules run in memory, with the answers that they got then; nothing is written. Exits with 1 where a rule
    decides otherwise today, or where the end is not what is stored.
    """
    if (entity is None) != every:
        raise click.UsageError("Give the id or ref of one entity, or --all.")
    url = running_database_url(Settings.from_environment(), data)
    if entity is None:
        good = asyncio.run(_all(url, account))
    else:
        good = asyncio.run(_one(url, account, (type_, entity, retailer), until, as_json=as_json))
    sys.exit(0 if good else 1)


async def _one(url: str, account: str, named: tuple[str, str, int | None], until: str | None, *, as_json: bool) -> bool:
    from penstock.app import histories

    async with histories(url, account) as house:
        done = await house.replay(await house.subject(*named), _until(until))
    told = shown_replay(done)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
    else:
        print_replay(told, Console(soft_wrap=True, highlight=False))
    return told.verdict in {None, "EQUAL", "CHANGED_SINCE"} and not any(s.difference for s in told.steps)


async def _all(url: str, account: str) -> bool:
    from penstock.app import histories

    console = Console(soft_wrap=True, highlight=False)
    good = total = contexts = 0
    noted: list[str] = []
    async with histories(url, account) as house:
        with console.status("replaying ...") as status:
            async for subject in house.trees():
                told = shown_replay(await house.replay(subject))
                total += 1
                contexts += len(told.steps)
                good += fine(told)
                noted += [called(told)] if stood_in(told) else []
                status.update(f"replaying ... {total} trees, {contexts} events, {total - good} not equal")
                if not fine(told):
                    print_lines(differing_lines(told), console)
    console.print(f"{total} trees replayed, {contexts} events: {good} equal what is stored, {total - good} do not.")
    if noted:
        print_lines([f"In {len(noted)} of them a rule {AS_RECORDED}: {some(noted)}."], console)
    return good == total


def _until(text: str | None) -> uuid.UUID | datetime | None:
    """Return the event or moment at which to stop."""
    if text is None:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        return moment("--until", text)
