"""Documents against stored rows: what the read planner answers (spec 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from planned import ATTRIBUTES, PAGE, ask, page, planned

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from penstock.database.pools import Database
    from statements import Corpus


@pytest.fixture(scope="module")
async def stored(postgres: str, templates: dict[str, str]) -> AsyncIterator[Database]:
    async with planned(postgres, templates, "test_planner") as database:
        yield database


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
    assert await refs("fulfilments", 'fromLocation: {ref: "S1"}, last: 1') == ["F1"]


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


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("pageInfo { hasPreviousPage }", {"pageInfo": {"hasPreviousPage": False}}),
        (
            "__typename pageInfo { __typename }",
            {"__typename": "VirtualInventoryConnection", "pageInfo": {"__typename": "PageInfo"}},
        ),
        ("pageInfo { hasNextPage hasPreviousPage }", {"pageInfo": {"hasNextPage": False, "hasPreviousPage": False}}),
        ("edges { cursor }", {"edges": []}),
    ],
)
async def test_a_search_of_which_hardly_anything_is_asked(
    stored: Database, selection: str, expected: dict[str, Any]
) -> None:
    wanted = '(virtualCatalogue: {ref: "no"}, productQuantities: [{productRef: "P1", quantity: 1}])'
    answer = await ask(stored, f"{{ searchVirtualInventory{wanted} {{ {selection} }} }}")
    assert answer == {"data": {"searchVirtualInventory": expected}}


async def test_statements_of_queries_are_counted_wherever_they_are_sent(stored: Database, corpus: Corpus) -> None:
    before = corpus.queries, corpus.statements
    await ask(stored, "{ orders(first: 1) { edges { node { items { edges { node { ref } } } } } } }")
    assert (corpus.queries, corpus.statements) == (before[0] + 1, before[1] + 1)


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
    answer = await ask(
        stored,
        query.replace("Orderable", "Orchestrateable").replace("{ id }", "{ status2: status }"),
        {"id": 3, "less": True},
    )
    assert answer["data"]["orderById"] == {
        "id": "3",
        "status2": "BOOKED",
        "items": {"edges": [{"node": {"ref": "L0", "quantity": 1}}]},
    }
    answer = await ask(stored, query.replace("Orderable", "Order"), {"id": "3", "less": False, "more": True})
    assert set(answer["data"]["orderById"]) == {"id", "status", "createdOn", "items", "type"}


async def test_introspection_beside_data(stored: Database) -> None:
    query = '{ __type(name: "Order") { name fields { name } } me { username } __schema { queryType { name } } }'
    answer = await ask(stored, query)
    assert answer["data"]["__type"]["name"] == "Order"
    assert answer["data"]["me"] == {"username": "tester"}
    assert answer["data"]["__schema"] == {"queryType": {"name": "Query"}}
    other = await ask(stored, query.replace('"Order"', '"Wave"'))
    assert other["data"]["__type"]["name"] == "Wave"


async def test_one_form_with_other_literals_or_variables_finds_other_rows(stored: Database) -> None:
    variable = f"query ($ref: [String]) {{ orders(ref: $ref) {PAGE} }}"
    for number in (1, 2, 1):
        assert page(await ask(stored, f'{{ orders(ref: "HD_{number}") {PAGE} }}'))[0] == [f"HD_{number}"]
        assert page(await ask(stored, variable, {"ref": f"HD_{number}"}))[0] == [f"HD_{number}"]
