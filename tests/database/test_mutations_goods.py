"""Products and stock by mutation (spec 30 §6, 20 §1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from shop import PRODUCT, Shop, open_shop

if TYPE_CHECKING:
    from penstock.database.pools import Database


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await open_shop(database)


async def test_products_prices_and_categories(shop: Shop) -> None:
    query = """mutation($ref: String!, $parent: CategoryKey) { createCategory(input: {ref: $ref, catalogue: {ref: "PC"},
      type: "X", name: "N", parentCategory: $parent}) { ref parentCategory { ref } } }"""
    await shop.run(query, ref="TOP")
    below = await shop.run(query, ref="BELOW", parent={"ref": "TOP", "catalogue": {"ref": "PC"}})
    assert below["parentCategory"]["ref"] == "TOP"
    query = """mutation($input: UpdateVariantProductInput) { updateVariantProduct(input: $input) { name
      prices { currency value } categories { edges { node { ref } } } } }"""
    given = {
        "ref": "P1",
        "catalogue": {"ref": "PC"},
        "name": "New",
        "prices": [
            {"type": "DEFAULT", "currency": "GBP", "value": 3},
            {"type": "DEFAULT", "currency": "EUR", "value": 4},
        ],
        "categories": [{"ref": "BELOW", "catalogue": {"ref": "PC"}}],
    }
    product = await shop.run(query, input=given)
    assert product["name"] == "New"
    assert sorted((p["currency"], p["value"]) for p in product["prices"]) == [("EUR", 4), ("GBP", 3)]
    assert product["categories"]["edges"] == [{"node": {"ref": "BELOW"}}]
    query = """mutation { removeCategoriesFromVariantProduct(input: {
      variantProduct: {ref: "P1", catalogue: {ref: "PC"}},
      categories: [{ref: "BELOW", catalogue: {ref: "PC"}}]}) { status } }"""
    await shop.run(query)
    assert await shop.database.fetchval("SELECT count(*) FROM product_category") == 0
    assert await shop.code(PRODUCT, ref="P1") == "C0128E"
    event = await shop.database.fetchrow("SELECT * FROM pending_event WHERE entity_type = 'PRODUCT' LIMIT 1")
    assert event is not None
    assert (event["root_ref"], event["retailer_id"]) == ("PC", shop.retailer)


async def test_stock_by_mutation(shop: Shop) -> None:
    query = """mutation { createInventoryCatalogue(input: {ref: "IC", type: "DEFAULT", name: "Stock",
      retailerRefs: ["ACME GIFTS"]}) { ref } }"""
    await shop.run(query)
    query = """mutation { createInventoryPosition(input: {ref: "P1:LEEDS", catalogue: {ref: "IC"}, type: "DEFAULT",
      productRef: "P1", locationRef: "LEEDS"}) { ref onHand workflowRef } }"""
    position = await shop.run(query)
    assert (position["onHand"], position["workflowRef"]) == (0, "INVENTORY_CATALOGUE::DEFAULT")
    query = """mutation { createInventoryQuantity(input: {ref: "Q1", catalogue: {ref: "IC"}, type: "LAST_ON_HAND",
      position: {ref: "P1:LEEDS", catalogue: {ref: "IC"}}, quantity: 7}) { ref quantity } }"""
    await shop.run(query)
    assert await shop.database.fetchval("SELECT on_hand FROM inventory_position") == 7
    lanes = await shop.database.fetch(
        "SELECT DISTINCT lane FROM pending_event WHERE entity_type IN ('INVENTORY_POSITION', 'INVENTORY_QUANTITY')"
    )
    assert len(lanes) == 1
    query = """mutation { createInventoryQuantity(input: {ref: "Q2", catalogue: {ref: "IC"}, type: "RESERVED",
      position: {ref: "P1:LEEDS", catalogue: {ref: "IC"}}, quantity: -8}) { ref } }"""
    assert await shop.code(query) == "C0160E"
    query = """mutation { updateInventoryQuantitiesStatus(filter: {position: {ref: "P1:LEEDS", catalogue: {ref: "IC"}},
      type: "LAST_ON_HAND"}, input: {status: "INACTIVE"}) { count } }"""
    assert await shop.run(query) == {"count": 1}
    assert await shop.database.fetchval("SELECT on_hand FROM inventory_position") == 0
    query = """mutation { updateInventoryPositionsStatusByLocation(filter: {catalogue: {ref: "IC"},
      locationRef: "LEEDS"}, input: {status: "INACTIVE"}) { count } }"""
    assert await shop.run(query) == {"count": 1}
    query = """mutation { createVirtualCatalogue(input: {ref: "VC", type: "BASE", name: "V",
      inventoryCatalogueRef: "IC",
      productCatalogueRef: "PC", networkIds: ["1"], retailerRefs: ["ACME GIFTS"]}) { ref networkIds } }"""
    await shop.run(query)
    query = """mutation { createVirtualPosition(input: {ref: "P1:LEEDS", catalogue: {ref: "VC"}, type: "DEFAULT",
      productRef: "P1", groupRef: "LEEDS", quantity: 3}) { ref quantity } }"""
    assert (await shop.run(query))["quantity"] == 3
    query = """mutation { updateVirtualPositionsStatusByGroup(filter: {catalogue: {ref: "VC"}, groupRef: "LEEDS"},
      input: {status: "ACTIVE"}) { count } }"""
    assert await shop.run(query) == {"count": 1}


async def test_a_product_of_any_type_is_updated_by_one_mutation(shop: Shop) -> None:
    document = """mutation ($input: UpdateProductInput) { updateProduct(input: $input) {
      __typename id ref status name attributes { name value } prices { type value } } }"""
    common = {"catalogue": {"ref": "PC"}, "name": "Box"}
    group = await shop.run(
        "mutation ($i: CreateGroupProductInput) { createGroupProduct(input: $i) { id } }",
        i={"ref": "G1", "type": "GROUP", **common},
    )
    changed = {"status": "INACTIVE", "attributes": [{"name": "a", "type": "STRING", "value": "b"}]}
    price = {"type": "DEFAULT", "currency": "GBP", "value": 3.5}
    for ref, type_ in (("P1", "VariantProduct"), ("G1", "GroupProduct")):
        made = await shop.run(document, input={"ref": ref, "catalogue": {"ref": "PC"}, "prices": [price], **changed})
        assert (made["__typename"], made["ref"], made["status"]) == (type_, ref, "INACTIVE")
        assert (made["attributes"], made["prices"]) == (
            [{"name": "a", "value": "b"}],
            [{"type": "DEFAULT", "value": 3.5}],
        )
    assert made["id"] == group["id"]
    assert made["name"] == "Box"
    assert await shop.code(document, input={"ref": "nobody", "catalogue": {"ref": "PC"}}) == "C0120E"
