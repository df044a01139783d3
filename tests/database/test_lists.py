"""Lists of very many rows: runs of an index, and the end of a search that no index helps (spec 12 §4, §5)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from planned import ask, insert, page, principal

from conftest import create_database, drop_database
from penstock.api.graphql import service
from penstock.database.pools import Database
from penstock.demo.load.until import until
from penstock.identity.principal import Scope
from penstock.model import lists
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Stream
    from penstock.identity.principal import Principal

LINES = "{ edges { node { ref } cursor } pageInfo { hasNextPage hasPreviousPage } }"
ORDERS = [  # (retailer, status, type, customer)
    (1 + n % 2, ("BOOKED", "SENT", "LOST")[n % 3], ("HD", "CC")[n // 3 % 2], 1 + n % 5) for n in range(60)
]


@pytest.fixture(scope="module")
async def orders(postgres: str, templates: dict[Stream, str]) -> AsyncIterator[Database]:
    url = await create_database(postgres, template=templates["account"])
    database = await Database.open(url)
    for retailer in (1, 2, 3):
        await insert(database, "retailer", id=retailer, ref=f"R{retailer}")
    for number in range(1, 6):
        await insert(database, "customer", id=number, ref=f"C{number}", username=f"C{number}", retailer_id=1)
    for n, (retailer, status, kind, customer) in enumerate(ORDERS):
        values = {"id": n, "ref": f"{n}", "retailer_id": retailer, "status": status, "type": kind}
        await insert(database, "orders", customer_id=customer, **values)
    yield database
    await database.close()
    await drop_database(postgres, url)


def expected(**wanted: tuple[Any, ...]) -> list[str]:
    """Return the refs of the orders that fit, newest first."""
    names = ("retailer", "status", "type", "customer")
    fits = [
        f"{n}"
        for n, row in enumerate(ORDERS)
        if all(value in wanted[name] for name, value in zip(names, row, strict=True) if name in wanted)
    ]
    return fits[::-1]


CASES = {
    'status: ["SENT", "LOST", "SENT"]': expected(status=("SENT", "LOST")),
    'status: "SENT"': expected(status=("SENT",)),
    'status: ["SENT", "BOOKED"], type: ["CC"]': expected(status=("SENT", "BOOKED"), type=("CC",)),
    'status: ["SENT", "NEVER"], type: ["CC", "HD"], retailerId: 2': expected(status=("SENT",), retailer=(2,)),
    "retailerId: [1, 2]": expected(),
    'customerLink: {ref: "C2"}': expected(customer=(2,)),
    'customerLink: {ref: "C2"}, status: ["LOST", "SENT"]': expected(customer=(2,), status=("LOST", "SENT")),
    'status: ["S%", "LOST"]': expected(status=("SENT", "LOST")),
    'ref: ["7", "8", "59"]': ["59", "8", "7"],
}
SEEN = {
    "everything": (Scope(everything=True), (1, 2)),
    "one retailer": (Scope(retailers=frozenset({2})), (2,)),
    "two retailers": (Scope(retailers=frozenset({1, 2})), (1, 2)),
    "a retailer without orders": (Scope(retailers=frozenset({3})), ()),
}


async def _paged(database: Database, who: Principal, arguments: str, size: int, *, backwards: bool) -> list[str]:
    found: list[str] = []
    edge = ""
    while True:
        side = f"{'last' if backwards else 'first'}: {size}{edge}"
        answer = await ask(database, f"{{ orders({arguments}, {side}) {LINES} }}", who=who)
        these, info = page(answer)
        found = these + found if backwards else found + these
        if not info["hasPreviousPage" if backwards else "hasNextPage"]:
            return found
        edges = answer["data"]["orders"]["edges"]
        edge = f', before: "{edges[0]["cursor"]}"' if backwards else f', after: "{edges[-1]["cursor"]}"'


# Who names a retailer that they do not see is refused: tests/api/test_permissions.py.
BOTH = [(a, s) for a in CASES for s in SEEN if "retailerId" not in a or s in {"everything", "two retailers"}]


@pytest.mark.parametrize(("arguments", "seen"), BOTH)
async def test_runs_make_one_list(orders: Database, arguments: str, seen: str) -> None:
    scope, retailers = SEEN[seen]
    who = principal(scope)
    wanted = [ref for ref in CASES[arguments] if ORDERS[int(ref)][0] in retailers]
    for size in (1, 7, 100):
        assert await _paged(orders, who, arguments, size, backwards=False) == wanted
        assert await _paged(orders, who, arguments, size, backwards=True) == wanted


def refs(answer: Any) -> list[str]:
    return [e["node"]["ref"] for e in answer["data"]["orders"]["edges"]]


async def _stopped(database: Database) -> bool:
    running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%total_price = $%' AND state = 'active'"
    return not await database.fetchval(f"{running} AND pid <> pg_backend_pid()")


async def test_a_search_that_takes_too_long_ends_with_what_to_add(
    orders: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SEARCH_SECONDS", 0.2)
    slow, quick = (
        "{ orders(totalPrice: 12.5) { edges { node { ref } } } }",
        '{ orders(ref: "7") { edges { node { ref } } } }',
    )
    async with orders.transaction() as other:
        await other.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")  # nothing is found before this ends
        waiting = asyncio.create_task(ask(orders, quick))
        answer = await ask(orders, slow)
        await until(lambda: _stopped(orders), "the server stops it", seconds=60)
    (error,) = answer["errors"]
    assert answer["data"] is None
    assert error["extensions"]["code"] == "C0001E"
    assert error["message"] == (
        "C0001E - orders by totalPrice: so many rows cannot be looked through within 0.2 s. Add a filter that leads to "
        "few of them: ref, customerLink, status and type, status, type, updatedOn, createdOn"
    )
    assert refs(await waiting) == ["7"], "a published filter has the time of any statement"
    assert refs(await ask(orders, slow)) == []


async def test_very_many_runs_end_too(orders: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "SEARCH_SECONDS", 0.3)
    query = "query ($s: [String], $t: [String!]) { orders(status: $s, type: $t) { edges { node { ref } } } }"
    many = [f"{n}" for n in range(5_000)]
    answer = await ask(orders, query, {"s": many, "t": many})
    assert answer["errors"][0]["message"].startswith("C0001E - orders by type, status: so many rows")
    few = await ask(orders, query, {"s": ["SENT", *many[:100]], "t": ["CC"]})
    assert refs(few) == expected(status=("SENT",), type=("CC",))[:10]


@pytest.mark.parametrize("name", sorted(e.name for e in MODEL.entities if e.listed_by))
async def test_published_filters_are_filters_with_an_index(orders: Database, name: str) -> None:
    entity = MODEL.entity(name)
    rows = await orders.fetch("SELECT indexdef FROM pg_indexes WHERE tablename = $1", entity.table)
    there = [row["indexdef"].partition("(")[2].partition(")")[0].split(", ") for row in rows]
    for words in entity.listed_by:
        columns = [lists.column(entity, word) for word in words.split()]
        owner = lists.owner(MODEL, entity)
        good = [i for i in there if {*columns} <= {*i} and (owner is None or owner in i or len(i) == len(columns))]
        assert good, (words, there)
