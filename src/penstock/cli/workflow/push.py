"""``penstock workflow push``: files become new versions of stored workflows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from penstock.cli.workflow.files import renumber, values_for
from penstock.cli.workflow.given import Given, given
from penstock.cli.workflow.options import Local, local_options
from penstock.cli.workflow.server import Server, ask, connected, connection_option, retailer_option
from penstock.cli.workflow.shown import difference, show
from penstock.cli.workflow.stale import refuse_stale
from penstock.errors import SetupError, UniqueConstraintError

if TYPE_CHECKING:
    from pathlib import Path

    from penstock.demo.client import Connection

Document = dict[str, Any]


@click.command()
@local_options
@click.option("--comment", default=None, help="Why, for the list of versions.")
@click.option("--new-major", is_flag=True, help="Begin a new major version: entities in flight keep theirs.")
@click.option("--without-rules", is_flag=True, help="Do not let Penstock check that the rules are installed.")
@click.option("--over", is_flag=True, help="Save over versions that are newer than the files, too.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@connection_option
@retailer_option
def push(
    local: Local,
    comment: str | None,
    connection: Path | None,
    retailer: str | None,
    **flags: bool,
) -> None:
    """Save FILEs, or all files in folders, as new versions of their workflows.

    A fragment lies over the file of its workflow, or over what is stored where that file is not given. Shows what will
    change and asks first. A workflow that does not differ from what is stored is left alone.
    A file whose version is not the newest of its major one is refused: somebody else has saved that. A file that was
    saved says the number of its new version from then on.
    Place-holders such as [[account.id]] are filled in. What Penstock refuses, it says where and why.
    """
    where, console = connected(connection, retailer), Console(highlight=False)
    values = values_for(where, local.values)
    found_here = given(local.files, local.fragments, values)
    stored = ask(where, lambda server: server.stored(found_here.names))
    changing = []
    for document in found_here.over(stored):
        document["retailerId"] = values["retailer.id"]
        found = difference(stored[document["name"]], document)
        show(console, stored[document["name"]], document, found)
        if found.any:
            changing.append(_versioned(document, stored[document["name"]], comment, new_major=flags["new_major"]))
            _warn(console, changing[-1], stored[document["name"]])
    if not flags["over"]:
        ask(where, lambda server: refuse_stale(server, found_here, [document["name"] for document in changing]))
    if changing and not flags["dry_run"] and _sure(len(changing), asked=flags["yes"]):
        _save(where, found_here, changing, stored, flags)


def _save(
    where: Connection,
    found_here: Given,
    changing: list[Document],
    stored: dict[str, Document | None],
    flags: dict[str, bool],
) -> None:
    """Save the documents, unless somebody else has saved a version since it was shown what changes."""

    async def work(server: Server) -> None:
        for document in changing:
            name, seen = document["name"], stored[document["name"]]
            newest = await server.version(name)
            if newest != (seen["version"] if seen else None):
                raise UniqueConstraintError(
                    f"{name} has become {newest} in the meantime; push again to see what changes"
                )
            if not flags["over"]:  # the same for older major versions
                await refuse_stale(server, found_here, [name])
            saved = await server.save(document, rules=not flags["without_rules"])
            click.echo(f"{name} is stored as {saved}")
            if name in found_here.files:
                renumber(found_here.files[name], saved)

    ask(where, work)


def _warn(console: Console, document: Document, stored: Document | None) -> None:
    """Say which entities do not follow the new version (spec 13 §10)."""
    major, newest = (int(str(d["version"]).partition(".")[0]) if d else 0 for d in (document, stored))
    if stored and major < newest:
        text = f"Only entities of major version {major} follow it; new ones are of {newest}. See --new-major.\n"
        console.print(text, style="yellow")
    elif stored and major > newest:
        console.print(f"New entities will be of major version {major}; those in flight keep theirs.\n", style="yellow")


def _versioned(document: Document, stored: Document | None, comment: str | None, *, new_major: bool) -> Document:
    """Return the document with its comment; the minor version is the server's affair."""
    told = {**document, "versionComment": comment or document.get("versionComment")}
    if new_major and stored:
        told["version"] = f"{int(stored['version'].partition('.')[0]) + 1}.0"
    return told


def _sure(count: int, *, asked: bool) -> bool:
    if asked:
        return True
    if not sys.stdin.isatty():
        raise SetupError("nobody is here to be asked: give --yes to save, or --dry-run to look only")
    return click.confirm(f"Save {count} workflow{'s' * (count != 1)}?")
