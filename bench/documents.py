"""Ten thousand documents of different shapes: what is kept of them, how much memory that takes, what it saves."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from statistics import mean
from typing import TYPE_CHECKING

from bench.tools import cpu
from bench.tools.client import hammer, post
from bench.tools.counted import counting
from bench.tools.drawn import documents as drawn
from bench.tools.memory import own, resident
from bench.tools.table import Row, at_most
from penstock.api.graphql.service import CHARACTERS_KEPT, DOCUMENTS_KEPT, TEXTS_KEPT
from penstock.database.pools import MOST_CONNECTIONS, STATEMENTS_KEPT_PER_CONNECTION

if TYPE_CHECKING:
    from collections import Counter

    from bench.tools.counted import Counting
    from bench.tools.house import House, Site

DOCUMENTS = 10_000
DRAWN = 20_000  # requests in which some documents are popular
UNTIL_FULL = 2_000
REPEATED, TIMES = 50, 40

# What the limits are made of. A kept document takes so many bytes for each character of it; a prepared statement
# holds its text and its description here, and its plan in its backend, which has an allowance of its own.
BYTES_A_CHARACTER, BYTES_A_STATEMENT = 300, 20_000
BYTES_A_STATEMENT_IN_BACKEND, MB_OF_A_BACKEND = 316 * 1024, 16
MB_AFTER_FULL = 16  # for what the collector of cycles has not looked at yet
_MB = 1_000_000
_SEED = 20_265

_BACKENDS = """
SELECT pid FROM pg_stat_activity WHERE application_name = 'penstock' AND datname = current_database()"""


async def documents(house: House) -> list[Row]:
    """Return memory, hits and costs."""
    random = Random(_SEED)
    texts = drawn(random, DOCUMENTS)
    async with house.serving() as site, counting(house) as api:
        sending = _Sending(house, site, api)
        await sending.of(["{ me { id } }"], 1)
        empty = resident(api.process)
        await sending.of(texts[:UNTIL_FULL])
        full = resident(api.process)
        different = await sending.of(texts[UNTIL_FULL:])
        after = resident(api.process)
        popular = await sending.of(random.choices(texts, [1 / n for n in range(1, DOCUMENTS + 1)], k=DRAWN))
        backends = await _backends(house)
        await sending.of(texts[:REPEATED], 1)
        again = await sending.of(texts[:REPEATED] * TIMES, 1)
    return [
        *_memory(mean(map(len, texts)), empty, full, after, backends),
        Row("all different: found among what is kept", different.hits),
        Row(f"Zipf's popularity, {DRAWN:,} requests: found among what is kept", popular.hits),
        Row("CPU of the application, a document never seen before", f"{different.ms:.2f} ms"),
        Row("CPU of the application, a document that is kept", f"{again.ms:.2f} ms", again.hits),
    ]


def _memory(length: float, empty: float, full: float, after: float, backends: list[float]) -> list[Row]:
    """Return what the API process and its backends hold, against what the caches may come to."""
    characters = min(DOCUMENTS_KEPT * length, CHARACTERS_KEPT)
    statements = MOST_CONNECTIONS * STATEMENTS_KEPT_PER_CONNECTION
    process = (characters * BYTES_A_CHARACTER + statements * BYTES_A_STATEMENT) / _MB
    backend = STATEMENTS_KEPT_PER_CONNECTION * BYTES_A_STATEMENT_IN_BACKEND / _MB + MB_OF_A_BACKEND
    kept = f"{DOCUMENTS_KEPT} documents of {length:.0f} characters, {statements} statements"
    return [
        at_most(
            "API process: memory for documents", full - empty, round(process), "MB", f"{kept}; {empty:.0f} MB empty"
        ),
        at_most(
            "API process: growth when all that is kept has been replaced many times",
            after - full,
            MB_AFTER_FULL,
            "MB",
            f"{after:.0f} MB after {DOCUMENTS:,} documents",
        ),
        at_most(
            f"PostgreSQL: own memory of the largest of {len(backends)} backends",
            max(backends),
            round(backend),
            "MB",
            f"{STATEMENTS_KEPT_PER_CONNECTION} statements in each; {sum(backends):.0f} MB in all",
        ),
    ]


async def _backends(house: House) -> list[float]:
    async with house.sql() as sql:
        return [own(row["pid"]) for row in await sql.fetch(_BACKENDS)]


@dataclass(frozen=True)
class _Sent:
    """What requests took of the API process, and what was made for them."""

    requests: int
    seconds: float
    made: Counter[str]

    @property
    def ms(self) -> float:
        """Milliseconds of CPU a request."""
        return self.seconds / self.requests * 1000

    @property
    def hits(self) -> str:
        """The share of requests that found each thing."""
        shares = {name: max(0.0, 1 - self.made[name] / self.requests) for name in _KEPT}
        return ", ".join(f"{_KEPT[name]} {share:.0%}" for name, share in shares.items())


_KEPT = {"texts": f"{TEXTS_KEPT} texts", "documents": "documents", "plans": "plans", "statements": "statements"}


@dataclass(frozen=True)
class _Sending:
    house: House
    site: Site
    api: Counting

    async def of(self, texts: list[str], clients: int = MOST_CONNECTIONS) -> _Sent:
        """Send documents, in order."""
        made, seconds = await self.api.made(), cpu.of_process(self.api.process)
        await hammer(self.api.port, (post("/graphql", self.site.token, {"query": t}) for t in texts), clients)
        used = cpu.of_process(self.api.process) - seconds
        return _Sent(len(texts), used, await self.api.made() - made)
