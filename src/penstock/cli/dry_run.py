"""``penstock dry-run``: a changed workflow over recorded events, in memory."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from rich.console import Console

from penstock.api.rest.values import moment
from penstock.cli.consequences import print_dry_run
from penstock.cli.options import data_option, running_database_url
from penstock.errors import InvalidValueError
from penstock.history.dryrun.loading import Wanted
from penstock.settings import Settings

if TYPE_CHECKING:
    from penstock.history.dryrun.report import DryRunReport

_STEP = 100  # events between words about progress
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("dry-run")
@click.argument("workflow", type=_FILE)
@click.option("--since", required=True, help="The first moment, such as 2026-02-02T08:00:00Z.")
@click.option("--until", default=None, help="The last moment; now when it is not given.")
@click.option("--retailer", type=int, default=None, help="The retailer's id; that of the document without.")
@click.option("--events", type=click.IntRange(1), default=100_000, show_default=True, help="The most events to read.")
@click.option("--account", default="", help="The account, where there are several.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@data_option
def dry_run(
    *,
    workflow: Path,
    since: str,
    until: str | None,
    retailer: int | None,
    events: int,
    account: str,
    as_json: bool,
    data: Path,
) -> None:
    """Let the recorded events since a moment happen again under the document WORKFLOW, and tell what would change.

    Nothing is written and nothing is sent. What nobody recorded makes the end of an entity unknown.
    """
    document = read_document(workflow)
    owner = retailer if retailer is not None else _retailer(document)
    last = datetime.now(UTC) if until is None else moment("--until", until)
    wanted = Wanted(document, owner, moment("--since", since), last, events)
    report = asyncio.run(_run(running_database_url(Settings.from_environment(), data), account, wanted))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        print_dry_run(report, Console(soft_wrap=True, highlight=False))


def read_document(file: Path) -> dict[str, Any]:
    """Return a workflow document; ``InvalidValueError`` when the file holds none."""
    try:
        found = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise InvalidValueError(f"{file} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise InvalidValueError(f"{file} is no workflow document: it must hold a JSON object.")
    return found


def _retailer(document: dict[str, Any]) -> int:
    text = str(document.get("retailerId") or "")
    if not text.isdecimal():
        raise InvalidValueError(f"retailerId of the document is {text!r}; say which with --retailer.")
    return int(text)


async def _run(url: str, account: str, wanted: Wanted) -> DryRunReport:
    from penstock.app import checked, histories

    with Console(stderr=True).status("reading the record ...") as status:

        def progress(events: int, at: datetime) -> None:
            if events % _STEP == 0:
                status.update(f"{events} events happened again, until {at:%Y-%m-%d %H:%M:%S}")

        async with histories(url, account) as house:
            document = await checked(house, {**wanted.document, "retailerId": str(wanted.retailer)})
            return await house.dry_run(replace(wanted, document=document), progress=progress)
