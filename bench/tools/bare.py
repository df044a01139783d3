"""A bare application of the parts that the API stands on: what is left of a request when Penstock is taken out.

It decodes the body, sends one statement and hands the bytes on, behind the same HTTP server with the same driver.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import uvicorn

from bench.tools.client import connect
from penstock.memory import collect_rarely
from penstock.supervisor.ports import listening_socket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from bench.tools.house import House


class _Bare:
    """The ASGI application; as many connections as there are clients, lent without waiting."""

    def __init__(self, dsn: str, sql: str, connections: int) -> None:
        self._dsn, self._sql, self._connections = dsn, sql, connections
        self._free: list[Any] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            self._free = [
                await asyncpg.connect(self._dsn, server_settings={"jit": "off"}) for _ in range(self._connections)
            ]
            collect_rarely()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        message = await receive()
        arguments = (msgspec.json.decode(message["body"]).get("variables") or {}).values()
        connection = self._free.pop()
        try:
            found = await connection.fetchval(self._sql, *arguments)
        finally:
            self._free.append(connection)
        body = b'{"data":{' + found + b"}}"
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def bare(house: House, sql: str, clients: int) -> AsyncIterator[tuple[int, int]]:
    """Run it on a statement; yield its port and process."""
    file = house.directory.path / "bare.sql"
    file.write_text(sql, encoding="utf-8")
    with listening_socket("127.0.0.1", 0) as listener:
        descriptor, port = listener.fileno(), listener.getsockname()[1]
        command = [sys.executable, "-m", "bench.tools.bare", str(descriptor), house.dsn, str(file), str(clients)]
        process = await asyncio.create_subprocess_exec(*command, pass_fds=(descriptor,))
        try:
            (await connect(port)).close()
            yield port, process.pid
        finally:
            process.terminate()
            await process.wait()


def main() -> None:
    """Serve on a socket that is open already."""
    descriptor, dsn, file, connections = sys.argv[1:]
    application = _Bare(dsn, Path(file).read_text(encoding="utf-8"), int(connections))
    config = uvicorn.Config(
        application, loop="uvloop", http="httptools", ws="none", log_config=None, access_log=False, server_header=False
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(descriptor))])


if __name__ == "__main__":
    main()
