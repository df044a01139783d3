"""Options that several commands share, and what they mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from penstock.database.embedded.directory import socket_directory
from penstock.database.embedded.server import url_of
from penstock.errors import SetupError

if TYPE_CHECKING:
    from penstock.settings import Settings

DEFAULT_DATA = Path(".penstock")

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_DATA,
    show_default=True,
    help="The directory of all data.",
)
host_option = click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
port_option = click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8080,
    show_default=True,
    help="The port to listen at.",
)


def required_database_url(settings: Settings) -> str:
    """Return the URL of the control database.

    Raises:
        SetupError: none is set.
    """
    if not settings.database_url:
        raise SetupError(
            "PENSTOCK_DATABASE_URL is not set. Set it to the URL of a PostgreSQL server, or run penstock up, "
            "which brings its own."
        )
    return settings.database_url


def running_database_url(settings: Settings, data: Path) -> str:
    """Return the URL of the control database: the one set, else that of the running ``penstock up --data``.

    Raises:
        SetupError: none is set, and none runs.
    """
    if settings.database_url:
        return settings.database_url
    sockets = socket_directory(data)
    if not any(sockets.glob(".s.PGSQL.*")):
        raise SetupError(
            f"No Penstock runs on {data}. Start it with penstock up --data {data}, or set PENSTOCK_DATABASE_URL."
        )
    return url_of(sockets)
