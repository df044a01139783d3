"""Mutations whose inputs tie rows in ways that no other test of mutations shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from shop import ORDER, RETAILER, Shop, open_shop

if TYPE_CHECKING:
    from penstock.database.pools import Database


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await open_shop(database)


async def test_an_orders_payment_and_billing_address(shop: Shop) -> None:
    payment = {"ref": "T1", "type": "CARD", "amount": 7.5, "currency": "GBP", "paymentMethod": "CREDITCARD"}
    given = shop.order(billingAddress={"city": "York"}, financialTransactions=[payment])
    order = await shop.run(ORDER, input=given)
    query = """mutation($input: UpdateOrderInput) { updateOrder(input: $input) { billingAddress { city name }
      financialTransactions { edges { node { id ref total status workflowRef } } } } }"""
    billing = await shop.database.fetchval("SELECT billing_address_id FROM orders")
    updated = await shop.run(query, input={"id": order["id"], "billingAddress": {"id": billing, "name": "Ana"}})
    assert updated["billingAddress"] == {"city": "York", "name": "Ana"}
    transaction = updated["financialTransactions"]["edges"][0]["node"]
    assert (transaction["total"], transaction["workflowRef"]) == (7.5, "ORDER::HD")
    query = """mutation($id: ID!) { updateFinancialTransaction(input: {id: $id, status: "PAID"}) {
      status order { ref } } }"""
    assert await shop.run(query, id=transaction["id"]) == {"status": "PAID", "order": {"ref": "HD-1"}}


async def test_a_choice_of_its_own_takes_the_orders_type(shop: Shop) -> None:
    order = await shop.run(ORDER, input=shop.order(fulfilmentChoice=None))
    query = """mutation($id: ID!) { createFulfilmentChoice(input: {ref: "C2", deliveryType: "EXPRESS", order: {id: $id},
      deliveryAddress: {ref: "A2", city: "Hull"}}) { id type status deliveryAddress { id city } } }"""
    choice = await shop.run(query, id=order["id"])
    assert (choice["type"], choice["status"]) == ("HD", "CREATED")
    query = 'mutation($id: ID!) { updateCustomerAddress(input: {id: $id, city: "Bath"}) { city } }'
    assert await shop.run(query, id=choice["deliveryAddress"]["id"]) == {"city": "Bath"}
    assert await shop.database.fetchval("SELECT revision FROM orders") == 4
    query = """mutation($id: ID!) { updateFulfilmentChoice(input: {id: $id, deliveryAddress: null,
      deliverAfter: "2026-01-01T00:00:00Z"}) { deliverAfter deliveryAddress { city } } }"""
    updated = await shop.run(query, id=choice["id"])
    assert updated == {"deliverAfter": "2026-01-01T00:00:00.000Z", "deliveryAddress": None}


async def test_retailers_are_created_with_networks_and_join_others(shop: Shop) -> None:
    query = """mutation { createRetailer(input: {name: "Third", networks: [{ref: "N3", type: "X"}]}) { id
      networks { edges { node { id ref retailers { edges { node { ref } } } } } } } }"""
    retailer = await shop.run(query)
    network = retailer["networks"]["edges"][0]["node"]
    assert network["retailers"]["edges"] == [{"node": {"ref": "THIRD"}}]
    query = """mutation($id: ID!, $n: ID!) { updateRetailer(input: {id: $id, summary: "S", networks: [{id: $n}]}) {
      summary networks { edges { node { ref } } } } }"""
    updated = await shop.run(query, id=shop.retailer, n=network["id"])
    assert updated == {"summary": "S", "networks": {"edges": [{"node": {"ref": "N3"}}]}}
    await shop.run(RETAILER, name="Fourth")


async def test_standard_products_adopt_their_variants(shop: Shop) -> None:
    query = """mutation { createStandardProduct(input: {ref: "S", catalogue: {ref: "PC"}, type: "STANDARD", gtin: "2",
      name: "S", variants: [{ref: "P1", catalogue: {ref: "PC"}}]}) { ref variants { edges { node { ref } } } } }"""
    assert (await shop.run(query))["variants"]["edges"] == [{"node": {"ref": "P1"}}]
    query = """mutation { updateVariantProduct(input: {ref: "P2", catalogue: {ref: "PC"},
      product: {ref: "S", catalogue: {ref: "PC"}}}) { product { ref } } }"""
    assert await shop.run(query) == {"product": {"ref": "S"}}
    query = """mutation { createGroupProduct(input: {ref: "G", catalogue: {ref: "PC"}, type: "GROUP", name: "G",
      products: [{ref: "P1", catalogue: {ref: "PC"}}]}) { ref } }"""
    assert await shop.run(query) == {"ref": "G"}
    assert '"P1"' in await shop.database.fetchval("SELECT products FROM product WHERE ref = 'G'")


async def test_what_is_null_or_missing_is_named(shop: Shop) -> None:
    query = 'mutation { updateVariantProduct(input: {ref: "P1", catalogue: {ref: "PC"}, name: null}) { ref } }'
    answer = await shop.answer(query)
    assert "C0140E" in answer["errors"][0]["message"]
    assert "VariantProduct.name is null" in answer["errors"][0]["message"]
    query = 'mutation { removePermissionsFromRole(input: {role: {name: "NO"}, permissions: []}) { status } }'
    assert "Role with name NO" in (await shop.answer(query))["errors"][0]["message"]
    query = "mutation { removeUserRolesFromUser(input: {user: {}, roles: []}) { status } }"
    assert await shop.code(query) == "C0140E"


async def test_the_fulfilled_amounts_are_updated_by_item(shop: Shop) -> None:
    order = await shop.run(ORDER, input=shop.order())
    item = await shop.database.fetchval("SELECT min(id) FROM order_item")
    query = """mutation($o: ID!, $i: ID!) { createFulfilment(input: {ref: "F", type: "HD_PFS", order: {id: $o}, items: [
      {ref: "1", requestedQuantity: 2, filledQuantity: 0, rejectedQuantity: 0, orderItem: {id: $i}}]}) {
      id items { edges { node { id } } } } }"""
    made = await shop.run(query, o=order["id"], i=item)
    query = """mutation($f: ID!, $i: ID!, $q: Int!) { updateFulfilment(input: {id: $f, status: "X",
      items: [{id: $i, filledQuantity: $q}]}) { status items { edges { node { filledQuantity } } } } }"""
    below = made["items"]["edges"][0]["node"]["id"]
    updated = await shop.run(query, f=made["id"], i=below, q=2)
    assert updated == {"status": "X", "items": {"edges": [{"node": {"filledQuantity": 2}}]}}
    assert await shop.code(query, f=made["id"], i=below, q=-1) == "C0122E"
