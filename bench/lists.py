"""Root lists among a million orders: the published filters by page, and every other one against its limit."""

from __future__ import annotations

import json
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.growth import FEW, ORDERS
from bench.tools.client import connect, post
from bench.tools.cost import cost_of_orders
from bench.tools.inside import working_in
from bench.tools.stored import stored_orders
from bench.tools.table import Row
from bench.tools.varied import varied_orders
from penstock.api.graphql.filters import filters
from penstock.api.graphql.service import SEARCH_SECONDS
from penstock.model import lists as goes
from penstock.model.identifiers import shown
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column, One, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import asyncpg

    from bench.tools.client import Caller
    from bench.tools.cost import Cost
    from bench.tools.house import House, Site
    from bench.tools.inside import Inside
    from penstock.api.graphql.filters import Argument
    from penstock.model.vocabulary import Entity

PAGES = 1_000
SIZE = 10
VALUES = 20
ROUNDS = 10
COSTLY_ROUNDS = 7
P99_MS = 20.0
ROOM_MS = 100.0  # for the answer that says no
RECENT = timedelta(days=1)  # what clients ask for that poll by date of change
_SEED = 20_263
_PAGE = "edges { node { id createdOn updatedOn } cursor } pageInfo { hasNextPage hasPreviousPage }"


@dataclass
class Timings:
    """Milliseconds of the requests of one kind of page."""

    ms: list[float] = field(default_factory=list)

    def at(self, share: float) -> float:
        """Return a percentile."""
        return sorted(self.ms)[min(len(self.ms) - 1, int(len(self.ms) * share))]

    def __str__(self) -> str:
        return f"{self.at(0.5):.1f} / {self.at(0.99):.1f}"


async def lists(data: Path, orders: int) -> list[Row]:
    """Return the figures of every list among so many orders, and what its indexes cost an order."""
    async with varied_orders(data / f"varied-{orders}", orders) as house:
        rows = await listed(house)
    return [*rows, *await _indexes(data)]


async def listed(house: House) -> list[Row]:
    """Return the figures of every list whose rows are stored here."""
    rows: list[Row] = []
    async with house.serving() as site, house.sql() as sql:
        caller = await connect(site.port)
        asking = _Lists(site, caller, sql)
        for entity in MODEL.entities:
            if entity.plural and entity.listed_by and await _stored(sql, entity):
                rows += await asking.published(entity)
                rows.append(await asking.others(entity))
        caller.close()
    return rows


async def _stored(sql: asyncpg.Connection, entity: Entity) -> int:
    rows: float = await sql.fetchval("SELECT reltuples FROM pg_class WHERE relname = $1", entity.table)
    return int(rows) if rows >= PAGES else 0


