"""``penstock workflow diff``: what differs between files and what is stored."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from rich.console import Console

from penstock.cli.workflow.files import values_for
from penstock.cli.workflow.given import given
from penstock.cli.workflow.options import Local, local_options
from penstock.cli.workflow.server import ask, connected, connection_option, retailer_option
from penstock.cli.workflow.shown import difference, show
from penstock.errors import PenstockError

if TYPE_CHECKING:
    from pathlib import Path

_TROUBLE = 2  # the exit code when it could not be found out


@click.command()
@local_options
@connection_option
@retailer_option
def diff(local: Local, connection: Path | None, retailer: str | None) -> None:
    """Show what pushing FILEs would change; a fragment lies over what is stored where its workflow's file is not given.

    Ends with exit code 0 where nothing differs, 1 where something does, 2 where that cannot be told.
    """
    try:
        differs = _differs(local, connection, retailer)
    except PenstockError as error:
        click.echo(f"Error: {error.message}", err=True)
        sys.exit(_TROUBLE)
    sys.exit(1 if differs else 0)


def _differs(local: Local, connection: Path | None, retailer: str | None) -> bool:
    where, console = connected(connection, retailer), Console(highlight=False)
    found_here = given(local.files, local.fragments, values := values_for(where, local.values))
    stored = ask(where, lambda server: server.stored(found_here.names))
    differs = False
    for document in found_here.over(stored):
        found = difference(stored[document["name"]], {**document, "retailerId": values["retailer.id"]})
        show(console, stored[document["name"]], document, found)
        differs |= found.any
    return differs
