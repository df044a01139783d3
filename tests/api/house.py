"""A running Penstock for tests of bad input and of permissions: two retailers in one account, and their users.

The orders are of a type without a workflow, so that nothing changes between two looks at the database.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncpg
from bench.tools.furniture import Browser, furnished

from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from penstock.model.vocabulary import Entity
    from running import Running

PASSWORD = "a password of the tests"
EVENT = "/api/v4.1/event"
# The engine's own books change by themselves.
_TABLES = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
  AND relname NOT IN ('worker', 'slot') ORDER BY relname"""


@dataclass
class House:
    """The server, its administrator, and the ids of each retailer's things by name."""

    penstock: Running
    admin: Browser
    first: dict[str, str] = field(default_factory=dict)
    second: dict[str, str] = field(default_factory=dict)
    users: dict[str, Browser] = field(default_factory=dict)
    of_first: dict[str, set[str]] = field(default_factory=dict)  # ids by root list
    of_second: dict[str, set[str]] = field(default_factory=dict)
    watch: asyncpg.Connection | None = None
    _browsers: list[Browser] = field(default_factory=list)

    async def login(self, name: str) -> Browser:
        """Return a browser of a user whose password is the usual one."""
        given = self.penstock.stored.credentials
        form = {
            "grant_type": "password",
            "username": name,
            "password": PASSWORD,
            "client_id": given["clientId"],
            "client_secret": given["clientSecret"],
        }
        async with self.admin.http.post("/oauth/token", data=form) as response:
            return self.browser((await response.json())["access_token"])

    def browser(self, token: str | None) -> Browser:
        """Return a browser with a token."""
        made = Browser(self.penstock.url, token)
        self._browsers.append(made)
        return made

    async def user(self, name: str, role: str, *contexts: tuple[str, str]) -> Browser:
        """Create a user with one role; return a browser of the user's."""
        held = [{"contextType": type_, "contextId": id_} for type_, id_ in contexts]
        await self.admin.create(
            "User",
            ref=name,
            username=name,
            password=PASSWORD,
            primaryEmail=f"{name}@example.com",
            type="API",
            timezone="UTC",
            roles=[{"role": {"name": role}, "contexts": held}],
        )
        return await self.login(name)

    async def role(self, name: str, permissions: list[str]) -> None:
        """Create a role."""
        document = "mutation ($i: CreateRoleInput) { createRole(input: $i) { name } }"
        await self.admin.run(document, {"i": {"name": name, "permissions": [{"name": p} for p in permissions]}})

    async def listed(self, browser: Browser) -> dict[str, set[str]]:
        """Return what a user sees of every root list: the ids of its rows, or else their cursors."""
        return {e.plural: await self._rows(browser, e) for e in MODEL.entities if e.plural}

    async def _rows(self, browser: Browser, entity: Entity) -> set[str]:
        # Rows without an id are told apart by their cursors, which stay what they are.
        inner = "__typename" if getattr(entity.by_name["id"], "hidden", True) else "id"
        page = await browser.run(f"{{ {entity.plural}(first: 5000) {{ edges {{ cursor node {{ {inner} }} }} }} }}")
        return {edge["node"].get("id", edge["cursor"]) for edge in page["edges"]}

    async def written(self) -> dict[str, str]:
        """Return a fingerprint of every table."""
        assert self.watch is not None
        found = {}
        for (table,) in await self.watch.fetch(_TABLES):
            sql = f"SELECT count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {table} t"
            found[table] = await self.watch.fetchval(sql)
        return found

    async def close(self) -> None:
        """Close every browser."""
        for browser in (self.admin, *self._browsers):
            await browser.http.close()
        if self.watch is not None:
            await self.watch.close()


@asynccontextmanager
async def opened(penstock: Running) -> AsyncIterator[House]:
    """Furnish a fresh Penstock."""
    await penstock.client.graphql("{ me { id } }")
    house = House(penstock, Browser(penstock.url, penstock.client.token))
    try:
        of_all = (await house.listed(house.admin))["settings"]  # those of Penstock itself
        house.first = await furnished(house.admin, penstock.retailer, "ONE")
        house.of_first = await house.listed(house.admin)
        second = await house.admin.create("Retailer", name="Second")
        house.second = await furnished(house.admin, second, "TWO")
        both = await house.listed(house.admin)
        house.of_second = {root: rows - house.of_first[root] for root, rows in both.items()}
        house.of_first["settings"] -= of_all
        for name, role, context in (
            ("first", "ADMIN", ("RETAILER", penstock.retailer)),
            ("second", "ADMIN", ("RETAILER", second)),
            ("keeper", "ADMIN", ("LOCATION", house.first["north"])),
        ):
            house.users[name] = await house.user(name, role, context)
        await penstock.settle()
        house.watch = await asyncpg.connect(penstock.stored.account)
        yield house
    finally:
        await house.close()
