"""The statements that a request sends, as the server logs them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bench.tools.client import connect

if TYPE_CHECKING:
    from bench.tools.house import House

_LOGGED = re.compile(r"LOG:  (?:execute [^:]+|statement): (.*?)(?=\n\d{4}-\d\d-\d\d |\Z)", re.DOTALL)


async def statements_of(house: House, port: int, request: bytes) -> list[str]:
    """Send one request twice and return the statements of the second time, parameters after them."""
    caller = await connect(port)
    await caller.call(request)  # the one who asks is remembered for two seconds now
    log = house.directory.path / "logs" / "postgres.log"
    async with house.sql() as sql:
        await sql.execute("ALTER SYSTEM SET log_statement = 'all'")
        await sql.execute("SELECT pg_reload_conf(), pg_sleep(0.2)")
        start = log.stat().st_size
        await caller.call(request)
        stop = log.stat().st_size
        await sql.execute("ALTER SYSTEM RESET log_statement")
        await sql.execute("SELECT pg_reload_conf()")
    caller.close()
    return _LOGGED.findall(log.read_bytes()[start:stop].decode())
