"""A simulation keeps apart: the account stays in use, nothing leaves the fork, and nothing is left of it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from bench.tools.waiting import until_true
from simulations import routes, scenario, simulated
from stage import Stage

from penstock.database.embedded.directory import socket_directory
from penstock.simulation.fork.server import sweep
from receiver import receiving
from running import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from receiver import Receiver
    from running import Stored

pytest_plugins = ["worlds"]

SYDNEY = (-33.868, 151.209)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
async def sending_shop(order_world: Stored, receiver: Receiver) -> AsyncIterator[Stage]:
    """Return a stage whose workers deliver what warehouses are told."""
    stored = await order_world.copy()
    secret = "a secret of the tests, of 32 and more"
    async with running(stored, secret=secret, webhook_allow_loopback=True, webhook_key_bits=1_024) as penstock:
        stage = Stage(penstock, SYDNEY)
        await stage.set("webhook.fulfilment.dispatch", {"url": receiver.url, "name": "dispatch"})
        yield stage
    await stored.drop()


async def test_nothing_leaves_a_fork(sending_shop: Stage, receiver: Receiver, tmp_path: Path) -> None:
    await sending_shop.fill(DC_01={"JEANS": 9})
    await sending_shop.buy("N1", ("JEANS", 1))
    await receiver.until(1)
    report = await simulated(sending_shop, tmp_path, scenario(tmp_path, "same"), "--generated", "5")
    statuses = {sent["status"] for order in report["variants"][0]["placed"] for sent in order["sent"]}
    assert statuses == {"ASSIGNED"}, "the warehouse would have been told"
    await sending_shop.buy("N2", ("JEANS", 1))
    await receiver.until(2)
    await asyncio.sleep(0.2)
    assert len(receiver.requests) == 2, "one webhook an order of the account, none of a fork"


async def test_the_account_is_in_use_meanwhile(shop: Stage, tmp_path: Path) -> None:
    await shop.fill(DC_01={"JEANS": 3_000}, SYD_01={"CAP": 1})
    for number in range(5):
        await shop.buy(f"U{number}", ("JEANS", 1))
    asking = asyncio.create_task(simulated(shop, tmp_path, "--recorded", "500"))
    placed = 0
    while not asking.done():
        await shop.buy(f"L{placed}", ("JEANS", 1), ("CAP", 1))
        placed += 1
    report = await asking
    known = routes(report["variants"][0])
    assert placed > len(known) - 5, "orders went on after the moment of the fork"
    assert all(plan == ["DC-01[JEANS1]"] for ref, plan in known.items() if ref.startswith("U"))
    assert await shop.plan("L0") == ["SYD-01[CAP1]", "DC-01[JEANS1]"]
    assert await shop.on_hand("JEANS", "DC-01") == 3_000 - 5 - placed


def _simulating(shop: Stage, folder: Path) -> asyncio.Future[asyncio.subprocess.Process]:
    command = (sys.executable, "-m", "penstock.cli", "simulate", "--data", str(folder), "--generated", "600")
    environment = {**os.environ, "PENSTOCK_DATABASE_URL": shop.penstock.stored.control}
    quiet = asyncio.subprocess.DEVNULL
    return asyncio.ensure_future(
        asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet, env=environment, preexec_fn=_heeding)
    )


def _heeding() -> None:
    """Let Ctrl-C have its usual effect: whoever runs the tests in the background ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


async def _busy_fork(folder: Path) -> tuple[Path, int]:
    """Return the folder of a fork in which orders are placed, and the process of its server."""
    async with asyncio.timeout(60):
        while True:
            for fork in (folder / "forks").glob("*/"):
                if any(socket_directory(fork).glob(".s.PGSQL.*")) and await _placed(fork) > 0:
                    return fork, int((fork / "postgres" / "postmaster.pid").read_text().split()[0])
            await asyncio.sleep(0.05)


async def _placed(fork: Path) -> int:
    try:
        connection = await asyncpg.connect(user="penstock", host=str(socket_directory(fork)), database="variant_0")
    except (OSError, asyncpg.PostgresError):
        return 0
    try:
        return int(await connection.fetchval("SELECT count(*) FROM orders WHERE ref LIKE 'SIM-%'"))
    finally:
        await connection.close()


async def _ended(pid: int) -> None:
    process = Path(f"/proc/{pid}")
    await until_true(lambda: not process.exists(), seconds=60, every=0.05)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
async def test_who_stops_a_simulation_finds_nothing_left(shop: Stage, tmp_path: Path, signum: signal.Signals) -> None:
    await shop.fill(DC_01={"JEANS": 9})
    await shop.buy("K1", ("JEANS", 1))
    process = await _simulating(shop, tmp_path)
    fork, server = await _busy_fork(tmp_path)
    process.send_signal(signum)
    async with asyncio.timeout(60):
        assert await process.wait() == 1
    await _ended(server)
    assert not fork.exists()


async def test_a_killed_simulation_is_gone_after_the_next_start(shop: Stage, tmp_path: Path) -> None:
    await shop.fill(DC_01={"JEANS": 9})
    await shop.buy("K1", ("JEANS", 1))
    process = await _simulating(shop, tmp_path)
    fork, server = await _busy_fork(tmp_path)
    sweep(tmp_path)
    assert fork.exists(), "one that runs is left alone"
    process.kill()
    await process.wait()
    await _ended(server)
    assert fork.exists()
    await simulated(shop, tmp_path)
    assert not list((tmp_path / "forks").glob("*/"))
    assert await shop.statuses("K1") == ["PICK_PACK", "DC-01 ASSIGNED"]
