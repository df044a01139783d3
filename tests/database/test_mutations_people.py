"""Users, roles, settings and customers by mutation (spec 10 §4 to §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from shop import Shop, open_shop

from penstock.identity.principal import Principal, Scope

if TYPE_CHECKING:
    from penstock.database.pools import Database


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await open_shop(database)


USER = """mutation($input: CreateUserInput) { createUser(input: $input) { id status
  roles { role { name } contexts { contextType contextId } } } }"""


async def test_users_get_and_lose_roles(shop: Shop) -> None:
    await shop.database.execute("INSERT INTO permission (id, name) VALUES (1, 'ORDER_VIEW'), (2, 'ORDER_CREATE')")
    role = """mutation { createRole(input: {name: "CLERK", permissions: [{name: "ORDER_VIEW"}]}) {
      name permissions { name } } }"""
    assert await shop.run(role) == {"name": "CLERK", "permissions": [{"name": "ORDER_VIEW"}]}
    role = """mutation { updateRole(input: {name: "CLERK", permissions: [{name: "ORDER_CREATE"}]}) {
      permissions { name } } }"""
    assert len((await shop.run(role))["permissions"]) == 2
    given = {
        "ref": "u",
        "username": "u",
        "password": "kept by nobody",
        "primaryEmail": "a@b.c",
        "type": "API",
        "timezone": "UTC",
        "roles": [{"role": {"name": "CLERK"}, "contexts": [{"contextType": "RETAILER", "contextId": shop.retailer}]}],
    }
    user = await shop.run(USER, input=given)
    here = {"contextType": "RETAILER", "contextId": str(shop.retailer)}
    assert user["roles"] == [{"role": {"name": "CLERK"}, "contexts": [here]}]
    assert (await shop.database.fetchval("SELECT password_hash FROM users")).startswith("$argon2id$")
    query = """mutation($id: ID!) { updateUser(input: {id: $id, roles: [{role: {name: "CLERK"},
      contexts: [{contextType: "ACCOUNT", contextId: 0}]}]}) { roles { contexts { contextType } } } }"""
    updated = await shop.run(query, id=user["id"])
    assert {c["contextType"] for c in updated["roles"][0]["contexts"]} == {"ACCOUNT", "RETAILER"}
    scope = Scope(retailers=frozenset({shop.retailer}))
    manager = shop.user(scope, {shop.retailer: "ACME GIFTS"})
    manager = Principal("ACME", 77, "m", None, manager.permissions, manager.retailer_refs)
    password = 'mutation($id: ID!) { updateUser(input: {id: $id, password: "mine and only mine"}) { id } }'
    assert await shop.code(password, manager, id=user["id"]) == "C0020E"
    query = """mutation($c: ID!) { removeUserRolesFromUser(input: {user: {username: "u"},
      roles: [{role: {name: "CLERK"},
      contexts: [{contextType: "ACCOUNT", contextId: $c}]}]}) { status } }"""
    await shop.run(query, c="0")
    await shop.run(password, manager, id=user["id"])
    assert await shop.database.fetchval("SELECT jsonb_array_length(contexts) FROM user_role") == 1
    query = query.replace("ACCOUNT", "RETAILER")
    await shop.run(query, c=str(shop.retailer))
    assert await shop.database.fetchval("SELECT count(*) FROM user_role") == 0
    given = given | {"username": "v", "ref": "v"}
    given["roles"] = [{"role": {"name": "CLERK"}, "contexts": [{"contextType": "ACCOUNT", "contextId": "0"}]}]
    assert await shop.code(USER, manager, input=given) == "C0020E"


async def test_settings_are_unique_in_their_context(shop: Shop) -> None:
    query = """mutation($c: Int!) { createSetting(input: {name: "X", valueType: "JSON", value: "{\\"a\\": 1}",
      context: "RETAILER", contextId: $c}) { id value context contextId } }"""
    setting = await shop.run(query, c=shop.retailer)
    assert setting["value"] == '{"a": 1}'
    assert await shop.code(query, c=shop.retailer) == "C0123E"
    assert await shop.code(query, c=999) == "C0120E"
    query = """mutation($id: ID!, $c: Int!) { updateSetting(input: {id: $id, valueType: "JSON", lobValue: {b: [1]},
      value: null, context: "RETAILER", contextId: $c}) { value lobValue } }"""
    updated = await shop.run(query, id=setting["id"], c=shop.retailer)
    assert updated == {"value": None, "lobValue": {"b": [1]}}


async def test_customers_are_updated_by_username(shop: Shop) -> None:
    query = """mutation { updateCustomer(input: {username: "ana", firstName: "Ana"}) { firstName primaryEmail } }"""
    assert await shop.run(query) == {"firstName": "Ana", "primaryEmail": "a@b.c"}
