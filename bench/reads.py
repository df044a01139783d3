"""Reads: queries over HTTP against the same SQL under pgbench."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.tools.bare import bare
from bench.tools.client import hammer, post
from bench.tools.pgbench import Pace, pgbench
from bench.tools.rounds import CLIENTS, Figures, figures
from bench.tools.statements import statements_of
from bench.tools.table import Row, at_most

if TYPE_CHECKING:
    from bench.tools.house import House, Site

ROUNDS = 5
PAGE, LINES = 100, 10  # orders, and items of each
MS_OF_APP = 0.4
_SEED = 20_262

ONE = """query ($ref: String!) { order(ref: $ref) {
  id ref type status createdOn totalPrice
  customer { id username firstName lastName primaryEmail }
  items(first: 20) { edges { node {
    id ref quantity price totalPrice currency product { ... on StandardProduct { ref name } } } } }
  fulfilments(first: 20) { edges { node { id ref status type fromLocation { ref }
    items(first: 20) { edges { node { ref requestedQuantity filledQuantity } } } } } } } }"""
HUNDRED = """{ orders(first: 100) { edges { node { id ref type status createdOn totalPrice
  items(first: 10) { edges { node { id ref quantity price totalPrice currency status } } } } } } }"""


@dataclass(frozen=True)
class Case:
    """A query, how often it is sent in a round, and the bar of its ratio."""

    name: str
    query: str
    each: int
    bar: float
    by_ref: bool


CASES = (
    Case("one order with items, customer, fulfilments and their items", ONE, 1500, 1.8, by_ref=True),
    Case("100 orders with 10 items each", HUNDRED, 60, 1.2, by_ref=False),
)


async def reads(house: House) -> list[Row]:
    """Return statements, CPU of the application, and the ratio to pgbench, of each case."""
    rows: list[Row] = []
    async with house.sql() as sql:
        refs = [r["ref"] for r in await sql.fetch("SELECT ref FROM orders ORDER BY ref")]
        newest = await sql.fetch("SELECT id FROM orders ORDER BY created_on DESC, id DESC LIMIT $1", PAGE)
        lines = await sql.fetchval(
            "SELECT count(*) FROM order_item WHERE order_id = ANY($1)", [r["id"] for r in newest]
        )
    assert lines == PAGE * LINES, f"the newest {PAGE} orders have {lines} items"
    async with house.serving() as site:
        for case in CASES:
            rows += await _case(house, site, case, refs)
    return rows


async def _case(house: House, site: Site, case: Case, refs: list[str]) -> list[Row]:
    random = Random(_SEED)
    sent = [_request(site, case, random.choice(refs)) for _ in range(CLIENTS * case.each)]
    await hammer(site.port, sent[:200], CLIENTS)
    statements = await statements_of(house, site.port, _request(site, case, refs[0]))
    script = _script(statements[-1], refs)
    ours: list[Figures] = []
    least: list[Figures] = []
    theirs: list[Pace] = []
    async with bare(house, statements[-1].partition("\n")[0], CLIENTS) as (port, process):
        await hammer(port, sent[:200], CLIENTS)
        for _ in range(ROUNDS):
            ours.append(await figures(house, site.port, site.api, sent))
            least.append(await figures(house, port, process, sent))
            theirs.append(await pgbench(house, script, clients=CLIENTS, each=case.each))
    return _rows(case, statements, ours, least, theirs)


def _rows(
    case: Case, statements: list[str], ours: list[Figures], least: list[Figures], theirs: list[Pace]
) -> list[Row]:
    app, server = median(o.app for o in ours), median(o.server for o in ours)
    alone, client = median(t.server for t in theirs), median(t.client for t in theirs)
    limit = f"PostgreSQL {alone * 1000:.3f} ms under pgbench (itself {client * 1000:.3f} ms)"
    figure = f"{app * 1000:.3f} ms application + {server * 1000:.3f} ms PostgreSQL"
    ratio = (app + server) / (alone + client)
    bare_app, bare_server = median(b.app for b in least), median(b.server for b in least)
    bare_ratio = (bare_app + bare_server) / (alone + client)
    pace = f"{median(o.rate for o in ours):.0f}/s", f"{median(t.rate for t in theirs):.0f}/s under pgbench"
    return [
        at_most(f"{case.name}: statements", len(statements), 1, ""),
        at_most(f"{case.name}: CPU of the application", app * 1000, MS_OF_APP, "ms"),
        Row(
            f"{case.name}: CPU against pgbench",
            f"{ratio:.2f}x: {figure}",
            limit,
            f"at most {case.bar}x",
            ratio <= case.bar,
        ),
        Row(
            f"{case.name}: the same statement behind nothing but the HTTP server and the driver",
            f"{bare_ratio:.2f}x: {bare_app * 1000:.3f} ms application + {bare_server * 1000:.3f} ms PostgreSQL",
        ),
        Row(f"{case.name}: pace of one API process", *pace),
    ]


def _request(site: Site, case: Case, ref: str) -> bytes:
    body: dict[str, Any] = {"query": case.query}
    if case.by_ref:
        body["variables"] = {"ref": ref}
    return post("/graphql", site.token, body)


def _script(sql: str, refs: list[str]) -> str:
    """Return the statement as a script of pgbench, which draws the order's ref as we do.

    pgbench takes a colon and a letter for a variable, in literals too; the literal is split there, which the
    planner undoes.
    """
    text = re.sub(r":(?=[A-Z])", ":' || '", sql.strip())
    numbers = sorted(map(int, refs))
    assert numbers[-1] - numbers[0] == len(numbers) - 1, "the refs of the stored orders have gaps"
    return f"\\set ref random({numbers[0]}, {numbers[-1]})\n{text.replace('$1', ':ref')};\n"
