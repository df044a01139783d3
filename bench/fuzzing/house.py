"""A Penstock to be fuzzed: a server, an API process, a worker, and one of most things to find."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bench.tools.furniture import Browser, furnished
from bench.tools.house import House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from penstock.demo.client import Connection


@asynccontextmanager
async def furnished_house(path: Path) -> AsyncIterator[tuple[Connection, str, int]]:
    """Give the connection of a new Penstock, the URL of its PostgreSQL, and the number of its API process."""
    async with House(path) as house, house.serving(workers=1) as site:
        browser = Browser(site.connection.url, site.token)
        try:
            await furnished(browser, site.connection.retailer_id, "ONE")
        finally:
            await browser.http.close()
        yield site.connection, house.dsn, site.api
