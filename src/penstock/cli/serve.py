"""``penstock serve``: one API process."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

import click
import uvicorn

from penstock.cli.options import host_option, port_option, required_database_url
from penstock.logs import log_to_stderr
from penstock.settings import Settings
from penstock.supervisor.ports import listening_socket
from penstock.tracing import TRACING

if TYPE_CHECKING:
    from types import FrameType

    from penstock.api.asgi import Gate

SECONDS_TO_FINISH_REQUESTS = 5


class Server(uvicorn.Server):
    """The HTTP server; a signal to stop reaches the application at once, not only after the last request."""

    def __init__(self, config: uvicorn.Config, gate: Gate) -> None:
        super().__init__(config)
        self._gate = gate

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; at once while it starts, which may take as long as its database is away."""
        if not self.started:
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)
        self._gate.stop()
        super().handle_exit(sig, frame)


@click.command()
@host_option
@port_option
@click.option("--descriptor", type=int, hidden=True, help="A listening socket that the supervisor opened.")
def serve(host: str, port: int, descriptor: int | None) -> None:
    """Run one API process on the database of PENSTOCK_DATABASE_URL."""
    from penstock.app import create_api

    settings = Settings.from_environment()
    required_database_url(settings)
    log_to_stderr(settings.log_level)
    TRACING.start("api")
    listener = listening_socket(host, port) if descriptor is None else socket.socket(fileno=descriptor)
    gate = create_api(settings)
    config = uvicorn.Config(
        gate,
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
    Server(config, gate).run(sockets=[listener])
