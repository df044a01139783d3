"""Full loads of stock by job and batches."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from bench.tools.client import connect, post
from bench.tools.waiting import until

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from bench.tools.house import Site

BATCH = 5_000  # records, the most that a batch takes
_QUIET = """
SELECT NOT EXISTS (SELECT FROM batch WHERE status <> 'COMPLETE')
  AND NOT EXISTS (SELECT FROM pending_event WHERE NOT scheduled)"""


async def load(site: Site, sql: asyncpg.Connection, batches: Sequence[bytes]) -> float:
    """Send batches, encoded before; return the seconds until all of it is done, and all that follows.

    Others may be measured by this process meanwhile, so it does as little as it can.
    """
    caller, begun = await connect(site.port), time.perf_counter()
    job = {"name": "load", "retailerId": site.connection.retailer_id}
    opened = msgspec.json.decode(await caller.call(post("/api/v4.1/job", site.token, job)))["id"]
    for batch in batches:
        await caller.call(post(f"/api/v4.1/job/{opened}/batch", site.token, msgspec.Raw(batch)))
    caller.close()
    await until(lambda: sql.fetchval(_QUIET), every=0.05)
    return time.perf_counter() - begun
