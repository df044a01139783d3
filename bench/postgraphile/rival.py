"""PostGraphile as a process: one, as ours is one, on the same database with the same rights."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hatch_build import npm_ci

from bench.tools.node import NODE
from penstock.database.pools import MOST_CONNECTIONS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.tools.house import House

FOLDER = Path(__file__).parent / "server"


@dataclass(frozen=True)
class Rival:
    """Where it answers, and its process."""

    port: int
    process: int


@asynccontextmanager
async def rival(house: House) -> AsyncIterator[Rival]:
    """Install PostGraphile where that was not done before, and run it."""
    npm_ci(FOLDER)
    process = await asyncio.create_subprocess_exec(
        NODE,
        "serve.mjs",
        cwd=FOLDER,
        env=os.environ | _environment(house),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        port = (await process.stdout.readline()).decode().strip()
        assert port, "PostGraphile did not start: see its message above"
        yield Rival(int(port), process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def version() -> str:
    """Return the version that the lock file pins."""
    locked = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    return str(locked["packages"]["node_modules/postgraphile"]["version"])


def _environment(house: House) -> dict[str, str]:
    return {
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
        "DATABASE_URL": house.dsn,
        "CONNECTIONS": str(MOST_CONNECTIONS),
    }
