"""An API process that counts what it has to make anew: texts, documents, plans and prepared statements.

Everything else that a request asks for was found among what is kept. ``GET /counts`` tells.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import aiohttp
import asyncpg.connection
import msgspec
import uvicorn

from bench.tools.client import connect
from penstock.api.graphql import service
from penstock.app import create_api
from penstock.logs import log_to_stderr
from penstock.settings import Settings
from penstock.supervisor.ports import listening_socket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from bench.tools.house import House

COUNTS = "/counts"
_MADE = {"Lifted": "texts", "read_document": "documents", "query_plan": "plans"}


@dataclass(frozen=True)
class Counting:
    """Where it answers, and its process."""

    port: int
    process: int

    async def made(self) -> Counter[str]:
        """Return what was made so far: ``texts``, ``documents``, ``plans`` and ``statements``."""
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{self.port}{COUNTS}") as answer:
            return Counter(msgspec.json.decode(await answer.read(), type=dict[str, int]))


@asynccontextmanager
async def counting(house: House) -> AsyncIterator[Counting]:
    """Run such a process on a house."""
    with listening_socket("127.0.0.1", 0) as listener:
        descriptor, port = listener.fileno(), listener.getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.tools.counted", str(descriptor)),
            pass_fds=(descriptor,),
            env=os.environ | {"PENSTOCK_DATABASE_URL": house.server.url},
            stderr=asyncio.subprocess.DEVNULL,  # its log: a line a request
        )
        try:
            (await connect(port)).close()
            yield Counting(port, process.pid)
        finally:
            process.terminate()
            await process.wait()


def _counted(made: Counter[str], name: str, make: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(make)
    def counted(*args: Any, **options: Any) -> Any:
        made[name] += 1
        return make(*args, **options)

    return counted


def _telling(made: Counter[str], api: ASGIApp) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != COUNTS:
            await api(scope, receive, send)
            return
        body = msgspec.json.encode(made)
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def main() -> None:
    """Serve on a socket that is open already, as ``penstock serve`` does."""
    made: Counter[str] = Counter()
    for attribute, name in _MADE.items():
        setattr(service, attribute, _counted(made, name, getattr(service, attribute)))
    kept = asyncpg.connection._StatementCache  # noqa: SLF001 - asyncpg shows its prepared statements nowhere else
    kept.put = _counted(made, "statements", kept.put)
    settings = Settings.from_environment()
    log_to_stderr(settings.log_level)
    api = _telling(made, create_api(settings))
    config = uvicorn.Config(api, loop="uvloop", http="httptools", ws="none", log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])


if __name__ == "__main__":
    main()
