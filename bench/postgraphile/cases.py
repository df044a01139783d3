"""What is measured: documents, how their values are drawn, how often they are sent, and the bars."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.postgraphile.documents import CURSORS, HUNDRED_AFTER, HUNDRED_ORDERS, MIXED, ONE_ORDER, with_variables
from bench.tools.client import connect, post

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from bench.postgraphile.documents import Pair, Values
    from bench.postgraphile.rival import Rival
    from bench.tools.house import House, Site

PAGES = (5, 10, 20)


@dataclass(frozen=True)
class Case:
    """A document, and a bar for each ratio; ``draw`` gives the values of a request, ours and theirs.

    In a round Penstock gets ``ours`` requests, PostGraphile ``theirs``, so that both rounds last a few seconds.
    """

    name: str
    pair: Pair
    inlined: Pair
    draw: Callable[[Random], tuple[Values, Values]]
    ours: int
    theirs: int
    rows: range
    faster: float
    cheaper: float


@dataclass
class Stored:
    """What the values are drawn from."""

    retailer: str
    refs: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    cursors: list[tuple[str, str]] = field(default_factory=list)

    def one(self, random: Random) -> tuple[Values, Values]:
        """Draw an order by its ref."""
        return self._both({"ref": random.choice(self.refs)})

    def page(self, random: Random) -> tuple[Values, Values]:
        """Draw the order behind which a page begins: its cursor in both applications."""
        ours, theirs = random.choice(self.cursors)
        return {"after": ours}, {"after": theirs, "retailer": self.retailer}

    def mixed(self, random: Random) -> tuple[Values, Values]:
        """Draw a status, a page size, a location, an order, and what is left out."""
        return self._both(
            {
                "status": random.choice(("BOOKED", "PICK_PACK")),
                "page": random.choice(PAGES),
                "place": random.choice(self.places),
                "order": random.choice(self.ids),
                "lines": random.choice((True, False)),
                "brief": random.choice((True, False)),
            }
        )

    def _both(self, values: Values) -> tuple[Values, Values]:
        return values, values | {"retailer": self.retailer}


async def stored(house: House, site: Site, other: Rival) -> Stored:
    """Read what the values are drawn from."""
    async with house.sql() as sql:
        orders = await sql.fetch("SELECT id::text, ref FROM orders ORDER BY id")
        places = await sql.fetch("SELECT ref FROM location ORDER BY id")
    retailer = site.connection.retailer_id
    ours = await _cursors(site.port, post("/graphql", site.token, {"query": CURSORS.ours}))
    theirs = await _cursors(
        other.port, post("/graphql", site.token, with_variables(CURSORS.theirs, {"retailer": retailer}))
    )
    return Stored(
        retailer,
        [o["ref"] for o in orders],
        [o["id"] for o in orders],
        [p["ref"] for p in places],
        list(zip(ours, theirs, strict=True)),
    )


async def _cursors(port: int, request: bytes) -> list[str]:
    caller = await connect(port)
    answer = json.loads(await caller.call(request))
    caller.close()
    return [edge["cursor"] for edge in answer["data"]["orders"]["edges"]]


def cases(known: Stored) -> tuple[Case, ...]:
    """Return the three documents."""
    return (
        Case(
            "one order with items, products, customer, fulfilments and their items",
            ONE_ORDER,
            ONE_ORDER,
            known.one,
            ours=4000,
            theirs=1600,
            rows=range(3, 61),
            faster=1.7,
            cheaper=2.5,
        ),
        Case(
            "100 orders with 10 items each",
            HUNDRED_ORDERS,
            HUNDRED_AFTER,
            known.page,
            ours=1200,
            theirs=160,
            rows=range(1100, 1101),
            faster=4,
            cheaper=8,
        ),
        Case(
            "a page of orders, a location, an order; variables, fragments, @include and @skip",
            MIXED,
            MIXED,
            known.mixed,
            ours=3200,
            theirs=800,
            rows=range(6, 151),
            faster=3,
            cheaper=5,
        ),
    )
