"""Documents against stored rows: what the read planner answers (spec 12)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from penstock.api.graphql.service import GraphQL
from penstock.api.graphql.statements.visibility import view_permission
from penstock.database.pools import Database
from penstock.database.urls import with_database
from penstock.identity.principal import Principal, Scope
from penstock.model.registry import MODEL
from penstock.model.tables import metadata

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

START = datetime(2024, 5, 6, 1, 5, 45, 120_000, tzinfo=UTC)
ALL = Scope(everything=True)
VIEWS = frozenset(view_permission(e) for e in MODEL.entities)
REFS = {1: "ONE", 2: "TWO"}

ATTRIBUTES: list[dict[str, Any]] = [
    {"name": "gift", "type": "BOOLEAN", "value": True},
    {"name": "note", "type": "JSON", "value": {"a": [1, "é"]}},
]


def principal(scope: Scope = ALL, permissions: frozenset[str] = VIEWS) -> Principal:
    return Principal(
        account="TEST",
        user_id=900,
        username="tester",
        retailer_id=1,
        permissions=dict.fromkeys(permissions, scope),
        retailer_refs=REFS,
    )


async def insert(database: Database, table: str, **values: Any) -> None:
    """Insert a row; what is not given but required gets a plain value."""
    row: dict[str, Any] = {}
    for column in metadata.tables[table].c:
        if column.name in values:
            given = values[column.name]
            row[column.name] = json.dumps(given) if column.type.__class__.__name__ == "JSONB" else given
        elif column.name in {"created_on", "updated_on"}:
            row[column.name] = START
        elif not column.nullable and column.name != "revision":
            row[column.name] = 1 if column.type.python_type in {int, float} else "x"
    names = ", ".join(row)
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await database.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *row.values())


async def order(database: Database, number: int, retailer: int = 1, items: int = 3) -> None:
    """Insert an order with items and one fulfilment of all of them from the first store."""
    created = START + timedelta(minutes=number)
    await insert(
        database, "orders", id=number, ref=f"HD_{number}", type="HD", status="BOOKED", retailer_id=retailer,
        workflow_ref="ORDER::HD", workflow_version=1, customer_id=501, total_price=60.5, created_on=created,
        attributes=ATTRIBUTES,
    )  # fmt: skip
    tree = {"order_id": number, "retailer_id": retailer}
    await insert(
        database, "fulfilment", **tree, id=number * 100, ref=f"F{number}", status="ASSIGNED", type="HD_PFDC",
        from_address_id=301,
    )  # fmt: skip
    for n in range(items):
        key = number * 100 + n
        await insert(database, "order_item", **tree, id=key, ref=f"L{n}", product_id=701, quantity=n + 1, status="OK")
        await insert(database, "fulfilment_item", **tree, id=key, ref=f"FI{n}", fulfilment_id=number * 100,
                     order_item_id=key, requested_quantity=n + 1, filled_quantity=0, rejected_quantity=0)  # fmt: skip


@pytest.fixture(scope="module")
async def stored(postgres: str, templates: dict[str, str]) -> AsyncIterator[Database]:
    """Yield a database with two retailers, a store each, a catalogue with two products, a user and 25 orders."""
    server = await asyncpg.connect(postgres)
    await server.execute(f"CREATE DATABASE test_planner TEMPLATE {templates['account']}")
    database = await Database.open(with_database(postgres, "test_planner"))
    await fill(database)
    yield database
    await database.close()
    await server.execute("DROP DATABASE test_planner WITH (FORCE)")
    await server.close()


async def fill(database: Database) -> None:
    for number, name in REFS.items():
        await insert(database, "retailer", id=number, ref=name)
        await insert(database, "address", id=300 + number, kind="STORE", ref=f"S{number}", name='Main "St"')
        await insert(database, "opening_schedule", id=number, all_hours=True)
        await insert(database, "location", id=number, ref=f"S{number}", retailer_id=number, name="Store",
                     primary_address_id=300 + number, opening_schedule_id=number)  # fmt: skip
        await insert(database, "network", id=number, ref=f"N{number}")
        await insert(database, "product_catalogue", id=600 + number, ref=f"PC{number}", retailer_refs=[name])
    await insert(database, "customer", id=501, ref="cust", retailer_id=1, username="cust", first_name="Dana")
    await insert(database, "product", id=701, kind="STANDARD", ref="P1", catalogue_id=601, gtin="0701",
                 tax={"country": "GB", "group": "A"})  # fmt: skip
    await insert(database, "product", id=702, kind="VARIANT", ref="P2", catalogue_id=602, gtin="0702", product_id=701)
    await insert(database, "price", id=1, product_id=701, type="DEFAULT", currency="GBP", value=9.99)
    await insert(
        database, "users", id=900, ref="u", username="tester", type="ADMIN", language={"value": "en", "label": "E"}
    )
    await insert(database, "permission", id=1, name="ORDER_VIEW")
    await insert(database, "role", id=1, name="ADMIN")
    await insert(database, "role_permission", role_id=1, permission_id=1)
    await insert(
        database, "user_role", id=1, user_id=900, role_id=1, contexts=[{"contextType": "ACCOUNT", "contextId": 0}]
    )
    await insert(database, "network_location", network_id=1, location_id=1)
    for number in range(1, 26):
        await order(database, number, retailer=1 if number <= 20 else 2)


async def ask(
    database: Database, query: str, variables: Mapping[str, Any] | None = None, who: Principal | None = None
) -> Any:
    """Return the whole response, decoded."""
    body = await SERVICE.execute(database, who or principal(), query, dict(variables or {}), None, None)
    return json.loads(body)


SERVICE = GraphQL()


async def test_an_order_is_one_statement(stored: Database) -> None:
    before = stored.statements
    answer = await ask(
        stored,
        """query ($ref: String) { order(ref: $ref) { __typename id ref status createdOn totalPrice workflowVersion
          attributes { name type value }
          names: attributes { value name }
          customer { firstName } customerLink { ref }
          items(first: 2) { edges { node { ref quantity product { __typename ref prices { value currency }
              ... on StandardProduct { gtin } tax { country tariff } } } cursor } pageInfo { hasNextPage } }
          fulfilments { edges { node { ref fromAddress { ref name } fromLocation { ref }
              items { edges { node { requestedQuantity orderItem { ref } } } } } } } } }""",
        {"ref": "HD_7"},
    )
    assert stored.statements == before + 1
    order_: Any = answer["data"]["order"]
    first, second = (e["cursor"] for e in order_["items"]["edges"])
    assert "errors" not in answer
    assert order_ == {
        "__typename": "Order",
        "id": "7",
        "ref": "HD_7",
        "status": "BOOKED",
        "createdOn": "2024-05-06T01:12:45.120Z",
        "totalPrice": 60.5,
        "workflowVersion": 1,
        "attributes": ATTRIBUTES,
        "names": [{"value": a["value"], "name": a["name"]} for a in ATTRIBUTES],
        "customer": {"firstName": "Dana"},
        "customerLink": {"ref": "cust"},
        "items": {
            "edges": [
                {
                    "node": {
                        "ref": f"L{n}",
                        "quantity": n + 1,
                        "product": {
                            "__typename": "StandardProduct",
                            "ref": "P1",
                            "prices": [{"value": 9.99, "currency": "GBP"}],
                            "gtin": "0701",
                            "tax": {"country": "GB", "tariff": None},
                        },
                    },
                    "cursor": cursor,
                }
                for n, cursor in enumerate((first, second))
            ],
            "pageInfo": {"hasNextPage": True},
        },
        "fulfilments": {
            "edges": [
                {
                    "node": {
                        "ref": "F7",
                        "fromAddress": {"ref": "S1", "name": 'Main "St"'},
                        "fromLocation": {"ref": "S1"},
                        "items": {
                            "edges": [
                                {"node": {"requestedQuantity": n + 1, "orderItem": {"ref": f"L{n}"}}} for n in range(3)
                            ]
                        },
                    }
                }
            ]
        },
    }
    assert list(order_)[:4] == ["__typename", "id", "ref", "status"]


def page(answer: Any, field: str = "orders") -> tuple[list[str], dict[str, bool]]:
    """Return the refs of a page, and its flags."""
    connection = answer["data"][field]
    return [e["node"]["ref"] for e in connection["edges"]], connection["pageInfo"]


PAGE = "{ edges { node { ref } cursor } pageInfo { hasNextPage hasPreviousPage } }"


async def test_pages_go_forwards_and_backwards_over_all_rows(stored: Database) -> None:
    newest_first = [f"HD_{n}" for n in range(25, 0, -1)]
    seen: list[str] = []
    after = None
    for _ in range(3):
        query = f"query ($after: String) {{ orders(first: 9, after: $after) {PAGE} }}"
        answer = await ask(stored, query, {"after": after} if after else {})
        refs, flags = page(answer)
        seen += refs
        assert flags == {"hasNextPage": len(seen) < 25, "hasPreviousPage": after is not None}
        after = answer["data"]["orders"]["edges"][-1]["cursor"]
    assert seen == newest_first
    answer = await ask(stored, f'{{ orders(first: 9, after: "{after}") {PAGE} }}')
    assert page(answer) == ([], {"hasNextPage": False, "hasPreviousPage": False})

    answer = await ask(stored, f"{{ orders(last: 4) {PAGE} }}")
    assert page(answer) == (newest_first[-4:], {"hasNextPage": False, "hasPreviousPage": True})
    before = answer["data"]["orders"]["edges"][0]["cursor"]
    answer = await ask(stored, f'{{ orders(last: 4, before: "{before}") {PAGE} }}')
    assert page(answer) == (newest_first[-8:-4], {"hasNextPage": True, "hasPreviousPage": True})
    assert len(page(await ask(stored, f"{{ orders {PAGE} }}"))[0]) == 10
    assert page(await ask(stored, f"{{ orders(first: 2, last: 3) {PAGE} }}"))[0] == newest_first[:2]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('ref: "HD_3"', [3]),
        ('ref: ["HD_3", "HD_4", null]', [4, 3]),
        ('ref: "HD_1%", first: 50', [19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 1]),
        ('ref: "HD%_1"', [21, 11, 1]),
        ('ref: ["%D_2", "HD_3"]', [3, 2]),
        ('ref: "HDX3"', []),
        ('ref: ["HD_3"], status: "SHIPPED"', []),
        ("ref: [], first: 1", [25]),
        ("status: null, first: 1", [25]),
        ("retailerId: 2", [25, 24, 23, 22, 21]),
        ('createdOn: {from: "2024-05-06T01:29:45.120Z"}', [25, 24]),
        ('createdOn: {to: "2024-05-06T03:07:45.120+02:00"}', [2, 1]),
        ('createdOn: {from: "2024-05-06T01:07:45Z", to: "2024-05-06T01:08:45.120Z"}', [3, 2]),
        ('customerLink: {ref: "cust"}, first: 1', [25]),
        ('customerLink: {ref: "other"}', []),
        ('totalPrice: "60.5", first: 1', [25]),
        ("totalPrice: [1, 2]", []),
    ],
)
async def test_filters(stored: Database, arguments: str, expected: list[int]) -> None:
    answer = await ask(stored, f"{{ orders({arguments}) {PAGE} }}")
    assert page(answer)[0] == [f"HD_{n}" for n in expected]


async def test_filters_of_lists_and_links(stored: Database) -> None:
    async def refs(field: str, arguments: str) -> list[str]:
        answer = await ask(stored, f"{{ {field}({arguments}) {PAGE} }}")
        return page(answer, field)[0]

    assert await refs("productCatalogues", 'retailerRefs: [["ONE"], ["TWO"]]') == ["PC2", "PC1"]
    assert await refs("productCatalogues", 'retailerRefs: "TWO"') == ["PC2"]
    assert await refs("productCatalogues", 'retailerRefs: [["ONE", "TWO"]]') == []
    assert await refs("standardProducts", 'catalogue: {ref: "PC1"}') == ["P1"]
    assert await refs("standardProducts", 'category: {ref: "C", catalogue: {ref: "PC1"}}') == []
    assert await refs("variantProducts", 'gtin: "07%"') == ["P2"]
    assert await refs("fulfilments", 'fromLocation: {ref: "S1"}, first: 1') == ["F1"]


async def test_gets(stored: Database) -> None:
    answer = await ask(
        stored,
        """{ a: orderById(id: 7) { ref } b: order(id: "7", ref: "HD_7") { ref } none: order(ref: "no") { ref }
             odd: orderById(id: "x") { ref } standardProduct(ref: "P1", catalogue: {ref: "PC1"}) { id }
             product(ref: "P2", catalogue: {ref: "PC2"}) { ref ... on VariantProduct { product { ref } } }
             role(name: "ADMIN") { permissions { name } } __typename
             location(ref: "S1") { networks { edges { node { ref } } } openingSchedule { allHours }
               primaryAddress { ... on StoreAddress { location { ref } } ... on CustomerAddress { id } } } }""",
    )
    assert answer["data"] == {
        "a": {"ref": "HD_7"},
        "b": {"ref": "HD_7"},
        "none": None,
        "odd": None,
        "standardProduct": {"id": "00000000-0000-8000-8000-0000000002bd"},
        "product": {"ref": "P2", "product": {"ref": "P1"}},
        "role": {"permissions": [{"name": "ORDER_VIEW"}]},
        "__typename": "Query",
        "location": {
            "networks": {"edges": [{"node": {"ref": "N1"}}]},
            "openingSchedule": {"allHours": True},
            "primaryAddress": {"location": {"ref": "S1"}},
        },
    }


async def test_many_root_fields_are_read_on_one_snapshot(stored: Database) -> None:
    fields = " ".join(f"o{n}: orderById(id: {n}) {{ ref }}" for n in range(1, 21))
    before = stored.statements
    answer = await ask(stored, f"{{ {fields} }}")
    assert answer["data"] == {f"o{n}": {"ref": f"HD_{n}"} for n in range(1, 21)}
    assert stored.statements == before + 5  # BEGIN, three statements, COMMIT


async def test_fragments_directives_and_merged_fields(stored: Database) -> None:
    query = """query Q($id: ID!, $more: Boolean! = false, $less: Boolean!) {
      orderById(id: $id) { ...Basics ... on Node { createdOn @skip(if: $less) }
        items(first: 1) { edges { node { ref } } }
        items(first: 1) { edges { node { quantity } } } ... @include(if: $more) { type } } }
      fragment Basics on Order { id status @include(if: $more) ...Deeper } fragment Deeper on Orderable { id }"""
    answer = await ask(stored, query.replace("Orderable", "Orchestrateable").replace("{ id }", "{ status2: status }"),
                       {"id": 3, "less": True})  # fmt: skip
    assert answer["data"]["orderById"] == {
        "id": "3",
        "status2": "BOOKED",
        "items": {"edges": [{"node": {"ref": "L0", "quantity": 1}}]},
    }
    answer = await ask(stored, query.replace("Orderable", "Order"), {"id": "3", "less": False, "more": True})
    assert set(answer["data"]["orderById"]) == {"id", "status", "createdOn", "items", "type"}


async def test_me_needs_no_permission(stored: Database) -> None:
    nobody = principal(permissions=frozenset())
    query = """{ me { username language { value label } attributes { name }
                      roles { role { name } contexts { contextType contextId } } } }"""
    assert (await ask(stored, query, who=nobody))["data"]["me"] == {
        "username": "tester",
        "language": {"value": "en", "label": "E"},
        "attributes": None,
        "roles": [{"role": {"name": "ADMIN"}, "contexts": [{"contextType": "ACCOUNT", "contextId": "0"}]}],
    }


async def test_missing_permissions_are_all_named_and_nothing_is_shown(stored: Database) -> None:
    some = principal(permissions=frozenset({"ORDER_VIEW"}))
    query = "{ orders { edges { node { ref items { edges { node { ref } } } customer { ref } } } } }"
    answer = await ask(stored, query, who=some)
    assert answer["data"] is None
    (error,) = answer["errors"]
    assert error["message"] == "C0020E - User does not have permission: CUSTOMER_VIEW, ORDERITEM_VIEW"
    assert error["extensions"] == {"code": "C0020E", "classification": "DataFetchingException"}


async def test_retailers_see_their_own(stored: Database) -> None:
    second = principal(Scope(retailers=frozenset({2})))
    answer = await ask(
        stored,
        f"""{{ orders(first: 50) {PAGE} mine: order(ref: "HD_21") {{ ref retailer {{ ref }}
               items {{ edges {{ node {{ ref }} }} }} customer {{ ref }} }}
             other: orderById(id: 3) {{ ref }} retailers {PAGE} productCatalogues {PAGE} standardProducts {PAGE}
             variantProducts {PAGE} locations {PAGE} }}""",
        who=second,
    )
    assert page(answer)[0] == [f"HD_{n}" for n in range(25, 20, -1)]
    assert answer["data"]["other"] is None
    assert answer["data"]["mine"] == {
        "ref": "HD_21",
        "retailer": {"ref": "TWO"},
        "items": {"edges": [{"node": {"ref": f"L{n}"}} for n in range(3)]},
        "customer": None,  # a customer of the first retailer
    }
    assert page(answer, "retailers")[0] == ["TWO"]
    assert page(answer, "productCatalogues")[0] == ["PC2"]
    assert page(answer, "standardProducts")[0] == []
    assert page(answer, "variantProducts")[0] == ["P2"]
    assert page(answer, "locations")[0] == ["S2"]


async def test_store_users_see_what_is_at_their_store(stored: Database) -> None:
    store = principal(Scope(retailers=frozenset({2}), locations=frozenset({2}), partial=frozenset({2})))
    answer = await ask(stored, f"{{ orders {PAGE} fulfilments {PAGE} locations {PAGE} }}", who=store)
    assert page(answer)[0] == []
    await stored.execute("UPDATE fulfilment SET from_address_id = 302 WHERE id = 2200")
    answer = await ask(stored, f"{{ orders {PAGE} fulfilments {PAGE} locations {PAGE} }}", who=store)
    assert page(answer)[0] == ["HD_22"]
    assert page(answer, "fulfilments")[0] == ["F22"]
    assert page(answer, "locations")[0] == ["S2"]
    await stored.execute("UPDATE fulfilment SET from_address_id = 301 WHERE id = 2200")


async def test_users_of_a_retailer_and_of_a_store_of_another(stored: Database) -> None:
    scope = Scope(retailers=frozenset({1, 2}), locations=frozenset({2}), partial=frozenset({2}))
    answer = await ask(stored, f"{{ orders(first: 50) {PAGE} locations {PAGE} }}", who=principal(scope))
    assert page(answer)[0] == [f"HD_{n}" for n in range(20, 0, -1)]
    assert page(answer, "locations")[0] == ["S2", "S1"]


async def test_naming_another_retailer_is_refused(stored: Database) -> None:
    second = principal(Scope(retailers=frozenset({2})))
    query = "query ($ids: [Int!]) { orders(retailerId: $ids) { edges { node { ref } } } }"
    assert len((await ask(stored, query, {"ids": 2}, second))["data"]["orders"]["edges"]) == 5
    answer = await ask(stored, query, {"ids": [2, 1]}, second)
    assert answer["data"] is None
    assert answer["errors"][0]["message"] == "C0020E - User does not have permission: ORDER_VIEW for retailer 1"


async def test_permissions_held_in_different_places(stored: Database) -> None:
    mixed = Principal(
        "TEST", 900, "tester", 1, dict.fromkeys(VIEWS, ALL) | {"ORDERITEM_VIEW": Scope(retailers=frozenset({2}))}, REFS
    )
    query = "query ($ref: String) { order(ref: $ref) { items { edges { node { ref } } } } }"
    assert (await ask(stored, query, {"ref": "HD_1"}, mixed))["data"]["order"]["items"]["edges"] == []
    assert len((await ask(stored, query, {"ref": "HD_21"}, mixed))["data"]["order"]["items"]["edges"]) == 3


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ orders(createdOn: {}) { edges { cursor } } }", "C0101E"),
        ('{ orders(createdOn: {from: "yesterday"}) { edges { cursor } } }', "C0100E"),
        ('{ orders(after: "no cursor") { edges { cursor } } }', "C0160E"),
        ('{ orders(after: "AAAAAAAAAAE=") { edges { cursor } } }', "C0160E"),
        ("{ orders(first: 5001) { edges { cursor } } }", "C0001E"),
        ("{ orders(first: -1) { edges { cursor } } }", "C0160E"),
        ("{ order { ref } }", "C0140E"),
        ("{ orders(first: 5000) { edges { node { items { edges { node { order { ref } } } } } } } }", "C0001E"),
        ("query ($id: ID!) { orderById(id: $id) { ref } }", "C0140E"),
        ('{ orders(ref: "a\\u0000b") { edges { cursor } } }', "C0160E"),
        ("{ fulfilmentById(id: 1) " + "{ order { fulfilments(first: 1) { edges { node " * 6 + "{ ref }" + " } } } }" * 6
         + " }", "C0001E"),
        ("{ orders " * 70, "C0001E"),
    ],
)  # fmt: skip
async def test_errors_with_a_code(stored: Database, query: str, code: str) -> None:
    answer = await ask(stored, query)
    assert answer["data"] is None
    assert [e["extensions"]["code"] for e in answer["errors"]] == [code]
    assert answer["errors"][0]["message"].startswith(f"{code} - ")


@pytest.mark.parametrize(
    ("query", "variables", "classification"),
    [
        ("{ orders { ", {}, "InvalidSyntax"),
        ("{ orders { nothing } }", {}, "ValidationError"),
        ("{ orders(nothing: 1) { edges { cursor } } }", {}, "ValidationError"),
        ("{ orders(ref: 5) { edges { cursor } } }", {}, "ValidationError"),
        ('{ orders(totalPrice: "sixty") { edges { cursor } } }', {}, "ValidationError"),
        ("query ($r: [String]) { orders(ref: $r) { edges { cursor } } }", {"r": 5}, "ValidationError"),
        ("query A { me { ref } } query B { me { ref } }", {}, "ValidationError"),
    ],
)
async def test_invalid_documents(stored: Database, query: str, variables: dict[str, Any], classification: str) -> None:
    answer = await ask(stored, query, variables)
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"] == {"classification": classification}


async def test_a_lifted_literal_is_checked_again_each_time(stored: Database) -> None:
    good = await ask(stored, '{ orders(totalPrice: "60.5", first: 1) { edges { node { ref } } } }')
    assert good["data"]["orders"]["edges"]
    bad = await ask(stored, '{ orders(totalPrice: "sixty", first: 1) { edges { node { ref } } } }')
    assert bad["errors"][0]["extensions"] == {"classification": "ValidationError"}


async def test_the_largest_allowed_pages(stored: Database) -> None:
    answer = await ask(stored, "{ orders(first: 5000) { edges { node { items { edges { node { ref } } } } } } }")
    assert len(answer["data"]["orders"]["edges"]) == 25


async def test_introspection_beside_data(stored: Database) -> None:
    query = '{ __type(name: "Order") { name fields { name } } me { username } __schema { queryType { name } } }'
    answer = await ask(stored, query)
    assert answer["data"]["__type"]["name"] == "Order"
    assert answer["data"]["me"] == {"username": "tester"}
    assert answer["data"]["__schema"] == {"queryType": {"name": "Query"}}
    other = await ask(stored, query.replace('"Order"', '"Wave"'))
    assert other["data"]["__type"]["name"] == "Wave"
