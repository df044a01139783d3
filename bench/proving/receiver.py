"""A receiver of webhooks that may be killed: it notes what came in a file before it answers."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from bench.proving.processes import Process
from penstock.supervisor.ports import listening_socket

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path


class Receiver:
    """A receiving process on a port of its own; ``url`` is where it listens."""

    def __init__(self, folder: Path) -> None:
        with listening_socket("127.0.0.1", 0) as listener:
            self._port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}/told"
        self._file, self._log = folder / "received", folder / "receiver.log"
        self._file.touch()
        self._process: Process | None = None

    def start(self) -> None:
        """Start it."""
        command = (str(self._port), str(self._file))
        self._process = Process(self._log, *command, environment={}, module="bench.proving.receiver")

    def kill(self) -> None:
        """Kill it without warning."""
        if self._process is not None:
            self._process.kill()

    def received(self, counter: Counter[str]) -> Counter[str]:
        """Count the ids of the events that it was told, as often as it noted them."""
        counter.update(self._file.read_text(encoding="ascii").split())
        return counter


def main(port: int, file: str) -> None:
    """Take what comes."""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND)

    async def take(request: web.Request) -> web.Response:
        body = msgspec.json.decode(await request.read())
        os.write(descriptor, f"{body['attributes']['event']}\n".encode())
        return web.Response(text="taken")

    application = web.Application()
    application.router.add_post("/told", take)
    web.run_app(application, host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
