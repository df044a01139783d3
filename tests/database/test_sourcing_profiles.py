"""Sourcing profiles: versions, of which one is active (spec 22 §8)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from shop import RETAILER, Shop, open_shop

from penstock.identity.principal import Scope

if TYPE_CHECKING:
    from penstock.database.pools import Database

_RULES = "{ name type params }"
_STRATEGY = f"""{{ id ref sourcingProfile {{ id }} name status priority createdOn virtualCatalogue {{ ref }}
  network {{ ref }} maxSplit sourcingConditions {_RULES} sourcingCriteria {_RULES} }}"""
_PROFILE = f"""id ref version versionComment name status user {{ id }} retailer {{ id }} defaultMaxSplit
  defaultVirtualCatalogue {{ ref }} defaultNetwork {{ ref }} sourcingStrategies {_STRATEGY}
  sourcingFallbackStrategies {_STRATEGY}"""
CREATE = f"mutation ($input: CreateSourcingProfileInput) {{ createSourcingProfile(input: $input) {{ {_PROFILE} }} }}"
ACTIVATE = """mutation ($ref: String!, $version: Int!) {
  activateSourcingProfile(input: {ref: $ref, version: $version}) { version status } }"""
GET = f"""query ($ref: String!, $version: Int, $status: String) {{
  sourcingProfile(ref: $ref, version: $version, status: $status) {{ {_PROFILE} }} }}"""
LIST = '{ sourcingProfiles(ref: ["HD"]) { edges { node { version status } } } }'

TIER = {"path": "customer.attributes.byName.tier", "operator": "in", "value": ["GOLD"]}
GOLD = {
    "ref": "GOLD",
    "name": "Gold customers",
    "network": {"ref": "NET_METRO"},
    "maxSplit": 0,
    "sourcingConditions": [{"name": "tier", "type": "fc.sourcing.condition.path", "params": TIER}],
    "sourcingCriteria": [{"name": "distance", "type": "fc.sourcing.criterion.locationDistance", "params": {}}],
}
REST = {"ref": "REST", "name": "All others", "status": "INACTIVE"}


@pytest.fixture
async def shop(database: Database) -> Shop:
    made = await open_shop(database)
    await database.execute(
        "INSERT INTO users (id, ref, username, type, created_on, updated_on) VALUES (1, 'a', 'a', 'x', now(), now())"
    )
    return made


def profile(shop: Shop, **changes: Any) -> dict[str, Any]:
    return {
        "ref": "HD",
        "name": "Home delivery",
        "retailer": {"id": shop.retailer},
        "defaultVirtualCatalogue": {"ref": "BASE:1"},
        "defaultNetwork": {"ref": "NET_AU"},
        "defaultMaxSplit": 1,
        "sourcingStrategies": [GOLD, REST],
        **changes,
    }


async def test_the_first_version_is_active_and_read_as_it_was_given(shop: Shop) -> None:
    made = await shop.run(CREATE, input=profile(shop, versionComment="close stores first"))
    assert (made["version"], made["status"], made["user"]) == (1, "ACTIVE", {"id": "1"})
    assert (made["defaultVirtualCatalogue"], made["defaultNetwork"]) == ({"ref": "BASE:1"}, {"ref": "NET_AU"})
    gold, rest = made["sourcingStrategies"]
    assert (gold["priority"], rest["priority"], gold["status"], rest["status"]) == (1, 2, "ACTIVE", "INACTIVE")
    assert gold["sourcingProfile"] == {"id": made["id"]}
    assert {name: gold[name] for name in GOLD} == GOLD
    assert made["sourcingFallbackStrategies"] == []
    assert await shop.run(GET, ref="HD") == made


async def test_a_change_is_a_draft_until_it_is_activated(shop: Shop) -> None:
    for comment in ("first", "second", "third"):
        await shop.run(CREATE, input=profile(shop, versionComment=comment))
    assert (await shop.run(GET, ref="HD"))["versionComment"] == "third"
    assert (await shop.run(GET, ref="HD", status="ACTIVE"))["versionComment"] == "first"
    assert (await shop.run(GET, ref="HD", version=2))["status"] == "DRAFT"
    assert await shop.run(ACTIVATE, ref="HD", version=2) == {"version": 2, "status": "ACTIVE"}
    assert await shop.run(ACTIVATE, ref="HD", version=2) == {"version": 2, "status": "ACTIVE"}
    found = {e["node"]["version"]: e["node"]["status"] for e in (await shop.run(LIST))["edges"]}
    assert found == {1: "INACTIVE", 2: "ACTIVE", 3: "DRAFT"}
    assert await shop.code(ACTIVATE, ref="HD", version=9) == "C0120E"


@pytest.mark.parametrize("name", ["sourcingStrategies", "sourcingFallbackStrategies"])
async def test_a_limit_of_splits_is_never_below_zero(shop: Shop, name: str) -> None:
    answer = await shop.answer(CREATE, input=profile(shop, **{name: [{**GOLD, "maxSplit": -1}]}))
    assert "SourcingStrategy.maxSplit is -1; the least value is 0" in str(answer)
    assert await shop.code(CREATE, input=profile(shop, defaultMaxSplit=-1)) == await shop.code(
        CREATE, input=profile(shop, **{name: [{**GOLD, "maxSplit": -1}]})
    )
    assert (await shop.run(LIST))["edges"] == []


async def test_one_version_is_active_whoever_activates_at_once(shop: Shop) -> None:
    for _ in range(4):
        await shop.run(CREATE, input=profile(shop))
    await asyncio.gather(*(shop.answer(ACTIVATE, ref="HD", version=n) for n in (2, 3, 4, 2, 3)))
    active = "SELECT count(*) FROM sourcing_profile WHERE ref = 'HD' AND status = 'ACTIVE'"
    assert await shop.database.fetchval(active) == 1


async def test_versions_stay_with_their_retailer(shop: Shop) -> None:
    await shop.run(CREATE, input=profile(shop))
    other = (await shop.run(RETAILER, name="Other"))["id"]
    assert await shop.code(CREATE, input=profile(shop, retailer={"id": other})) == "C0160E"
    stranger = shop.user(Scope(retailers=frozenset({int(other)})))
    without = {k: v for k, v in profile(shop).items() if k != "retailer"}
    assert await shop.code(CREATE, stranger, input=without) == "C0020E"
    assert await shop.code(ACTIVATE, stranger, ref="HD", version=1) == "C0120E"
    assert await shop.run(GET, stranger, ref="HD") is None
    assert (await shop.run(CREATE, input=without))["retailer"] == {"id": str(shop.retailer)}
