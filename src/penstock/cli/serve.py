"""``penstock serve``: one API process."""

from __future__ import annotations

import socket

import click
import uvicorn

from penstock.cli.options import host_option, port_option, required_database_url
from penstock.logs import log_to_stderr
from penstock.settings import Settings
from penstock.supervisor.ports import listening_socket

SECONDS_TO_FINISH_REQUESTS = 5


@click.command()
@host_option
@port_option
@click.option("--descriptor", type=int, hidden=True, help="A listening socket that the supervisor opened.")
def serve(host: str, port: int, descriptor: int | None) -> None:
    """Run one API process on the database of PENSTOCK_DATABASE_URL."""
    from penstock.app import create_api  # noqa: PLC0415 - the other commands need not load it

    settings = Settings.from_environment()
    required_database_url(settings)
    log_to_stderr(settings.log_level)
    listener = listening_socket(host, port) if descriptor is None else socket.socket(fileno=descriptor)
    config = uvicorn.Config(
        create_api(settings),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # nobody here asks for the client's address
        server_header=False,
        timeout_graceful_shutdown=SECONDS_TO_FINISH_REQUESTS,
    )
    uvicorn.Server(config).run(sockets=[listener])
