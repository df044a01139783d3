"""Bad input over HTTP: the error that the contract names, with field and value, and nothing written (spec 10 to 12)."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from bench.tools.furniture import order_input
from house import EVENT

if TYPE_CHECKING:
    from house import House

pytest_plugins = ["opened_house"]

CREATE = "mutation ($i: CreateOrderInput) { createOrder(input: $i) { id } }"
NETWORK = "mutation ($i: CreateNetworkInput) { createNetwork(input: $i) { id } }"
UPDATE = "mutation ($i: UpdateOrderInput) { updateOrder(input: $i) { id } }"
MB = 1024 * 1024
GONE = "99999999999999999999"  # more than 64 bit

# Query, code of the error ("" when the document itself is wrong), what its message names.
QUERIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("{ orders { edges { node { colour } } } }", "", ("colour", "Order")),
    ("{ paradise { id } }", "", ("paradise",)),
    ("{ orders(colour: 1) { edges { node { id } } } }", "", ("colour",)),
    ("{ orders(first: many) { edges { node { id } } } }", "", ("Int", "many")),
    ('{ orders(first: "many") { edges { node { id } } } }', "", ("Int", "many")),
    ("{ orders(first: 2147483648) { edges { node { id } } } }", "", ("32-bit", "2147483648")),
    ("{ orders(status: 7) { edges { node { id } } } }", "", ("String", "7")),
    ("{ orders { edges { node { id } } }", "", ("Expected Name, found <EOF>",)),
    ("", "", ("<EOF>",)),
    ('mutation { createOrder(input: {type: "HD"}) { id } }', "", ("CreateOrderInput.ref",)),
    ('{ orders(createdOn: {from: "tomorrow"}) { edges { node { id } } } }', "C0100E", ("createdOn.from", "tomorrow")),
    ('{ orders(createdOn: {from: "2024-02-30T00:00:00Z"}) { edges { node { id } } } }', "C0100E", ("2024-02-30",)),
    ("{ orders(createdOn: {}) { edges { node { id } } } }", "C0101E", ("createdOn",)),
    ("{ orders(createdOn: {from: null}) { edges { node { id } } } }", "C0101E", ("createdOn",)),
    ('{ orders(after: "not a cursor") { edges { node { id } } } }', "C0160E", ("after", "not a cursor")),
    ('{ orders(last: 1, before: "AAAA") { edges { node { id } } } }', "C0160E", ("before", "AAAA")),
    ("{ orders(first: -1) { edges { node { id } } } }", "C0160E", ("first", "-1")),
    ("{ orders(last: -1) { edges { node { id } } } }", "C0160E", ("last", "-1")),
    ("{ orders(first: 5001) { edges { node { id } } } }", "C0001E", ("first", "5001", "5000")),
    ('{ orders(ref: "a\\u0000b") { edges { node { id } } } }', "C0160E", ("ref", "U+0000")),
    ("{ order { id } }", "C0140E", ("id or ref",)),
    ("mutation { createOrder { id } }", "C0140E", ("input",)),
    ("mutation { createOrder(input: null) { id } }", "C0140E", ("input",)),
    (
        "{ orders(first: 5000) { edges { node { items(first: 2) { edges { node { order { id } } } } } } } }",
        "C0001E",
        ("15001", "11111"),
    ),
    ("{ " + "me { primaryRetailer { networks { edges { node { id } } } } } " * 60 + "}", "C0001E", ("60", "50")),
    ("{ " + " ".join(f"a{n}: me {{ id }}" for n in range(1001)) + "}", "C0001E", ("2002", "2000")),
    (
        "{ orders " + "{ edges { node { fulfilments " * 12 + "{ __typename }" + "} } } " * 12 + "}",
        "C0001E",
        ("38", "25"),
    ),
    ("{" * 5000, "C0001E", ("60",)),
    ("subscription { orders { edges { cursor } } }", "", ("subscription",)),
)


async def refused(house: House, body: object, code: str, said: tuple[str, ...]) -> None:
    """Send a GraphQL request that is refused as a whole, or with each of its fields null."""
    status, answer = await house.admin.post("/graphql", body)
    assert status == 200, answer
    error = answer["errors"][0]
    assert error["extensions"].get("code", "") == code, answer
    assert error["message"].startswith(code)
    assert all(part in error["message"] for part in said), error["message"]
    assert answer["data"] is None or set(answer["data"].values()) == {None}


@pytest.fixture
async def unwritten(house: House) -> Any:
    """Check that the test leaves every table as it was."""
    before = await house.written()
    yield
    assert await house.written() == before


@pytest.mark.usefixtures("unwritten")
@pytest.mark.parametrize(("query", "code", "said"), QUERIES, ids=range(len(QUERIES)))
async def test_a_document_that_is_wrong(house: House, query: str, code: str, said: tuple[str, ...]) -> None:
    await refused(house, {"query": query}, code, said)


def _orders(house: House) -> tuple[tuple[dict[str, Any], str, tuple[str, ...]], ...]:
    """Return changes of a good order, the code of the error, and what its message names."""
    line = order_input(house.first, "ONE", "")["items"][0]
    text = "x" * 256
    return (
        ({"ref": None}, "C0140E", ("$i.ref",)),
        ({"ref": 7}, "", ("$i.ref", "7")),
        ({"colour": "red"}, "", ("$i", "colour")),
        ({"items": [{**line, "quantity": "many"}]}, "", ("$i.items.0.quantity", "many")),
        ({"items": [{**line, "quantity": 1.5}]}, "", ("$i.items.0.quantity", "1.5")),
        ({"items": [{**line, "quantity": True}]}, "", ("$i.items.0.quantity", "True")),
        ({"items": [{**line, "quantity": 2**31}]}, "", ("$i.items.0.quantity", str(2**31))),
        ({"items": [{**line, "quantity": -1}]}, "C0122E", ("OrderItem.quantity", "-1")),
        ({"items": [{**line, "quantity": 0}]}, "C0122E", ("OrderItem.quantity", "0")),
        ({"items": [{**line, "productRef": "NONE"}]}, "C0120E", ("OrderItem.productRef", "NONE")),
        ({"items": [{**line, "productCatalogueRef": "NONE"}]}, "C0120E", ("OrderItem.productRef", "NONE")),
        ({"items": [{**line, "productRef": "SHOE-TWO", "productCatalogueRef": "PC-TWO"}]}, "C0120E", ("SHOE-TWO",)),
        ({"items": [line, {**line}]}, "C0123E", ("order_id, ref",)),
        ({"items": "none"}, "", ("$i.items", "none")),
        ({"items": None}, "C0140E", ("$i.items",)),
        ({"totalPrice": "NaN"}, "", ("$i.totalPrice", "NaN")),
        ({"totalPrice": "1e999"}, "", ("$i.totalPrice", "1e999")),
        ({"ref": "HD-north-ONE"}, "C0121E", ("ref", "HD-north-ONE")),
        ({"ref": text}, "C0141E", ("Order.ref", "256", "255")),
        ({"type": text}, "C0141E", ("Order.type", "256", "255")),
        ({"attributes": [{"name": text, "type": "STRING", "value": 1}]}, "C0141E", ("Order.attributes.name", "256")),
        ({"attributes": [{"name": "a", "type": "STRING", "value": None}]}, "C0140E", ("$i.attributes.0.value",)),
        ({"attributes": [{"name": "a", "type": "STRING", "value": "\0"}]}, "C0160E", ("attributes", "U+0000")),
        ({"attributes": [{"name": "a", "type": "S", "value": {"b": ["\0"]}}]}, "C0160E", ("attributes", "U+0000")),
        ({"ref": "a\0b"}, "C0160E", ("$i.ref", "U+0000")),
        ({"retailer": {"id": GONE}}, "C0120E", ("Order.retailer", GONE)),
        ({"retailer": {"id": "one"}}, "C0120E", ("Order.retailer", "one")),
        ({"retailer": {}}, "C0140E", ("$i.retailer.id",)),
        ({"customer": {"id": house.second["customer"]}}, "C0120E", ("Order.customer", house.second["customer"])),
    )


@pytest.mark.usefixtures("unwritten")
async def test_an_order_that_is_wrong(house: House) -> None:
    for changed, code, said in _orders(house):
        await refused(
            house, {"query": CREATE, "variables": {"i": order_input(house.first, "ONE", "NEW") | changed}}, code, said
        )


@pytest.mark.usefixtures("unwritten")
async def test_other_mutations_that_are_wrong(house: House) -> None:
    product = """mutation { createStandardProduct(input: {ref: "SHOE-ONE", catalogue: {ref: "PC-ONE"},
      type: "STANDARD", gtin: "1", name: "Shoe"}) { id } }"""
    await refused(house, {"query": product}, "C0128E", ("SHOE-ONE",))
    network = {"name": "NET-ONE", "retailers": [{"id": house.first["retailer"]}]}
    await refused(house, {"query": NETWORK, "variables": {"i": network}}, "C0123E", ("ref", "NET-ONE"))
    for id_ in ("1", GONE, "x", "-1", ""):
        await refused(house, {"query": UPDATE, "variables": {"i": {"id": id_, "status": "X"}}}, "C0120E", (id_,))


@pytest.mark.usefixtures("unwritten")
async def test_what_is_not_found_is_null(house: House) -> None:
    for id_ in (GONE, "1", "-1", "x", "", "\u0663"):
        document = "query ($id: ID!) { orderById(id: $id) { id } orders(ref: [$id]) { edges { cursor } } }"
        document = document.replace("[$id]", '"none"')
        assert await house.admin.answer(document, {"id": id_}) == {"data": {"orderById": None, "orders": {"edges": []}}}


@pytest.mark.usefixtures("unwritten")
async def test_pages_at_their_limits(house: House) -> None:
    assert await house.admin.run(
        "{ orders(first: 0) { edges { cursor } pageInfo { hasNextPage hasPreviousPage } } }"
    ) == {
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False},
    }
    first = await house.admin.run("{ orders(first: 1) { edges { cursor } } }")
    assert await house.admin.run("{ orders(first: 1, last: 2) { edges { cursor } } }") == first
    assert await house.admin.run('{ orders(status: "CREATED", retailerId: 1) { __typename } }') == {
        "__typename": "OrderConnection"
    }
    await house.admin.run("{ orders(first: 5000) { edges { cursor } } }")


def _nested(levels: int) -> bytes:
    return b'{"a":[' * (levels // 2) + b"[" * (levels % 2) + b"]" * (levels % 2) + b"]}" * (levels // 2)


async def test_json_as_deep_as_it_may_be_is_kept(house: House) -> None:
    deep = json.loads(_nested(190))
    document = "mutation ($i: UpdateOrderInput) { updateOrder(input: $i) { attributes { value } } }"
    given = {"id": house.first["north order"], "attributes": [{"name": "a", "type": "JSON", "value": deep}]}
    assert await house.admin.run(document, {"i": given}) == {"attributes": [{"value": deep}]}


@pytest.mark.usefixtures("unwritten")
async def test_an_enum_that_is_no_text(house: House) -> None:
    document = "mutation ($m: ExecutionMode) { createFulfilmentOption(input: null, executionMode: $m) { id } }"
    values: tuple[object, ...] = ({}, [], {"a": 1}, 1, True, "LATER")
    for value in values:
        await refused(house, {"query": document, "variables": {"m": value}}, "", ("$m", "AWAIT_ORCHESTRATION"))


@pytest.mark.usefixtures("unwritten")
async def test_a_long_value_is_not_sent_back(house: House) -> None:
    for value in ("x" * (MB // 2), ["x"] * 100_000, {"a": "x" * (MB // 2)}):
        answer = await house.admin.answer("query ($v: Int) { orders(first: $v) { edges { cursor } } }", {"v": value})
        assert len(answer["errors"][0]["message"]) < 400
    status, answer = await house.admin.send("GET", f"{EVENT}?eventId=" + "x" * 20_000)
    assert status == 400
    assert len(answer["message"]) < 400


@pytest.mark.usefixtures("unwritten")
async def test_bodies_that_are_no_operation(house: House) -> None:
    good = json.dumps({"query": "{ me { id } }"}).encode()
    for content, said in (
        (b"[" + good + b"]", "object"),
        (b"{", "JSON"),
        (b"", "JSON"),
        (b'{"query": "{ me { id } }", "variables": []}', "variables"),
        (b'{"query": "{ me { id } }", "variables": "{}"}', "variables"),
        (b'{"query": "{ me { id } }", "variables": {"a": NaN}}', "JSON"),
        (b'{"query": "{ me { id } }", "variables": {"a": 1e999}}', "JSON"),
        (b'{"query": "{ me { id } }", "variables": {"a": "\\ud800"}}', "JSON"),
        (b'{"query": "{ me { id } }", "operationName": 1}', "operationName"),
        (b'{"query": null}', "query"),
        (b"{}", "query"),
        (b'{"query": "\xff"}', "JSON"),
        (b"[" * 500_000, "JSON"),
        (b'{"query": "{ me { id } }", "variables": {"a": ' + _nested(201) + b"}}", "200 objects and lists"),
    ):
        status, answer = await house.admin.send("POST", "/graphql", content)
        assert status == 400, (content[:60], answer)
        assert said in answer["message"]
        assert answer["errors"][0]["message"] == answer["message"]
    for method in ("GET", "PUT", "DELETE"):
        status, answer = await house.admin.send(method, "/graphql?query={me{id}}")
        assert (status, answer["code"]) == (405, "405")
    body = {"query": "query A { me { id } }", "operationName": "B"}
    await refused(house, body, "", ("B",))
    await refused(house, {"query": "query A { me { id } } query B { me { id } }"}, "", ("operation name",))
    mixed = "query A { __typename } subscription B { anything(you: LIKE) }"
    await refused(house, {"query": mixed, "operationName": "B"}, "", ("subscription",))
    assert await house.admin.post("/graphql", {"query": mixed, "operationName": "A"}) == (
        200,
        {"data": {"__typename": "Query"}},
    )
    surrogate = {"query": '{ orders(ref: "\\ud800") { edges { cursor } } }'}
    await refused(house, surrogate, "", ("ud800",))


@pytest.mark.usefixtures("unwritten")
async def test_a_body_of_ten_megabytes(house: House) -> None:
    for path in ("/graphql", f"{EVENT}/async", f"{EVENT}/sync", "/oauth/token"):
        status, answer = await house.browser(house.admin.token).send("POST", path, BytesIO(b"x" * 10 * MB))
        assert status == 413, path
        assert str(2 * MB) in str(answer)


@pytest.mark.usefixtures("unwritten")
async def test_a_token_that_opens_nothing(house: House) -> None:
    expired = "an expired token"
    control = await asyncpg.connect(house.penstock.stored.control)
    await control.execute(
        "INSERT INTO access_token SELECT $1, account, client_id, user_id, $2 FROM access_token LIMIT 1",
        hashlib.sha256(expired.encode()).digest(),
        house.penstock.clock.now() - timedelta(seconds=1),
    )
    await control.close()
    body = {"query": CREATE, "variables": {"i": order_input(house.first, "ONE", "NEW")}}
    for token in (None, "", "unknown", expired, "\u00e9", "x" * 5000):
        browser = house.browser(token)
        for path, content in (("/graphql", body), (f"{EVENT}/async", {}), (f"{EVENT}/sync", {}), ("/nowhere", {})):
            answer = {"error": "invalid_token", "error_description": "Invalid access token"}
            assert await browser.post(path, content) == (401, answer)
        assert (await browser.send("GET", EVENT))[0] == 401
    async with house.admin.http.post("/graphql", json=body) as response:
        assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


EVENTS: tuple[tuple[dict[str, Any], int, tuple[str, ...]], ...] = (
    ({"entityType": "SHOE"}, 400, ("entityType", "SHOE")),
    ({"entityType": None}, 400, ("entityType",)),
    ({"entityId": None}, 400, ("entityId", "entityRef")),
    ({"name": None}, 400, ("name",)),
    ({"name": ["x"]}, 400, ("name", "x")),
    ({"name": "x" * 256}, 400, ("name", "256", "255")),
    ({"retailerId": "one"}, 400, ("retailerId", "one")),
    ({"retailerId": 1.5}, 400, ("retailerId", "float")),
    ({"retailerId": GONE}, 400, ("retailerId", GONE)),
    ({"entityId": GONE}, 400, ("entityId", GONE)),
    ({"accountId": "OTHER"}, 403, ("accountId", "OTHER")),
    ({"scheduledOn": "tomorrow"}, 400, ("scheduledOn", "tomorrow")),
    ({"type": "ODD"}, 400, ("type", "ODD")),
    ({"attributes": 1}, 400, ("attributes",)),
    ({"attributes": {"a": "\0"}}, 400, ("U+0000",)),
    ({"name": "a\0b"}, 400, ("U+0000",)),
    ({"meta": 1}, 400, ("meta",)),
)


@pytest.mark.usefixtures("unwritten")
async def test_an_event_that_is_wrong(house: House) -> None:
    event = {"name": "X", "retailerId": "1", "entityType": "ORDER", "entityId": house.first["north order"]}
    for path in ("async", "sync"):
        for changed, code, said in EVENTS:
            status, answer = await house.admin.post(f"{EVENT}/{path}", event | changed)
            assert status == code, (changed, answer)
            assert all(part in answer["message"] for part in said), answer
        for content in (b"", b"{", b"[]", b'"x"', b'{"name": NaN}', b'{"name": "\\ud800"}', b"[" * 500_000):
            status, answer = await house.admin.send("POST", f"{EVENT}/{path}", content)
            assert status == 400, (content[:40], answer)
            assert "The body is not" in answer["message"]
        deep = json.dumps(event)[:-1].encode() + b', "attributes": ' + _nested(202) + b"}"
        status, answer = await house.admin.send("POST", f"{EVENT}/{path}", deep)
        assert (status, answer["message"]) == (400, "The body nests more than 200 objects and lists.")
    for query in ("count=-1", "start=x", "from=x", "to=x", "eventId=x", "retailerId=x", "context.sourceEvents=x"):
        status, answer = await house.admin.send("GET", f"{EVENT}?{query}")
        assert status == 400
        assert query.split("=")[0] in answer["message"]


async def test_an_event_that_nothing_matches(house: House) -> None:
    event = {"name": "Unheard", "retailerId": "1", "entityType": "ORDER", "entityId": house.first["north order"]}
    status, answer = await house.admin.post(f"{EVENT}/async", event)
    assert (status, answer["eventStatus"]) == (200, "PENDING")
    await house.penstock.settle()
    _, stored = await house.admin.send("GET", f"{EVENT}/{answer['eventId']}")
    assert stored["eventStatus"] == "NO_MATCH"
    status, answer = await house.admin.post(f"{EVENT}/sync", event)
    assert status == 404
    assert "No workflow rule matched" in answer["message"]


async def test_of_attributes_with_one_name_the_last_counts(house: House) -> None:
    named = [{"name": "a", "type": "STRING", "value": v} for v in ("first", "last")]
    document = "mutation ($i: UpdateOrderInput) { updateOrder(input: $i) { attributes { name value } } }"
    changed = await house.admin.run(document, {"i": {"id": house.first["north order"], "attributes": named}})
    assert changed == {"attributes": [{"name": "a", "value": "last"}]}


@pytest.mark.usefixtures("unwritten")
async def test_an_order_of_another_retailer(house: House) -> None:
    second = house.users["second"]
    id_, ref = house.first["north order"], "HD-north-ONE"
    document = """query ($id: ID, $ref: String) { orderById(id: $id) { id } order(ref: $ref) { id }
      orders(ref: [$ref]) { edges { cursor } } }""".replace("$id: ID", "$id: ID!").replace("[$ref]", "$refs")
    document = document.replace("$ref: String)", "$ref: String, $refs: [String!])")
    answer = await second.answer(document, {"id": id_, "ref": ref, "refs": [ref]})
    assert answer == {"data": {"orderById": None, "order": None, "orders": {"edges": []}}}
    answer = await second.answer("{ orders(retailerId: 1) { edges { cursor } } }")
    assert answer["errors"][0]["extensions"]["code"] == "C0020E"
    answer = await second.answer(UPDATE, {"i": {"id": id_, "status": "STOLEN"}})
    assert answer["data"] == {"updateOrder": None}
    assert answer["errors"][0]["extensions"]["code"] == "C0120E"
    assert id_ in answer["errors"][0]["message"]
    answer = await second.answer(CREATE, {"i": order_input(house.first, "ONE", "STOLEN")})
    assert answer["errors"][0]["extensions"]["code"] == "C0020E"
    for retailer, key in (
        ("1", {"entityId": id_}),
        ("1", {"entityRef": ref}),
        (house.second["retailer"], {"entityId": id_}),
    ):
        for path in ("async", "sync"):
            event = {"name": "X", "retailerId": retailer, "entityType": "ORDER", **key}
            status, answer = await second.post(f"{EVENT}/{path}", event)
            assert status == 403
            assert retailer in answer["message"] or id_ in answer["message"]


async def test_the_ref_of_another_retailers_order_names_none_of_ones_own(house: House) -> None:
    event = {"name": "X", "retailerId": house.second["retailer"], "entityType": "ORDER", "entityRef": "HD-north-ONE"}
    status, answer = await house.users["second"].post(f"{EVENT}/async", event)
    assert status == 200
    await house.penstock.settle()
    _, stored = await house.users["second"].send("GET", f"{EVENT}/{answer['eventId']}")
    assert (stored["eventStatus"], stored["context"]["entityId"]) == ("FAILED", None)
    assert (await house.users["second"].post(f"{EVENT}/sync", event))[0] == 404
