"""Writes: createOrder with three lines over HTTP against a script of pgbench that inserts the same rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.tools import cpu
from bench.tools.client import hammer
from bench.tools.pgbench import Pace, pgbench
from bench.tools.shop import FOREIGN, orders_of
from bench.tools.table import Row

if TYPE_CHECKING:
    from collections.abc import Iterable

    import asyncpg

    from bench.tools.house import House, Site

ROUNDS = 5
CLIENTS = (8, 16)  # at once: some, and more than both need for their best
ORDERS = 800  # in a round
HALF = 0.5

# The rows of an order just accepted, table by table.
_ROWS = (
    ("orders", "id = $1"),
    ("address", "order_id = $1"),
    ("fulfilment_choice", "order_id = $1"),
    ("order_item", "order_id = $1"),
    ("pending_event", "entity_id = $1"),
)
_TYPES = """
SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' ORDER BY attnum"""
_DRAWN = {
    ("orders", "ref"): "(:base::bigint)::text",
    ("pending_event", "id"): "uuidv7()",
    ("pending_event", "lane"): ":lane",
}
_COLON, _SPLIT = re.compile(r":(?=[A-Za-z])"), ":' || '"
_PER_CLIENT, _PER_ORDER = 10_000_000_000_000_000, 10  # ids


async def writes(house: House) -> list[Row]:
    """Return the rates, their ratio, and the rows that both write."""
    async with house.serving() as site:
        await hammer(site.port, (await orders_of(house, site)).requests(200), CLIENTS[0])
        async with house.sql() as sql:
            inserts, told = await _inserts(sql)
        ours: dict[int, list[Round]] = {clients: [] for clients in CLIENTS}
        theirs: dict[int, list[Pace]] = {clients: [] for clients in CLIENTS}
        for _ in range(ROUNDS):
            for clients in CLIENTS:
                ours[clients].append(await _round(house, site, clients))
                pace = await pgbench(house, _script(inserts), clients=clients, each=ORDERS // clients)
                theirs[clients].append(pace)
        async with house.sql() as sql:
            await sql.execute("TRUNCATE pending_event")  # what they ask for is not done here
            await sql.execute("SET session_replication_role = replica")  # no foreign keys: the rows go together
            for table, _ in _ROWS[:-1]:
                await sql.execute(f"DELETE FROM {table} WHERE id > $1", FOREIGN)
            await sql.execute("VACUUM ANALYZE")
    return _report(ours, theirs, told)


def _report(ours: dict[int, list[Round]], theirs: dict[int, list[Pace]], told: str) -> list[Row]:
    rates = {clients: median(r.rate for r in rounds) for clients, rounds in ours.items()}
    limits = {clients: median(p.rate for p in paces) for clients, paces in theirs.items()}
    rate, limit = max(rates.values()), max(limits.values())
    best = Row(
        "createOrder, the best of both",
        f"{rate:.0f}/s, {rate / limit:.2f} of the limit",
        f"{limit:.0f}/s under pgbench",
        f"at least {HALF}",
        rate / limit >= HALF,
    )
    return [best, *(_row(c, ours[c], theirs[c]) for c in ours), Row("rows of one, both ways", told)]


def _row(clients: int, ours: list[Round], theirs: list[Pace]) -> Row:
    rate, limit = median(r.rate for r in ours), median(p.rate for p in theirs)
    api, server = median(r.api for r in ours), median(r.server for r in ours)
    return Row(
        f"with {clients} clients: rate, CPU of one",
        f"{rate:.0f}/s, {rate / limit:.2f} of the limit; {api * 1000:.2f} ms API + {server * 1000:.2f} ms PostgreSQL",
        f"{limit:.0f}/s; {median(p.server for p in theirs) * 1000:.2f} ms PostgreSQL",
    )


@dataclass(frozen=True)
class Round:
    """Orders a second, and the CPU seconds of API and server for one."""

    rate: float
    api: float
    server: float


async def _round(house: House, site: Site, clients: int) -> Round:
    requests = list((await orders_of(house, site)).requests(ORDERS))
    api, server = cpu.of_process(site.api), cpu.of_server(house.server.pid)
    taken = await hammer(site.port, requests, clients)
    used = cpu.of_server(house.server.pid) - server
    return Round(ORDERS / taken, (cpu.of_process(site.api) - api) / ORDERS, used / ORDERS)


async def _inserts(sql: asyncpg.Connection) -> tuple[list[str], str]:
    """Return one INSERT a table with the values of the newest order, its ids replaced; and what the rows are."""
    order = await sql.fetchval("SELECT max(entity_id) FROM pending_event WHERE entity_type = 'ORDER'")
    found = {t: await sql.fetch(f"SELECT * FROM {t} WHERE {where} ORDER BY id", order) for t, where in _ROWS}
    ids = [r["id"] for t, rows in found.items() if t != "pending_event" for r in rows]
    numbers = {id_: f"(:base::bigint + {n})" for n, id_ in enumerate(ids)}
    inserts = [await _insert(sql, table, rows, numbers) for table, rows in found.items()]
    return inserts, ", ".join(f"{len(rows)} {table}" for table, rows in found.items())


async def _insert(sql: asyncpg.Connection, table: str, rows: list[Any], numbers: dict[int, str]) -> str:
    types = {r["name"]: r["type"] for r in await sql.fetch(_TYPES, table)}
    lines = []
    for row in rows:
        values = [await _value(sql, (table, column), type_, row[column], numbers) for column, type_ in types.items()]
        lines.append(f"({', '.join(values)})")
    return f"INSERT INTO {table} ({', '.join(types)}) VALUES {', '.join(lines)};"


async def _value(
    sql: asyncpg.Connection, column: tuple[str, str], type_: str, value: Any, numbers: dict[int, str]
) -> str:
    if column in _DRAWN:
        return _DRAWN[column]
    if value is None:
        return "NULL"
    if type_ == "bigint":
        return numbers.get(value, str(value))
    literal: str = await sql.fetchval("SELECT quote_literal($1::text)", str(value))
    # pgbench takes a colon and a letter for a variable.
    return f"({_COLON.sub(_SPLIT, literal)})::{type_}"


def _script(inserts: Iterable[str]) -> str:
    """Return the script: a transaction with one INSERT a table; ids count up on every client, as ours do."""
    lines = [
        f"\\set n :n + {_PER_ORDER}",
        f"\\set base :start + :client_id * {_PER_CLIENT} + :n",
        "\\set lane random(1, 9000000000000000000)",
        "BEGIN;",
        *inserts,
        "COMMIT;",
    ]
    return "\n".join(lines) + "\n"
