"""One round of requests: what it took of both processes, and how fast it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bench.tools import cpu
from bench.tools.client import hammer

if TYPE_CHECKING:
    from bench.tools.house import House

CLIENTS = 4


class Figures(NamedTuple):
    """CPU seconds a request of application and database server, and requests a second."""

    app: float
    server: float
    rate: float


async def figures(house: House, port: int, process: int, sent: list[bytes]) -> Figures:
    """Send requests to an application, four at once."""
    app, server = cpu.of_process(process), cpu.of_server(house.server.pid)
    taken = await hammer(port, sent, CLIENTS)
    count = len(sent)
    used = cpu.of_server(house.server.pid) - server
    return Figures((cpu.of_process(process) - app) / count, used / count, count / taken)
