"""Users, roles, permissions and settings, sentence by sentence (spec 10 §4 to §6)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from penstock.errors import InvalidValueError
from penstock.identity.passwords import SHORTEST, check_password

if TYPE_CHECKING:
    from stage import Stage

    from running import Client, Node

pytest_plugins = ["worlds"]

CREATE_USER = """mutation ($input: CreateUserInput) { createUser(input: $input) { id status username type
  roles { role { name } contexts { contextType contextId } } } }"""
UPDATE_USER = """mutation ($input: UpdateUserInput) { updateUser(input: $input) { id status title
  roles { role { name } contexts { contextType contextId } } } }"""
REMOVE_ROLES = """mutation ($input: RemoveUserRolesFromUserInput) {
  removeUserRolesFromUser(input: $input) { status } }"""
CREATE_ROLE = "mutation ($input: CreateRoleInput) { createRole(input: $input) { name permissions { name } } }"
UPDATE_ROLE = "mutation ($input: UpdateRoleInput) { updateRole(input: $input) { name permissions { name } } }"
TAKE = """mutation ($input: RemovePermissionsFromRoleInput) { removePermissionsFromRole(input: $input) { status } }"""
CREATE_SETTING = """mutation ($input: CreateSettingInput) {
  createSetting(input: $input) { id name value lobValue context contextId valueType } }"""
UPDATE_SETTING = """mutation ($input: UpdateSettingInput) {
  updateSetting(input: $input) { id name value lobValue context contextId valueType } }"""
ME = "{ me { username status } }"


def person(name: str, *roles: Node, **more: Any) -> Node:
    about = {"primaryEmail": f"{name}@example.com", "type": "API", "timezone": "UTC", "password": "Correct-Horse-1"}
    return {"ref": name, "username": name, **about, "roles": list(roles), **more}


def role(name: str, *contexts: tuple[str, Any]) -> Node:
    return {"role": {"name": name}, "contexts": [{"contextType": t, "contextId": str(i)} for t, i in contexts]}


async def refused(client: Client, document: str, **given: Any) -> tuple[str, str]:
    """Run a mutation that must fail; return code and message."""
    answer = await client.answer(document, input=given)
    (error,) = answer["errors"]
    return error["extensions"]["code"], error["message"]


async def created(stage: Stage, name: str, *roles: Node, **more: Any) -> Node:
    return await stage.graphql(CREATE_USER, **person(name, *roles, **more))


async def test_a_new_user_is_active_and_names_are_unique(stock: Stage) -> None:
    user = await created(stock, "dana")
    assert (user["status"], user["username"], user["type"]) == ("ACTIVE", "dana", "API")
    client = stock.penstock.client
    assert (await refused(client, CREATE_USER, **person("dana")))[0] == "C0123E"
    assert (await refused(client, CREATE_USER, **person("dana", ref="other")))[0] == "C0123E"
    assert (await refused(client, CREATE_USER, **person("other", ref="dana")))[0] == "C0123E"
    assert (await refused(client, CREATE_USER, **person("u" * 251, ref="u")))[0] == "C0141E"


@pytest.mark.parametrize(
    "password", ["short-1", "password123", "Qwerty123", "PASSW0RD", "abababab", "dana.okafor", "Dana@Example.com"]
)
def test_passwords_that_are_tried_first(password: str) -> None:
    with pytest.raises(InvalidValueError, match=r"^User\.password is ") as caught:
        check_password("User.password", password, "dana.okafor", "dana@example.com", None)
    assert password not in str(caught.value)


def test_length_is_what_counts() -> None:
    for password in ("correct horse", "x" * 5 + "yz" * 2, "lang und lang", "ключ от дома"):
        check_password("User.password", password, "dana")
    assert SHORTEST == 8


async def test_a_refused_password_is_named_but_not_shown(stock: Stage) -> None:
    client = stock.penstock.client
    user = await created(stock, "dana")
    for password in ("Tr0ub4d", "Password123", "DANA@example.com", "P" * 129, 90125_90125):
        for document, given in (
            (CREATE_USER, person("other", primaryEmail="dana@example.com", password=password)),
            (UPDATE_USER, {"id": user["id"], "password": password}),
        ):
            answer = await client.answer(document, input=given)
            text = str(answer["errors"])
            assert "password" in text
            assert str(password)[:20] not in text, text
    assert (await refused(client, UPDATE_USER, id=user["id"], password="short"))[0] == "C0160E"


async def test_roles_are_added_and_taken_away_by_context(stock: Stage) -> None:
    here, place = int(stock.retailer), int(await stock.location_id("S1"))
    user = await created(stock, "dana", role("STORE_ASSISTANT", ("RETAILER", here)))
    changed = await stock.graphql(
        UPDATE_USER,
        id=user["id"],
        title="Dr",
        roles=[role("STORE_ASSISTANT", ("AGENT", place), ("RETAILER", here)), role("API", ("ACCOUNT", 0))],
    )
    held = {r["role"]["name"]: {(c["contextType"], c["contextId"]) for c in r["contexts"]} for r in changed["roles"]}
    assert held == {
        "STORE_ASSISTANT": {("RETAILER", str(here)), ("AGENT", str(place))},
        "API": {("ACCOUNT", "0")},
    }
    assert (await stock.graphql(UPDATE_USER, id=user["id"], roles=[]))["roles"] == changed["roles"]
    # LOCATION is another word for AGENT.
    leaving = [role("STORE_ASSISTANT", ("LOCATION", place)), role("API", ("ACCOUNT", 0))]
    assert await stock.graphql(REMOVE_ROLES, user={"username": "dana"}, roles=leaving) == {"status": "SUCCESS"}
    left = await stock.graphql(UPDATE_USER, id=user["id"])
    assert left["roles"] == [role("STORE_ASSISTANT", ("RETAILER", here))]


async def test_a_changed_password_and_an_inactive_user_end_the_tokens(stock: Stage) -> None:
    user = await stock.user("dana", "API", context="ACCOUNT", context_id=0)
    id_ = (await stock.penstock.client.graphql('{ user(username: "dana") { id } }'))["user"]["id"]
    assert (await user.graphql(ME))["me"]["username"] == "dana"
    await stock.graphql(UPDATE_USER, id=id_, title="Dr")
    assert await status_of(user) == 200
    await stock.graphql(UPDATE_USER, id=id_, password="Another-Horse-2")
    await until_ended(user)
    user.credentials = {**user.credentials, "password": "Another-Horse-2"}
    user.token = ""
    assert (await user.graphql(ME))["me"]["status"] == "ACTIVE"
    await stock.graphql(UPDATE_USER, id=id_, status="INACTIVE")
    await until_ended(user)
    user.token = ""
    with pytest.raises(KeyError, match="access_token"):
        await user.graphql(ME)


async def status_of(client: Client) -> int:
    """Return the status of a request with the token that a client has, without logging in anew."""
    return (await client.once("POST", "/graphql", {"json": {"query": ME}}))[0]


async def until_ended(client: Client) -> None:
    """Wait until a token is refused: for two seconds at most it may be remembered."""
    deadline = time.monotonic() + 60
    while await status_of(client) != 401:
        assert time.monotonic() < deadline, "the token still works"
        await asyncio.sleep(0.05)


async def test_roles_and_permissions(stock: Stage) -> None:
    made = await stock.graphql(CREATE_ROLE, name="CLERK", permissions=[{"name": "ORDER_VIEW"}])
    assert made == {"name": "CLERK", "permissions": [{"name": "ORDER_VIEW"}]}
    client = stock.penstock.client
    assert (await refused(client, CREATE_ROLE, name="CLERK"))[0] == "C0123E"
    assert (await refused(client, CREATE_ROLE, name="OTHER", permissions=[{"name": "ORDER_EAT"}]))[0] == "C0120E"
    more = await stock.graphql(
        UPDATE_ROLE, name="CLERK", permissions=[{"name": "ORDER_UPDATE"}, {"name": "ORDER_VIEW"}]
    )
    assert {p["name"] for p in more["permissions"]} == {"ORDER_VIEW", "ORDER_UPDATE"}
    given = {"role": {"name": "CLERK"}, "permissions": [{"name": "ORDER_UPDATE"}]}
    assert await stock.graphql(TAKE, **given) == {"status": "SUCCESS"}
    asked = """{ role(name: "CLERK") { id name permissions { name } } permission(name: "ORDER_VIEW") { name }
      permissions(name: ["ORDER_VIEW", "ORDER_EAT"]) { edges { node { name } } }
      roles(first: 1000) { edges { node { name permissions { name } } } } }"""
    found = await client.graphql(asked)
    assert found["role"]["permissions"] == [{"name": "ORDER_VIEW"}]
    assert found["permission"] == {"name": "ORDER_VIEW"}
    assert found["permissions"]["edges"] == [{"node": {"name": "ORDER_VIEW"}}]
    assert {"ADMIN", "CLERK", "STORE_ASSISTANT"} <= {e["node"]["name"] for e in found["roles"]["edges"]}


async def test_an_administrator_of_a_retailer_gives_nothing_beyond_it(stock: Stage) -> None:
    here, place = int(stock.retailer), int(await stock.location_id("S1"))
    other = int((await stock.second_retailer())["retailer"]["id"])
    local = await stock.user("local", "ADMIN", context="RETAILER", context_id=here)
    for contexts in ((("RETAILER", here),), (("LOCATION", place),), (("AGENT", place),)):
        name = f"dana{contexts[0][0]}"
        assert (await local.graphql(CREATE_USER, input=person(name, role("ADMIN", *contexts))))["createUser"]
    beyond: list[list[tuple[str, int]]] = [
        [("ACCOUNT", 0)],
        [("RETAILER", other)],
        [("RETAILER", here), ("ACCOUNT", 0)],
    ]
    for wider in beyond:
        code, _ = await refused(local, CREATE_USER, **person("eve", role("ADMIN", *wider)))
        assert code == "C0020E", wider
        own = (await local.graphql('{ user(username: "local") { id } }'))["user"]["id"]
        assert (await refused(local, UPDATE_USER, id=own, roles=[role("ADMIN", *wider)]))[0] == "C0020E"
    assert (await refused(local, CREATE_ROLE, name="MINE", permissions=[{"name": "ORDER_VIEW"}]))[0] == "C0020E"
    assert (await refused(local, UPDATE_ROLE, name="API", permissions=[{"name": "USER_CREATE"}]))[0] == "C0020E"
    users = await stock.penstock.client.graphql("{ users(first: 50) { edges { node { username } } } }")
    assert "eve" not in str(users)


async def test_nobody_gives_what_they_do_not_hold(stock: Stage) -> None:
    manager = await stock.user("manager", "USER_MANAGER", context="ACCOUNT", context_id=0)
    code, message = await refused(manager, CREATE_USER, **person("eve", role("ADMIN", ("ACCOUNT", 0))))
    assert code == "C0020E"
    assert "ORDER_VIEW" in message
    assert "USER_VIEW" not in message
    assert (await manager.graphql(CREATE_USER, input=person("eve", role("USER_MANAGER", ("ACCOUNT", 0)))))["createUser"]
    ids = {
        edge["node"]["username"]: edge["node"]["id"]
        for edge in (await manager.graphql("{ users(first: 50) { edges { node { id username } } } }"))["users"]["edges"]
    }
    for given in ({"password": "Another-Horse-2"}, {"status": "INACTIVE"}, {"apiKey": "k" * 20}):
        assert (await refused(manager, UPDATE_USER, id=ids["admin"], **given))[0] == "C0020E", given
        assert (await manager.graphql(UPDATE_USER, input={"id": ids["eve"], **given}))["updateUser"]
    assert (await manager.graphql(UPDATE_USER, input={"id": ids["admin"], "title": "Dr"}))["updateUser"]
    roles = await stock.user("roles", "ROLE_MANAGER", context="ACCOUNT", context_id=0)
    code, message = await refused(roles, UPDATE_ROLE, name="ROLE_MANAGER", permissions=[{"name": "ORDER_VIEW"}])
    assert code == "C0020E"
    assert "ORDER_VIEW" in message
    assert (await roles.graphql(CREATE_ROLE, input={"name": "R", "permissions": [{"name": "ROLE_VIEW"}]}))["createRole"]


SETTINGS_OF = """query ($context: [String!], $id: [Int!]) {
  settings(context: $context, contextId: $id) { edges { node { name context } } } }"""

# Type, what is given, and what is read back as value and lobValue.
SETTINGS: list[tuple[str, Node, str | None, Any]] = [
    ("STRING", {"value": "Grüße"}, "Grüße", None),
    ("INTEGER", {"value": "5"}, "5", None),
    ("BOOLEAN", {"value": "TRUE"}, "TRUE", None),
    ("JSON", {"value": '{"a": [1, "b"]}'}, '{"a": [1, "b"]}', None),
    ("LOB", {"value": "long " * 1_000}, "long " * 1_000, None),
    ("JSON", {"lobValue": {"a": [1, "b", None]}}, None, {"a": [1, "b", None]}),
    ("LOB", {"lobValue": "text " * 50_000}, None, "text " * 50_000),
    ("LOB", {"lobValue": '{"a": 1}'}, None, '{"a": 1}'),
    ("JSON", {"lobValue": [1, 2]}, None, [1, 2]),
    ("JSON", {"lobValue": False}, None, False),
    ("STRING", {}, None, None),
]


async def test_settings_hold_text_and_json(stock: Stage) -> None:
    account: Node = {"context": "ACCOUNT", "contextId": 0}
    for number, (type_, given, value, lob) in enumerate(SETTINGS):
        made = await stock.graphql(CREATE_SETTING, name=f"S{number}", valueType=type_, **account, **given)
        assert (made["value"], made["lobValue"]) == (value, lob)
        found = await stock.penstock.client.graphql(
            """query ($n: [String]) { settings(name: $n, context: "ACCOUNT", contextId: 0) {
              edges { node { id name value lobValue context contextId valueType } } } }""",
            n=f"S{number}",
        )
        assert [e["node"] for e in found["settings"]["edges"]] == [made]


# Types and values that do not go together, and what the error names.
UNFIT = [
    ("NOPE", "x", "Setting.valueType 'NOPE'"),
    ("string", "x", "Setting.valueType 'string'"),
    ("INTEGER", "abc", "Setting.value 'abc'"),
    ("INTEGER", "1.5", "Setting.value '1.5'"),
    ("BOOLEAN", "yes", "Setting.value 'yes'"),
    ("JSON", '{"a": ', "Setting.value '{\"a\": '"),
    ("JSON", "[" * 100_000, "Setting.value '[[["),
]


async def test_a_setting_has_a_value_of_its_type(stock: Stage) -> None:
    client = stock.penstock.client
    for number, (type_, value, named) in enumerate(UNFIT):
        given: Node = {"name": f"T{number}", "context": "ACCOUNT", "contextId": 0}
        wrong = {"valueType": type_, "value": value}
        code, message = await refused(client, CREATE_SETTING, **given, **wrong)
        assert (code, named in message) == ("C0160E", True), message
        made = await stock.graphql(CREATE_SETTING, **given, valueType="STRING", value=value)
        for change in (wrong, {"valueType": type_}):  # also when the value is the one that is stored
            code, message = await refused(client, UPDATE_SETTING, id=made["id"], **given, **change)
            assert (code, named in message) == ("C0160E", True), message


async def test_a_setting_is_one_in_its_context(stock: Stage) -> None:
    client, place = stock.penstock.client, int(await stock.location_id("S1"))
    customer = int(
        (await client.graphql("{ customers(first: 1) { edges { node { id } } } }"))["customers"]["edges"][0]["node"][
            "id"
        ]
    )
    contexts = [("ACCOUNT", 0), ("GLOBAL", 0), ("RETAILER", int(stock.retailer)), ("AGENT", place)]
    for context, id_ in [*contexts, ("CUSTOMER", customer)]:
        given = {"name": "X", "valueType": "STRING", "value": context, "context": context, "contextId": id_}
        made = await stock.graphql(CREATE_SETTING, **given)
        assert (made["context"], made["contextId"]) == (context, id_)
        assert (await refused(client, CREATE_SETTING, **given))[0] == "C0123E", context
    # LOCATION is another word for AGENT, so this one exists.
    again = {"name": "X", "valueType": "STRING", "context": "LOCATION", "contextId": place}
    assert (await refused(client, CREATE_SETTING, **again))[0] == "C0123E"
    assert (await stock.graphql(CREATE_SETTING, **{**again, "name": "x"}))["name"] == "x", "names keep their case"
    for word in ("LOCATION", "AGENT"):
        found = await client.graphql(SETTINGS_OF, context=word, id=place)
        assert {e["node"]["name"]: e["node"]["context"] for e in found["settings"]["edges"]} == {
            "X": "AGENT",
            "x": "LOCATION",
        }
    wrong = [("ACCOUNT", 1, "C0160E"), ("NOWHERE", 0, "C0160E"), ("RETAILER", 999, "C0120E"), ("AGENT", 999, "C0120E")]
    for context, id_, code in wrong:
        given = {"name": "Y", "valueType": "STRING", "context": context, "contextId": id_}
        assert (await refused(client, CREATE_SETTING, **given))[0] == code, context


async def test_an_update_names_type_and_context(stock: Stage) -> None:
    given = {"name": "X", "valueType": "STRING", "value": "1", "context": "ACCOUNT", "contextId": 0}
    made = await stock.graphql(CREATE_SETTING, **given)
    whole = {"id": made["id"], "valueType": "STRING", "context": "ACCOUNT", "contextId": 0}
    for name in whole:
        part = {n: v for n, v in whole.items() if n != name}
        answer = await stock.penstock.client.answer(UPDATE_SETTING, input=part)
        assert name in answer["errors"][0]["message"]
    assert (await stock.graphql(UPDATE_SETTING, **whole, value="2"))["value"] == "2"
    other = await stock.graphql(CREATE_SETTING, **{**given, "name": "Y"})
    taken = {**whole, "id": other["id"], "name": "X"}
    assert (await refused(stock.penstock.client, UPDATE_SETTING, **taken))[0] == "C0123E"


async def test_orders_of_another_retailer_can_be_forbidden(stock: Stage) -> None:
    other = await stock.second_retailer()
    client = await stock.user("clerk", "ADMIN", context="ACCOUNT", context_id=0)
    id_ = (await client.graphql('{ user(username: "clerk") { id } }'))["user"]["id"]
    await stock.graphql(UPDATE_USER, id=id_, primaryRetailer={"id": stock.retailer})
    order = "mutation ($input: CreateOrderInput) { createOrder(input: $input) { id retailer { id } } }"
    own = await stock.order_input("O1", ("A", 1))
    theirs = {**own, **other, "ref": "O2", "items": [{"ref": "1", "productRef": "CAP", "quantity": 1}]}
    theirs["items"][0]["productCatalogueRef"] = f"PC:MASTER:{other['retailer']['id']}"
    assert (await client.graphql(order, input={**theirs, "ref": "O0"}))["createOrder"]["retailer"] == other["retailer"]
    await stock.set("fc.graphql.order.create.event", "disable-cross-retailer", context="ACCOUNT", context_id=0)
    deadline = time.monotonic() + 60
    while "errors" not in (answer := await client.answer(order, input={**theirs, "ref": f"O{time.monotonic()}"})):
        assert time.monotonic() < deadline  # the API may have read the settings a second ago
    assert answer["errors"][0]["extensions"]["code"] == "C0020E"
    assert (await client.graphql(order, input=own))["createOrder"]["retailer"] == {"id": stock.retailer}


async def test_comments_can_be_open_to_the_account(stock: Stage) -> None:
    other = int((await stock.second_retailer())["retailer"]["id"])
    await stock.load("A", "S1", 5)
    await stock.place("O1", ("A", 1))
    order = (await stock.order("O1"))["id"]
    comment = "mutation ($input: CreateCommentInput) { createComment(input: $input) { id } }"
    await stock.graphql(comment, entityType="ORDER", entityId=order, text="Ring twice")
    reader = await stock.user("reader", "CUSTOMER_SERVICE", context="RETAILER", context_id=other)
    texts = "{ comments(first: 10) { edges { node { text } } } }"
    assert (await reader.graphql(texts))["comments"]["edges"] == []
    await stock.set("fc.graphql.comment.access", "account", context="ACCOUNT", context_id=0)
    deadline = time.monotonic() + 60
    while not (found := (await reader.graphql(texts))["comments"]["edges"]):
        assert time.monotonic() < deadline
    assert found == [{"node": {"text": "Ring twice"}}]
    assert (await reader.graphql("{ orders(first: 1) { edges { node { id } } } }"))["orders"]["edges"] == []
