"""Workers and connections killed, receivers that break off: each webhook arrives all the same (spec 14 §4)."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg
import pytest
from aiohttp import web
from bench.proving.processes import Process
from bench.tools.waiting import until

from conftest import create_database, drop_database
from penstock.bootstrap import ACCOUNT
from penstock.database.ids import uuid7
from penstock.database.pools import LOST, Database
from penstock.database.urls import database_of
from penstock.delivery.records import OutboxRow
from penstock.delivery.targets import target_of
from penstock.model.writes import Changes
from receiver import receiving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from conftest import Stream
    from receiver import Received

WEBHOOKS = 60
_ACCOUNT = "INSERT INTO account (name, database_name) VALUES ($1, $2)"
_DELIVERED = "SELECT count(*) = 0 FROM outbox WHERE status <> 'DELIVERED'"
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"
_ACCEPTED = "SELECT delivery_id::text, count(*) FILTER (WHERE accepted) FROM delivery_attempt GROUP BY 1"


@pytest.fixture
async def stored(postgres: str, templates: dict[Stream, str]) -> AsyncIterator[tuple[str, Database]]:
    """Return the URL of a control database, and its one account's database."""
    control, account = [await create_database(postgres, template=templates[s]) for s in ("control", "account")]
    connection = await asyncpg.connect(control)
    await connection.execute(_ACCOUNT, ACCOUNT, database_of(account))
    await connection.close()
    database = await Database.open(account)
    yield control, database
    await database.close()
    await drop_database(postgres, control)
    await drop_database(postgres, account)


async def _fill(database: Database, url: str) -> set[str]:
    """Put webhooks into the outbox, as rules do; return their ids."""
    changes, ids = Changes(), set()
    for _ in range(WEBHOOKS):
        now = datetime.now(UTC)
        id_, (target, host) = uuid7(now), target_of(url)
        ids.add(str(id_))
        changes.insert(
            OutboxRow(
                id=id_,
                event_id=uuid7(now),
                retailer_id=1,
                name="changed",
                url=url,
                target=target,
                host=host,
                body=f'{{"id":"{id_}"}}',
                schedule="default",
                created=now,
                due=now,
            )
        )
    await changes.write(database)
    return ids


async def test_every_webhook_arrives_whoever_is_killed(
    stored: tuple[str, Database], postgres: str, tmp_path: Path
) -> None:
    control, database = stored
    environment = {
        "PENSTOCK_DATABASE_URL": control,
        "PENSTOCK_SECRET": "a secret of the tests, of 32 and more",
        "PENSTOCK_WEBHOOK_ALLOW_LOOPBACK": "1",
        "PENSTOCK_WEBHOOK_KEY_BITS": "1024",
    }
    workers = [Process(tmp_path / f"{n}.log", "worker", environment=environment) for n in range(2)]
    watch = await asyncpg.connect(postgres)
    seen: Counter[str] = Counter()
    broken: list[str] = []

    async def take(received: Received) -> web.Response:
        """Take a webhook; on the way kill the workers in turn, cut all connections, and break off."""
        seen[json.loads(received.body)["id"]] += 1
        match sum(seen.values()):
            case 10 | 30:  # between the sending and the noting of up to eight
                workers.pop(0).kill()
                workers.append(Process(tmp_path / f"again-{len(seen)}.log", "worker", environment=environment))
            case 20:
                await watch.fetch(_END, database_of(database.dsn))
            case 40 | 41 | 42:
                broken.append(json.loads(received.body)["id"])
                raise web.HTTPServiceUnavailable
        return web.Response()

    async with receiving() as receiver:
        receiver.react = take
        ids = await _fill(database, receiver.url)
        await until(lambda: delivered(database), seconds=120, every=0.05)
        await asyncio.gather(*(worker.stop() for worker in workers))
    await watch.close()
    assert seen.keys() == ids
    accepted = dict([tuple(row) for row in await database.fetch(_ACCEPTED)])
    assert accepted.keys() == ids
    assert min(accepted.values()) >= 1
    assert len(broken) == 3
    assert sum(accepted.values()) <= sum(seen.values()) <= 2 * WEBHOOKS


async def delivered(database: Database) -> bool:
    """Return whether nothing is to be delivered any more; False while the connections are cut."""
    try:
        return bool(await database.fetchval(_DELIVERED))
    except (*LOST, asyncpg.PostgresError):
        return False
