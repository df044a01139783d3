"""``penstock workflow lint``: what the linter has to say about workflows, for people and for CI."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from penstock.errors import InvalidValueError
from penstock.rules.names import resolve
from penstock.workflows.documents import reference
from penstock.workflows.lint import Finding, Severity
from penstock.workflows.lint import lint as findings

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_PLURALS = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.INFO: "infos"}


@click.command()
@click.argument("what", nargs=-1, metavar="FILE|NAME...")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", help="json is for CI.")
@click.option(
    "--fail-on", type=click.Choice(["error", "warning", "info"]), default="error", help="What ends with exit code 1."
)
def lint(what: tuple[str, ...], form: str, fail_on: str) -> None:
    """Look for faults in workflow documents; give several that send events to each other together.

    FILE is a document, or a folder of them. NAME is a reference workflow, such as ORDER::HD; all of them, if
    nothing is named. Ends with exit code 1 where there are errors.
    """
    found = findings(documents(what), resolve)
    if form == "json":
        click.echo(json.dumps([finding.plain() for finding in found], indent=2))
    else:
        _show(found)
    if any(finding.rank <= list(Severity).index(Severity(fail_on)) for finding in found):
        raise SystemExit(1)


def documents(what: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the documents that files, folders and names of reference workflows stand for.

    ``InvalidValueError`` names what cannot be read.
    """
    shipped = {str(d["name"]): d for d in reference("ACCOUNT", 1)}
    if not what:
        return list(shipped.values())
    found: list[dict[str, Any]] = []
    for named in what:
        path = Path(named)
        if path.is_dir():
            found += [_read(file) for file in sorted(path.glob("*.json"))]
        elif path.exists():
            found.append(_read(path))
        elif named in shipped:
            found.append(shipped[named])
        else:
            raise InvalidValueError(
                f"there is no file and no reference workflow {named}; there are {', '.join(shipped)}"
            )
    return found


def _read(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise InvalidValueError(f"{file} cannot be read as JSON: {error}") from None
    if not isinstance(document, dict):
        raise InvalidValueError(f"{file} must hold one workflow document, a JSON object")
    return document


def _show(found: list[Finding]) -> None:
    console = Console(highlight=False)
    if found:
        table = Table(show_edge=False, pad_edge=False, show_lines=True)
        table.add_column("")
        table.add_column("workflow and place", ratio=2)
        table.add_column("what, and what to do", ratio=3)
        for finding in found:
            colour = _COLOURS[finding.severity]
            place = Text.assemble((finding.workflow, "bold"), "\n", finding.place)
            what = Text.assemble(finding.message, f" ({finding.code})\n", (finding.advice, "dim"))
            table.add_row(Text(str(finding.severity), style=colour), place, what)
        console.print(table)
        console.print()
    counts = Counter(finding.severity for finding in found)
    said = ", ".join(f"{counts[s]} {_PLURALS[s] if counts[s] != 1 else s}" for s in Severity if counts[s])
    console.print(said or "nothing to say", markup=False)
