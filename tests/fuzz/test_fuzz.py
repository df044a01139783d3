"""The fuzzer in a size for every day, and that what it looks for would be found; ``make fuzz`` runs the whole."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
from aiohttp import web
from aiohttp.test_utils import TestServer
from bench.fuzzing.report import complaints
from bench.fuzzing.tally import Tally
from bench.fuzzing.watching import watching

ROOT = Path(__file__).parents[2]


def test_nothing_is_wrong_with_a_few_hundred_operations() -> None:
    command = [sys.executable, "-m", "bench.fuzz", "--operations", "250", "--patience", "4"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "with seed 1: nothing wrong" in done.stdout
    assert "REST from OpenAPI" in done.stdout


async def _slow_health(_request: web.Request) -> web.Response:
    await asyncio.sleep(2.1)
    return web.Response()


async def test_a_slow_statement_and_a_held_loop_are_found(postgres: str) -> None:
    application = web.Application()
    application.router.add_get("/health/live", _slow_health)
    nowhere: Any = None  # nothing is sent
    tally = Tally(nowhere, 0, current="a query")
    connection = await asyncpg.connect(postgres)
    async with TestServer(application) as server, watching(str(server.make_url("")), postgres, tally) as watch:
        await connection.execute("SELECT pg_sleep(1.3)")
        await asyncio.sleep(1.5)
    await connection.close()
    slow, held = complaints(tally, watch)
    assert slow.startswith("a statement ran for 1.")
    assert "pg_sleep(1.3)" in slow
    assert held.startswith("the API let a small request wait for 2.")
    assert "a query" in held
