"""``penstock workflow pull``: stored workflows into files."""

from __future__ import annotations

from pathlib import Path

import click

from penstock.cli.workflow.files import file_for, write
from penstock.cli.workflow.server import Server, ask, connected, connection_option, retailer_option
from penstock.errors import InvalidValueError, NotFoundError


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
@connection_option
@retailer_option
def pull(
    names: tuple[str, ...], into: Path, version: str | None, connection: Path | None, retailer: str | None
) -> None:
    """Write stored workflows into files, all of them or those of each NAME, such as ORDER::HD.

    ORDER::HD becomes order_hd.json. The same workflow always becomes the same text, so that a file under version
    control only changes where the workflow does.
    """
    if version and len(names) != 1:
        raise InvalidValueError("--version is of one workflow; give its NAME, too")

    async def work(server: Server) -> None:
        for name in names or await server.names():
            await _pull(server, name, version, into)

    ask(connected(connection, retailer), work)


async def _pull(server: Server, name: str, version: str | None, folder: Path) -> None:
    document = await server.newest(name, version)
    if document is None:
        known = ", ".join(await server.names()) or "none"
        raise NotFoundError(f"there is no {name}{f' {version}' if version else ''}; there are: {known}")
    file = file_for(folder, str(document["name"]))
    write(file, document)
    click.echo(f"{document['name']} {document['version']} is in {file}")
