"""``penstock workflow pull``: stored workflows into files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from penstock.cli.workflow.files import file_for, read, write
from penstock.cli.workflow.server import Server, ask, connected, connection_option, retailer_option
from penstock.cli.workflow.stale import is_version
from penstock.cli.workflow.writing import kept
from penstock.errors import InvalidValueError, NotFoundError, UniqueConstraintError

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default=True,
    help="Folder of the files; made where it does not exist.",
)
@click.option("--version", "version", default=None, help="A version, such as 1.3; by default the newest one.")
@click.option("--over", is_flag=True, help="Write over files that were changed, too.")
@connection_option
@retailer_option
def pull(
    names: tuple[str, ...],
    into: Path,
    version: str | None,
    connection: Path | None,
    retailer: str | None,
    *,
    over: bool,
) -> None:
    """Write stored workflows into files, all of them or those of each NAME, such as ORDER::HD.

    ORDER::HD becomes order_hd.json. The same workflow always becomes the same text, so that a file under version
    control only changes where the workflow does. Nothing is written where a file has changes that are not stored.
    """
    if version and len(names) != 1:
        raise InvalidValueError("--version is of one workflow; give its NAME, too")

    async def work(server: Server) -> None:
        found = [await _found(server, name, version) for name in names or await server.names()]
        files = {file_for(into, str(document["name"])): document for document in found}
        if not over:
            await _refuse_changed(server, files)
        for file, document in files.items():
            write(file, document)
            click.echo(f"{document['name']} {document['version']} is in {file}")

    ask(connected(connection, retailer), work)


async def _found(server: Server, name: str, version: str | None) -> Document:
    document = await server.newest(name, version)
    if document is None:
        known = ", ".join(await server.names()) or "none"
        raise NotFoundError(f"there is no {name}{f' {version}' if version else ''}; there are: {known}")
    return document


async def _refuse_changed(server: Server, files: Mapping[Path, Document]) -> None:
    """Raise :class:`UniqueConstraintError` where writing would lose what is stored nowhere; it names all such files."""
    changed = [
        str(file) for file, document in files.items() if file.exists() and await _changed(server, file, document)
    ]
    if changed:
        raise UniqueConstraintError(
            f"{', '.join(changed)}: not what is stored for the version that stands there; nothing was written. "
            f"Push it, move it away, or give --over to lose its changes."
        )


async def _changed(server: Server, file: Path, wanted: Document) -> bool:
    """Return whether a file is neither the version whose number it has, nor what it is to become."""
    try:
        local = read(file)
    except InvalidValueError:
        return True
    version = local.get("version")
    if {**kept(local), "version": wanted["version"]} == kept(wanted):
        return False
    stored = await server.newest(str(wanted["name"]), version) if is_version(version) else None
    return stored is None or kept(local) != kept(stored)
