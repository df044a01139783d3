"""The registries of sourcing conditions and criteria, as user interfaces read them (spec 22 §9, §10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock.bootstrap import keep_registries
from penstock.database.pools import Database
from penstock.sourcing.profile.registries import registries

if TYPE_CHECKING:
    from house import House

pytest_plugins = ["opened_house"]

SETTINGS = """
query ($names: [String!]) {
  settings(name: $names, context: ["GLOBAL"]) { edges { node { name contextId lobValue } } }
}"""


@pytest.mark.parametrize("name", ["admin", "first"])
async def test_whoever_may_see_settings_finds_them(house: House, name: str) -> None:
    browser = house.admin if name == "admin" else house.users[name]
    page = await browser.run(SETTINGS, {"names": list(registries())})
    found = {edge["node"]["name"]: edge["node"] for edge in page["edges"]}
    assert {own: node["lobValue"] for own, node in found.items()} == registries()
    assert {node["contextId"] for node in found.values()} == {0}


async def test_they_are_written_where_they_differ_only(house: House) -> None:
    before = await house.written()
    database = await Database.open(house.penstock.stored.account)
    await keep_registries(database)
    await database.close()
    assert await house.written() == before
