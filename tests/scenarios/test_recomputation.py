"""Virtual catalogues follow what they depend on, beside stock: networks, controls, categories (spec 21 §2.6, §4.5)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import queries
from click.testing import CliRunner
from controls import GROUP, Controls
from stockloads import count, loaded

from penstock.cli.recompute import recompute
from penstock.errors import NotFoundError

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

PLACES = ("S1", "S2")
_GROUP = """mutation ($input: UpdateControlGroupInput) { updateControlGroup(input: $input) { id } }"""
_LEAVE = (
    """mutation ($input: RemoveLocationsFromNetworkInput) { removeLocationsFromNetwork(input: $input) { status } }"""
)
_JOIN = """mutation ($input: UpdateNetworkInput) { updateNetwork(input: $input) { id } }"""


@pytest.fixture
async def controls(stock: Stage) -> Controls:
    """Return five of A at each of two places, with a catalogue of sums."""
    made = await Controls(stock).build()
    await loaded(stock, count("A", "S1", 5), count("A", "S2", 5))
    return made


async def test_loc_04_leaving_the_network(controls: Controls) -> None:
    stage = controls.stage
    network, place = await stage.network(f"HD_{stage.retailer}"), await stage.location_id("S1")
    assert await controls.shown("A", *PLACES) == [5, 5, 10]
    await stage.graphql(_LEAVE, network={"id": network}, locations=[{"id": place}])
    assert await stage.buy("X1", ("A", 2)) == ["S2[A2]"]
    assert await controls.shown("A", *PLACES) == [0, 3, 3]
    await loaded(stage, count("A", "S1", 8))  # what it counts meanwhile is kept, and not shown
    assert await controls.shown("A", *PLACES) == [0, 3, 3]
    await stage.graphql(_JOIN, id=network, locations=[{"id": place}])
    await stage.penstock.settle()
    assert await controls.shown("A", *PLACES) == [8, 3, 11]


async def test_a_catalogue_follows_its_networks_and_its_controls(controls: Controls) -> None:
    stage = controls.stage
    one = await stage.network("NET_ONE")
    await stage.graphql(_JOIN, id=one, locations=[{"id": await stage.location_id("S2")}])
    await controls.add("QUANTITY_BUFFER", "A", -2, 4)
    assert await controls.shown("A", *PLACES) == [3, 3, 6]
    for catalogue in (controls.base, controls.stage.sums):
        await controls.over(catalogue, networkIds=[one])
    await stage.penstock.settle()
    assert await controls.shown("A", *PLACES) == [0, 3, 3]
    await controls.over(controls.base, controlGroupRef="NONE")
    await stage.penstock.settle()
    assert await controls.shown("A", *PLACES) == [0, 5, 3]


async def test_controls_over_places_and_categories_work_without_another_load(controls: Controls) -> None:
    stage = controls.stage
    await controls.add("QUANTITY_BUFFER", "S1", -1, 6)
    assert await controls.shown("A", *PLACES) == [4, 5, 9]
    await controls.change("QUANTITY_BUFFER", "S1", values=[{"name": "CONTROL_VALUE", "type": "INTEGER", "value": -3}])
    await stage.penstock.settle()
    assert await controls.shown("A", *PLACES) == [2, 5, 7]
    await controls.change("QUANTITY_BUFFER", "S1", status="INACTIVE")
    await stage.penstock.settle()
    assert await controls.shown("A", *PLACES) == [5, 5, 10]


async def test_a_group_that_is_switched_off_holds_nothing_back(controls: Controls) -> None:
    stage = controls.stage
    await controls.add("QUANTITY_BUFFER", "A", -2, 4)
    await stage.graphql(_GROUP, ref=GROUP, status="INACTIVE")
    await stage.penstock.settle()
    assert await controls.shown("A", *PLACES) == [5, 5, 10]


async def test_the_command_finds_what_differs_and_mends_it(controls: Controls) -> None:
    stage = controls.stage
    about = ["--data", "/nonexistent"]
    environment = {"PENSTOCK_DATABASE_URL": stage.penstock.stored.control}

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(recompute, [*arguments, *about], env=environment, catch_exceptions=False)
        return result.exit_code, result.output

    code, said = await asyncio.to_thread(run, "--check")
    assert (code, "0 virtual positions differ" in said) == (0, True), said
    assert all("virtual positions differ" in line for line in said.splitlines()), said
    wrong = {"ref": f"A:{controls.stage.sums}", "catalogue": {"ref": controls.stage.sums}, "quantity": 99}
    await stage.graphql(queries.UPDATE_VIRTUAL_POSITION, **wrong)
    await stage.penstock.settle()
    code, said = await asyncio.to_thread(run, "--check", controls.stage.sums)
    assert code == 1
    assert "quantity 99" in said
    assert "quantity 10" in said
    with pytest.raises(NotFoundError, match="no active virtual catalogue NOWHERE"):
        await asyncio.to_thread(run, "--check", "NOWHERE")
    code, said = await asyncio.to_thread(run, controls.stage.sums)
    assert code == 0, said
    await stage.penstock.settle()
    assert await controls.shown("A", *PLACES) == [5, 5, 10]
