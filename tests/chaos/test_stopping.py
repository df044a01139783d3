"""Processes that are asked to stop finish what they do, and leave nobody waiting."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
from bench.proving.processes import Process
from bench.tools.waiting import until, until_true
from standing import standing

from penstock.supervisor.ports import listening_socket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from bench.proving.house import House

    from conftest import Stream


@pytest.fixture
async def house(
    postgres: str, templates: dict[Stream, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    async with standing(postgres, templates, tmp_path_factory.mktemp("stopping")) as (made, _):
        yield made


async def test_an_api_that_stops_answers_who_waits(house: House) -> None:
    """No worker runs, so a synchronous event would wait for thirty seconds."""
    known = house.connection
    login = {"grant_type": "password", "username": known.username, "password": known.password, "scope": "api"}
    login |= {"client_id": known.client_id, "client_secret": known.client_secret}
    catalogue = {"entityType": "PRODUCT_CATALOGUE", "entityRef": f"PC:MASTER:{known.retailer_id}"}
    event = {"name": "X", "retailerId": known.retailer_id, **catalogue}
    async with aiohttp.ClientSession(known.url) as http:
        async with http.post("/oauth/token", data=login) as answer:
            headers = {"Authorization": f"Bearer {(await answer.json())['access_token']}"}
        waiting = asyncio.create_task(http.post("/api/v4.1/event/sync", json=event, headers=headers).__aenter__())
        await until(house.pending, seconds=60)
        began = time.monotonic()
        await house.server.stop()
        async with await waiting as answered:
            assert (answered.status, (await answered.json())["eventStatus"]) == (200, "PENDING")
    assert house.server.code == -signal.SIGTERM  # it passes the signal on once it has stopped
    assert time.monotonic() - began < 25
    house.worker()
    await house.quiet()
    assert await house.value("SELECT status FROM event WHERE name = 'X'") == "NO_MATCH"


@pytest.mark.parametrize("command", ["serve", "worker"])
async def test_what_waits_for_a_database_stops_when_it_is_asked_to(tmp_path: Path, command: str) -> None:
    with started(command, "postgresql://penstock@127.0.0.1:9/penstock_control", tmp_path) as waiting:
        await until_true(lambda: "waits for the database" in waiting.log.read_text(), seconds=60)
        await waiting.stop()
    assert waiting.code in {0, -signal.SIGTERM}  # it was not killed


async def test_an_api_that_cannot_start_says_why_in_a_sentence(tmp_path: Path) -> None:
    with started("serve", "mysql://penstock@127.0.0.1/penstock_control", tmp_path) as refused:
        assert await refused.ended(60)
    said = refused.log.read_text()
    assert "is not the URL of a database" in said
    assert "Traceback" not in said


@contextmanager
def started(command: str, url: str, folder: Path) -> Iterator[Process]:
    """Yield a process on this database."""
    with listening_socket("127.0.0.1", 0) as listener:
        number = listener.fileno()
        options = ("--descriptor", str(number)) if command == "serve" else ()
        environment = {"PENSTOCK_DATABASE_URL": url}
        process = Process(folder / "log", command, *options, environment=environment, descriptors=(number,))
        try:
            yield process
        finally:
            process.kill()
