"""Several base catalogues over one stock, on terms of their own (spec 20 §10.3, 21 §1, 22 §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import queries
from controls import Controls
from test_23_profiles import buy, install, profile, strategy

from penstock.bootstrap import RETAILER

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

OPEN = "BASE:OPEN"  # shows all there is


@pytest.fixture
async def controls(stock: Stage) -> Controls:
    """Return ten units at a place, of which the usual catalogue holds five back, and another one none."""
    made = await Controls(stock).build()
    await stock.graphql(
        queries.CREATE_VIRTUAL,
        ref=OPEN,
        type="BASE",
        name="All there is",
        inventoryCatalogueRef=stock.stock_catalogue,
        productCatalogueRef=f"PC:MASTER:{stock.retailer}",
        networkIds=[await stock.network(f"HD_{stock.retailer}")],
        retailerRefs=[RETAILER],
    )
    await stock.penstock.settle()
    await stock.fill(S1={"A": 10})
    await made.add("QUANTITY_BUFFER", "A", -5, 4)
    return made


async def _shown(controls: Controls) -> list[int]:
    found = [await controls.position("A:S1", ref) for ref in (controls.base, OPEN)]
    return [int(position["quantity"]) for position in found if position is not None]


async def test_a_strategy_sells_what_its_own_catalogue_shows(controls: Controls) -> None:
    stage = controls.stage
    await install(stage)
    whatever = strategy("WHATEVER", "locationDistance", virtualCatalogue={"ref": OPEN})
    await profile(stage, strategy("USUAL", "locationDistance"), whatever, defaultMaxSplit=0)
    assert await _shown(controls) == [5, 10]
    assert await buy(stage, "O1", ("A", 8)) == ["S1[A8]"]
    assert await _shown(controls) == [0, 2]
