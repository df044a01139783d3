"""pgbench, of the same installation as the server: what PostgreSQL itself can do."""

from __future__ import annotations

import asyncio
import re
import resource
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.tools import cpu
from penstock.database.embedded.cluster import SUPERUSER
from penstock.database.embedded.programs import find_programs

if TYPE_CHECKING:
    from bench.tools.house import House

_TPS = re.compile(r"tps = ([\d.]+) \(without")

_SECONDS_TO_END = 0.2  # for the connections' processes


@dataclass(frozen=True)
class Pace:
    """Transactions a second, and CPU seconds a transaction: of the server, and of pgbench itself."""

    rate: float
    server: float
    client: float


async def pgbench(house: House, script: str, *, clients: int, each: int) -> Pace:
    """Run a script ``each`` times on every client, statements prepared.

    The CPU of connecting and planning is taken off, by a short run before: Penstock keeps its connections.
    """
    _, server, client = await _run(house, script, clients, 10)
    rate, whole_server, whole_client = await _run(house, script, clients, 10 + each)
    count = clients * each
    return Pace(rate, (whole_server - server) / count, (whole_client - client) / count)


async def _run(house: House, script: str, clients: int, each: int) -> tuple[float, float, float]:
    file = house.directory.path / "pgbench.sql"
    file.write_text(script, encoding="utf-8")
    arguments = ["-n", "-M", "prepared", "-c", str(clients), "-t", str(each), "-f", str(file)]
    # For scripts that count: ``n`` keeps its value from one transaction of a client to the next.
    arguments += ["-D", "n=0", "-D", f"start={time.time_ns() // 1000}"]
    arguments += ["-h", str(house.directory.sockets), "-U", SUPERUSER, house.database_name]
    server, client = cpu.of_server(house.server.pid), _children()
    process = await asyncio.create_subprocess_exec(
        str(find_programs(None) / "pgbench"),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    found = _TPS.search(out.decode())
    assert process.returncode == 0, err.decode()
    assert found, out.decode()
    await asyncio.sleep(_SECONDS_TO_END)
    return float(found[1]), cpu.of_server(house.server.pid) - server, _children() - client


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
