"""What the database computes and answers about controls, compared with what Python says."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock

import pytest

from penstock.answers.categories import categories_of
from penstock.answers.promises import StockGuard
from penstock.answers.stock import promised_in
from penstock.inventory.ledger import REFRESH, SELLABLE
from penstock.inventory.selling import LARGEST, promisable, sellable
from penstock.model.writes import Changes
from penstock.orchestration.batch import Batch
from penstock.orchestration.configuration import Configuration
from penstock.orchestration.records import PendingEvent
from penstock.orchestration.run import Run
from penstock.rules import Promise
from penstock.rules.questions import CategoriesOf
from penstock.testing import row

if TYPE_CHECKING:
    from conftest import MakeDatabase
    from penstock.database.pools import Database

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CATALOGUES = [
    row("InventoryCatalogue", id=1, ref="DEFAULT:1", name="Stock", type="DEFAULT", status="ACTIVE"),
    row("VirtualCatalogue", id=2, ref="BASE:1", name="Base", type="BASE", status="ACTIVE"),
    row("ProductCatalogue", id=3, ref="PC:1", name="Products", type="MASTER", status="ACTIVE"),
]
_USUAL = {"workflow_ref": "W", "workflow_version": 1, "status": "ACTIVE", "type": "DEFAULT"}
Row = Any


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    """Return an account with catalogues."""
    made = await make_database("account")
    await _store(made, *CATALOGUES)
    return made


async def _store(database: Database, *rows: Row) -> None:
    changes = Changes()
    for each in rows:
        for column, value in _USUAL.items():
            if getattr(each, column) is None:
                setattr(each, column, value)
        changes.insert(each)
    async with database.transaction() as connection:
        await changes.write(connection)


def _cases() -> list[tuple[Row, Row]]:
    """Return inventory positions with the virtual positions over them, one of each kind."""
    stock = (-7, -1, 0, 1, 7, 10, LARGEST)
    kept: tuple[dict[str, Any], ...] = (
        {},
        {"buffer": -5},
        {"buffer": 5},
        {"share": 0},
        {"share": 80},
        {"share": 33},
        {"statuses": ["ACTIVE"]},
    )
    found = []
    for number, (on_hand, columns, status) in enumerate(
        itertools.product(stock, kept, ("ACTIVE", "AT_RISK", "OUT_OF_STOCK", "INACTIVE")), 100
    ):
        about = {"ref": f"P{number}", "product_ref": "P", "created_on": NOW, "updated_on": NOW}
        position = row("InventoryPosition", id=number, catalogue_id=1, on_hand=on_hand, status=status, **about)
        shown = row(
            "VirtualPosition", id=1000 + number, catalogue_id=2, position_id=number, quantity=3, **about, **columns
        )
        shown.status = "ACTIVE"
        found.append((position, shown))
    return found


async def test_the_database_shows_what_python_does(database: Database) -> None:
    cases = _cases()
    await _store(database, *(p for p, _ in cases), *(v for _, v in cases))
    await database.execute(REFRESH, [p.id for p, _ in cases], NOW)
    stored = dict(await database.fetch("SELECT position_id, quantity FROM virtual_position"))
    for position, shown in cases:
        shown.quantity = sellable(position, shown)
        assert stored[position.id] == shown.quantity, (position.on_hand, position.status, shown.columns)
    told = {r["position_id"]: r["quantity"] for r in await database.fetch(SELLABLE, ["BASE:1"], ["P"], [])}
    assert told == {p.id: units for p, v in cases if (units := promisable(p, v)) > 0}
    all_ids = [p.id for p, _ in cases]
    told = {r["position_id"]: r["quantity"] for r in await database.fetch(SELLABLE, ["BASE:1"], ["P"], all_ids)}
    assert told == {p.id: promisable(p, v) for p, v in cases if v.status != "INACTIVE"}


async def _promised(database: Database, units: int, *catalogues: str) -> bool:
    """Return whether units of position 100 are promised to an order that looked at these catalogues."""
    nothing: Any = None
    ids: Any = SimpleNamespace(reserve=AsyncMock(), take=lambda: 9_000)
    batch = Batch("ACME", Configuration(1), NOW, ids, nothing, lambda _: None)
    about: dict[str, Any] = {"entity_type": "ORDER", "attributes": {}, "created": NOW, "retailer_id": 1}
    run = Run(1, [PendingEvent(id=uuid.UUID(int=1), lane=1, name="CREATE", **about)])
    run.promises.append(Promise(900, {100: units}))
    promised_in(batch).looked_at[run].update(catalogues)
    async with database.transaction() as connection:
        return not await StockGuard().refused(connection, [run], batch)


async def test_a_write_promises_what_the_order_s_own_catalogue_shows(database: Database) -> None:
    about = {"product_ref": "P", "created_on": NOW, "updated_on": NOW}
    position = row("InventoryPosition", id=100, ref="P", catalogue_id=1, on_hand=10, **about)
    catalogues = [row("VirtualCatalogue", id=id_, ref=ref, name=ref) for id_, ref in ((4, "OPEN"), (5, "SHUT"))]
    over = {"ref": "P:S1", "position_id": 100, **about}
    shown = [
        row("VirtualPosition", id=1001, catalogue_id=2, quantity=5, buffer=-5, **over),
        row("VirtualPosition", id=1002, catalogue_id=4, quantity=10, **over),
        row("VirtualPosition", id=1003, catalogue_id=5, quantity=10, status="INACTIVE", **over),
    ]
    await _store(database, position, *catalogues, *shown)
    most = {("BASE:1",): 5, ("OPEN",): 10, ("BASE:1", "OPEN"): 10, ("SHUT",): 0, ("NONE",): 10, (): 10}
    for refs, units in most.items():
        assert await _promised(database, units, *refs), refs
        assert not await _promised(database, units + 1, *refs), refs


def _ask(product: str, catalogue: str = "PC:1") -> Any:
    return SimpleNamespace(question=CategoriesOf(product, catalogue))


async def test_categories_of_products(database: Database) -> None:
    parents = {10: None, 11: 10, 12: 11, 13: 14, 14: 13}  # the last two are each other's parent
    categories = [
        row("Category", id=id_, ref=f"C{id_}", name="C", catalogue_id=3, parent_category_id=parent)
        for id_, parent in parents.items()
    ]
    about = {"catalogue_id": 3, "name": "P", "gtin": "1"}
    products = [
        row("StandardProduct", id=20, ref="standard", **about),
        row("VariantProduct", id=21, ref="variant", product_id=20, **about),
        row("StandardProduct", id=22, ref="ring", **about),
        row("StandardProduct", id=23, ref="loose", **about),
    ]
    await _store(database, *categories, *products)
    for product, category in ((20, 12), (21, 10), (22, 13)):
        await database.execute(
            "INSERT INTO product_category (product_id, category_id) VALUES ($1, $2)", product, category
        )
    batch: Any = SimpleNamespace(reader=database)
    asked = [_ask("standard"), _ask("variant"), _ask("ring"), _ask("loose"), _ask("nothing"), _ask("standard", "PC:2")]
    assert await categories_of(batch, asked) == [
        ["C12", "C11", "C10"],
        ["C10", "C12", "C11"],
        ["C13", "C14"],
        [],
        [],
        [],
    ]
