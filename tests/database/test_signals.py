"""Signals between processes: soon, few, and never in the way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bench.tools.waiting import until_true

from penstock.database import signals as module
from penstock.database.signals import Signals

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from penstock.database.pools import Database


@pytest.fixture
async def pair(database: Database) -> AsyncIterator[tuple[Signals, Signals]]:
    sender, receiver = Signals(database.dsn), Signals(database.dsn)
    yield sender, receiver
    await sender.close()
    await receiver.close()


async def _until(seen: list[str], payload: str) -> None:
    await until_true(lambda: payload in seen, seconds=60, every=0.005)


async def test_a_signal_reaches_another_process(pair: tuple[Signals, Signals]) -> None:
    sender, receiver = pair
    seen: list[str] = []
    await receiver.listen("work", seen.append)
    sender.send("work", "7")
    await _until(seen, "7")
    assert seen == ["", "7"]  # the first one says: look by yourself


async def test_equal_signals_become_one(pair: tuple[Signals, Signals]) -> None:
    sender, receiver = pair
    seen: list[str] = []
    await receiver.listen("work", seen.append)
    for _ in range(100):
        sender.send("work", "1")
        sender.send("work", "2")
    await _until(seen, "2")
    await asyncio.sleep(0.05)
    assert seen == ["", "1", "2"]


async def test_too_many_payloads_become_the_one_that_means_anything(pair: tuple[Signals, Signals]) -> None:
    sender, receiver = pair
    seen: list[str] = []
    await receiver.listen("work", seen.append)
    seen.clear()
    for number in range(5_000):
        sender.send("work", str(number))
    await _until(seen, "")
    assert seen == [""]


async def test_listens_again_after_the_connection_was_lost(
    pair: tuple[Signals, Signals], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS_BETWEEN_CONNECTS", 0.1)
    sender, receiver = pair
    seen: list[str] = []
    await receiver.listen("work", seen.append)
    seen.clear()
    await database.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'penstock signals' AND datname = current_database()"
    )
    await _until(seen, "")
    sender.send("work", "back")
    await _until(seen, "back")


async def test_without_a_server_nobody_waits_and_nothing_fails() -> None:
    signals = Signals("postgresql://u@127.0.0.1:9/x")
    signals.send("work", "1")
    await signals.listen("work", lambda _: None)
    await signals.close()
