"""``penstock workflow lint``: what the linter has to say about workflows, for people and for CI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.console import Console

from penstock.cli.workflow.findings import show
from penstock.cli.workflow.options import fragment_option
from penstock.cli.workflow.server import connected, connection_option, retailer_option
from penstock.cli.workflow.subject import of_server, shipped
from penstock.errors import SetupError
from penstock.workflows.lint import Severity
from penstock.workflows.lint import lint as findings

if TYPE_CHECKING:
    from pathlib import Path

    from penstock.demo.client import Connection


@click.command()
@click.argument("what", nargs=-1, metavar="FILE|NAME...")
@click.option("--stored", is_flag=True, help="NAMEs are those of workflows that a running Penstock has stored.")
@fragment_option
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", help="json is for CI.")
@click.option(
    "--fail-on", type=click.Choice(["error", "warning", "info"]), default="error", help="What ends with exit code 1."
)
@click.option("--infos", is_flag=True, help="Show infos, too, which are only counted otherwise.")
@connection_option
@retailer_option
def lint(
    what: tuple[str, ...],
    fragments: tuple[Path, ...],
    form: str,
    fail_on: str,
    connection: Path | None,
    retailer: str | None,
    *,
    stored: bool,
    infos: bool,
) -> None:
    """Look for faults in workflow documents; give several that send events to each other together.

    FILE is a document, or a folder of them. NAME is a reference workflow, such as ORDER::HD, or a stored one; all of
    them, if nothing is named. A fragment lies over the file of its workflow, or over what is stored. Ends with exit
    code 1 where there are errors.
    """
    subject = None if stored else shipped(what, fragments)
    if subject is None:
        subject = of_server(what, fragments, _where(connection, retailer, stored=stored))
    found = findings(subject.documents, subject.resolve)
    if form == "json":
        click.echo(json.dumps([finding.plain() for finding in found], indent=2))
    else:
        show(Console(highlight=False), found, infos=infos or fail_on == Severity.INFO)
    if any(finding.rank <= list(Severity).index(Severity(fail_on)) for finding in found):
        raise SystemExit(1)


def _where(file: Path | None, retailer: str | None, *, stored: bool) -> Connection:
    """Return where Penstock is, as for the other commands."""
    try:
        return connected(file, retailer)
    except SetupError as error:
        if stored:
            raise
        raise SetupError(f"a fragment lies over the file of its workflow, or what is stored; {error.message}") from None
