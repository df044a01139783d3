"""A new version of a workflow, seen by another API process at once (ADR 19)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from shop import ORDER, Shop, open_shop

from penstock.clock import SystemClock
from penstock.orchestration.configuration import Configurations
from penstock.workflows.documents import reference
from penstock.workflows.stored.saving import save

if TYPE_CHECKING:
    import pytest

    from penstock.database.pools import Database

_PLUGIN = """
INSERT INTO plugin VALUES ('ACME.greeting', '1', 'UPLOADED', 'd', '{}', '{}', '', 'admin', now(), NULL);
UPDATE plugin SET status = 'ACTIVE'"""


async def opened(database: Database) -> tuple[Shop, Shop]:
    """Return two API processes on one account that have both read its configuration just now."""
    one = await open_shop(database)
    other = Shop(database)
    other.retailer, other.customer = one.retailer, one.customer
    await saved(database, other, 1)
    for shop in (one, other):
        assert await major(shop, f"FIRST-{id(shop)}") == 1
    return one, other


async def saved(database: Database, shop: Shop, major: int) -> None:
    """Save a version of the workflow of orders."""
    document = next(d for d in reference("ACME", shop.retailer) if d["name"] == "ORDER::HD")
    document = {**document, "version": f"{major}.0"}
    await save(database, document, user="admin", now=SystemClock().now())


async def major(shop: Shop, ref: str) -> int:
    """Place an order; return the major version that it follows."""
    answer = await shop.answer(ORDER, input=shop.order(ref))
    return int(answer["data"]["createOrder"]["workflowVersion"])


async def test_an_order_follows_a_version_that_another_process_has_saved(database: Database) -> None:
    one, other = await opened(database)
    await saved(database, other, 2)
    assert await major(one, "SECOND") == 2
    seen = await asyncio.gather(*(major(one, f"THIRD-{n}") for n in range(5)))
    assert seen == [2] * 5


async def test_what_is_saved_is_read_once_however_many_ask(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = await opened(database)
    reads: list[Any] = []
    connection = database.connection  # each read takes one

    def counted() -> Any:
        reads.append(1)
        return connection()

    await saved(database, other, 2)
    revision = await database.fetchval("SELECT revision FROM config_revision")
    monkeypatch.setattr(database, "connection", counted)
    copies = await asyncio.gather(*(one.writer.configurations.at(revision) for _ in range(20)))
    assert len(reads) == 1
    assert {copy.revision for copy in copies} == {revision}


async def test_settings_do_not_make_every_mutation_read_again(database: Database) -> None:
    one, _ = await opened(database)
    before = await one.writer.configurations.recent()
    await database.execute(
        "INSERT INTO setting (id, name, context, context_id, value) VALUES (9, 'a', 'ACCOUNT', 0, '1')"
    )
    assert await one.writer.configurations.knowing() is before


async def test_an_activated_plugin_is_known_at_once(database: Database) -> None:
    configurations = Configurations(database)
    assert (await configurations.recent()).plugins == []
    for statement in _PLUGIN.split(";"):
        await database.execute(statement)
    assert [plugin.name for plugin in (await configurations.knowing()).plugins] == ["ACME.greeting"]
