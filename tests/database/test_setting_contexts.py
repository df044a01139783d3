"""Which context of a setting counts (spec 10 §6): place, retailer, account, global; a customer's is only stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shop import open_shop

from penstock.orchestration.configuration import Configurations

if TYPE_CHECKING:
    from penstock.database.pools import Database

CREATE = """mutation ($context: String!, $id: Int!, $value: String) { createSetting(input: {
  name: "limit", valueType: "STRING", value: $value, context: $context, contextId: $id}) { id } }"""
SETTINGS = """query ($id: [Int!]) { settings(name: "limit", context: "CUSTOMER", contextId: $id) {
  edges { node { value } } } }"""


async def test_the_narrowest_context_counts_and_that_of_a_customer_is_only_read_back(database: Database) -> None:
    shop = await open_shop(database)
    retailer, customer = int(shop.retailer), int(shop.customer)
    place = 77
    await database.execute("UPDATE setting SET name = name")  # a revision of its own
    seen = []
    for context, id_ in (("GLOBAL", 0), ("ACCOUNT", 0), ("RETAILER", retailer), ("CUSTOMER", customer)):
        await shop.run(CREATE, context=context, id=id_, value=context)
        now = await Configurations(database).now()
        seen.append((now.setting("limit", retailer), now.setting("limit", retailer, customer)))
    assert [rules for rules, _ in seen] == ["GLOBAL", "ACCOUNT", "RETAILER", "RETAILER"]
    assert seen[-1][1] == "RETAILER", "the id of a customer is no place"
    now = await Configurations(database).now()
    assert not [key for key in now.settings if key[1] == "CUSTOMER"], "as many as there are customers"
    assert now.setting("limit", retailer, place) == "RETAILER"

    found = (await shop.answer(SETTINGS, id=[customer]))["data"]["settings"]["edges"]
    assert [edge["node"]["value"] for edge in found] == ["CUSTOMER"]


async def test_what_only_begins_like_json_is_text(database: Database) -> None:
    shop = await open_shop(database)
    deep = "[" * 100_000  # deeper than can be read
    await shop.run(CREATE, context="ACCOUNT", id=0, value=deep)
    assert (await Configurations(database).now()).setting("limit", int(shop.retailer)) == deep