class _Lists:
    """Asks for lists over one connection."""

    def __init__(self, site: Site, caller: Caller, sql: asyncpg.Connection) -> None:
        self._site, self._caller, self._sql = site, caller, sql
        self._random = Random(_SEED)

    async def published(self, entity: Entity) -> list[Row]:
        """Time the first and a late page of the whole list and of each published filter."""
        found = []
        for words in ("", *entity.listed_by):
            first, late = Timings(), Timings()
            values = await self._values(entity, words.split())
            if not values:
                continue  # a column that none of the rows here has
            cursors = [await self._late(entity, v) for v in values]
            for number in range(ROUNDS + 1):
                for value, cursor in zip(values, cursors, strict=True):
                    early, later = await self._timed(entity, value), await self._timed(entity, value, cursor)
                    if number:  # the first round warms the caches
                        first.ms.append(early)
                        late.ms.append(later)
            worst = max(first.at(0.99), late.at(0.99))
            what = f"{entity.plural}({words.replace(' ', ', ')}), {len(values)} values"
            figure = f"first page {first} ms, page {PAGES:,} {late} ms"
            found.append(Row(what, figure, "p50 / p99", f"under {P99_MS:g} ms", worst < P99_MS))
        return found

    async def others(self, entity: Entity) -> Row:
        """Ask by every filter that is not published: an answer in time, or an error that says what to add."""
        quick = {w for words in entity.listed_by for w in words.split()} | {"createdOn", "retailerId"}
        slowest, name, refused, latest = 0.0, "", 0, 0.0
        others = [a for a in filters(entity.name) if a.name not in quick]
        for argument in others:
            for value in _anything(argument):
                ms, answer = await self._asked(entity, {argument.name: value})
                if "errors" in answer:
                    assert answer["errors"][0]["extensions"]["code"] == "C0001E", answer
                    assert argument.name in answer["errors"][0]["message"], answer
                    refused, latest = refused + 1, max(latest, ms)
                elif ms > slowest:
                    slowest, name = ms, argument.name
        what = f"{entity.plural}, the {len(others)} other filters, two values each"
        figure = f"slowest answer {slowest:.0f} ms ({name or 'none'})"
        if refused:
            figure += f", {refused} refused with what to add, the latest after {latest:.0f} ms"
        return Row(what, figure, "", f"{SEARCH_SECONDS:g} s or an error", slowest < SEARCH_SECONDS * 1000 + ROOM_MS)

    async def _values(self, entity: Entity, names: list[str]) -> list[dict[str, Any]]:
        """Draw values that occur, those of some rows and each of few, and one that does not."""
        if not names:
            return [{}]
        columns = [goes.column(entity, n) for n in names]
        kind = f" WHERE kind = '{entity.variant}'" if entity.variant else ""
        stored = await _stored(self._sql, entity)
        sample = (
            f"SELECT {', '.join(columns)} FROM {entity.table} TABLESAMPLE BERNOULLI({min(100, 5e6 / stored)}){kind}"
        )
        distinct = f"SELECT * FROM (SELECT DISTINCT {', '.join(columns)} FROM ({sample}) s) d"
        drawn = [tuple(r) for r in await self._sql.fetch(f"{distinct} ORDER BY random() LIMIT {VALUES}")]
        drawn += [tuple(r) for r in await self._sql.fetch(f"{sample} ORDER BY random() LIMIT {VALUES}")]
        whole = [row for row in drawn if None not in row]
        found = [{n: await self._value(entity, n, v) for n, v in zip(names, row, strict=True)} for row in whole]
        last = entity.field(names[-1])
        if found and isinstance(last, Column) and last.scalar is Scalar.STRING:
            found.append({**found[0], names[-1]: "nothing like it"})  # of which no statistics know how rare it is
        return found

    async def _value(self, entity: Entity, name: str, stored: Any) -> Any:
        """Return what a client gives for a stored value: links by ref, moments as ranges."""
        of = entity.field(name)
        if isinstance(of, One):
            table = MODEL.table_of(of.target).name
            return {"ref": await self._sql.fetchval(f"SELECT ref FROM {table} WHERE {of.match[0][0]} = $1", stored)}
        if isinstance(of, Column) and of.scalar is Scalar.DATETIME:
            newest = await self._sql.fetchval(f"SELECT max({of.column}) FROM {entity.table}")
            return {"from": max(stored, newest - RECENT).isoformat()}
        return shown(entity, stored) if isinstance(of, Column) and of.scalar is Scalar.ID else stored

    async def _late(self, entity: Entity, where: dict[str, Any]) -> str | None:
        """Return the cursor behind which page 1,000 begins, or the last but some."""
        cursor = None
        for size in (5_000, PAGES * SIZE - SIZE - 5_000):
            _, answer = await self._asked(entity, where, size, cursor)
            assert "errors" not in answer, (where, answer)
            edges = answer["data"][entity.plural]["edges"]
            if len(edges) < size:
                return edges[len(edges) // 2]["cursor"] if edges else cursor
            cursor = edges[-1]["cursor"]
        return cursor

    async def _timed(self, entity: Entity, where: dict[str, Any], after: str | None = None) -> float:
        ms, answer = await self._asked(entity, where, SIZE, after)
        assert "errors" not in answer, answer
        return ms

    async def _asked(
        self, entity: Entity, where: dict[str, Any], size: int = SIZE, after: str | None = None
    ) -> tuple[float, Any]:
        types = {a.name: a.type for a in filters(entity.name)}
        given = {**where, **({"after": after} if after else {})}
        declared = "".join(f", ${n}: {types.get(n, 'String')}" for n in given)
        passed = "".join(f", {n}: ${n}" for n in given)
        page = _PAGE if "createdOn" in entity.by_name else _PAGE.replace(" createdOn updatedOn", "")
        query = f"query ($first: Int{declared}) {{ {entity.plural}(first: $first{passed}) {{ {page} }} }}"
        request = post("/graphql", self._site.token, {"query": query, "variables": {"first": size, **given}})
        begun = time.perf_counter()
        body = await self._caller.call(request, errors=True)
        return (time.perf_counter() - begun) * 1000, json.loads(body)


async def _indexes(data: Path) -> list[Row]:
    """Return what an order costs with the indexes of lists, and without; by turns."""
    async with AsyncExitStack() as open_ones:
        places: list[tuple[House, Site, Inside]] = []
        for name in ("with", "without"):
            house = await open_ones.enter_async_context(stored_orders(data / f"orders-{name}", FEW))
            site = await open_ones.enter_async_context(house.serving())
            places.append((house, site, await open_ones.enter_async_context(working_in(house))))
        async with places[1][0].sql() as sql:
            dropped = await _drop(sql)
        costs: list[list[Cost]] = [[], []]
        for number in range(COSTLY_ROUNDS + 1):
            for place, found in zip(places, costs, strict=True):
                cost = await cost_of_orders(*place, ORDERS)
                if number:  # the first round warms the caches
                    found.append(cost)
    return [
        _cost(f"createOrder with the {dropped} indexes of lists", costs, lambda c: c.ms - c.ms_working),
        _cost("an order from accepted to assigned with them", costs, lambda c: c.ms_working),
    ]


def _cost(what: str, costs: list[list[Cost]], ms: Callable[[Cost], float]) -> Row:
    having, lacking = (median(ms(c) for c in found) for found in costs)
    return Row(what, f"{having:.2f} ms of CPU, {having / lacking:.2f}x", f"{lacking:.2f} ms without")


async def _drop(sql: asyncpg.Connection) -> int:
    """Drop the indexes that only lists need."""
    wanted = {
        f"{e.table} USING btree ({', '.join(columns)})"
        for e in MODEL.entities
        if e.listed_by
        for columns in goes.indexes(MODEL, e)
    }
    there = await sql.fetch(
        "SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE schemaname = 'public'"
    )
    names = [r["name"] for r in there if r["definition"].partition(" ON public.")[2] in wanted]
    for name in names:
        await sql.execute(f"DROP INDEX {name}")
    return len(names)


def _anything(argument: Argument) -> list[Any]:
    """Return two values for a filter, of which hardly anything is found."""
    kind = argument.type.strip("[]!")
    known: dict[str, list[Any]] = {
        "DateRange": [{"from": "2001-01-01T00:00:00Z", "to": "2001-02-01T00:00:00Z"}, {"to": "2001-01-01T00:00:00Z"}],
        "Int": [987_654, 1],
        "Float": [0.125, 1],
        "Boolean": [True, False],
        "ID": ["987654321", "1"],
        "String": ["nothing like it", "%like it%"],
    }
    return known.get(kind, [{"ref": "nothing like it"}, {"ref": "%like it%"}])
