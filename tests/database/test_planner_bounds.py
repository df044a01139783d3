"""Documents against stored rows: what the read planner hides and refuses (spec 10 §5, 12 §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from planned import ALL, PAGE, REFS, VIEWS, ask, insert, page, planned, principal

from penstock.identity.principal import Principal, Scope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from penstock.database.pools import Database


@pytest.fixture(scope="module")
async def stored(postgres: str, templates: dict[str, str]) -> AsyncIterator[Database]:
    async with planned(postgres, templates, "test_planner_bounds") as database:
        yield database


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


async def test_a_catalogue_for_every_retailer_is_seen_by_each_that_may_see_any(stored: Database) -> None:
    await insert(stored, "product_catalogue", id=699, ref="PCALL", retailer_refs=["MASTER"])
    try:
        for retailers, seen in (({2}, ["PCALL", "PC2"]), ({99}, [])):
            who = principal(Scope(retailers=frozenset(retailers)))
            answer = await ask(stored, f"{{ productCatalogues {PAGE} }}", who=who)
            assert page(answer, "productCatalogues")[0] == seen
    finally:
        await stored.execute("DELETE FROM product_catalogue WHERE id = 699")


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


async def test_what_one_may_see_is_not_shown_to_the_next_who_asks_the_same(stored: Database) -> None:
    query = f"{{ orders(first: 50) {PAGE} }}"
    first, second = (principal(Scope(retailers=frozenset({n}))) for n in (1, 2))
    for _ in range(2):
        assert len(page(await ask(stored, query))[0]) == 25
        assert len(page(await ask(stored, query, who=first))[0]) == 20
        assert len(page(await ask(stored, query, who=second))[0]) == 5
        assert (await ask(stored, query, who=principal(permissions=frozenset())))["data"] is None


async def test_null_is_no_value_for_an_argument_that_needs_one(stored: Database) -> None:
    query = "query ($id: ID = 3) { orderById(id: $id) { ref } }"
    assert (await ask(stored, query))["data"]["orderById"] == {"ref": "HD_3"}
    answer = await ask(stored, query, {"id": None})
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "C0140E"


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
        (
            "{ fulfilmentById(id: 1) "
            + "{ order { fulfilments(first: 1) { edges { node " * 6
            + "{ ref }"
            + " } } } }" * 6
            + " }",
            "C0001E",
        ),
        ("{ orders " * 70, "C0001E"),
    ],
)
async def test_errors_with_a_code(stored: Database, query: str, code: str) -> None:
    answer = await ask(stored, query)
    assert answer["data"] is None
    assert [e["extensions"]["code"] for e in answer["errors"]] == [code]
    assert answer["errors"][0]["message"].startswith(f"{code} - ")


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("{ me { username } old: orders(createdOn: {}) { edges { cursor } } }", ["old"]),
        ('{ order(ref: "HD_1") { lines: items(after: "?") { edges { cursor } } } }', ["order", "lines"]),
        (
            '{ orders { edges { node { items(updatedOn: {from: "?"}) { edges { cursor } } } } } }',
            ["orders", "edges", "node", "items"],
        ),
        ("fragment F on Order { items(first: -1) { edges { cursor } } } { order(id: 1) { ...F } }", None),
    ],
)
async def test_errors_tell_the_field(stored: Database, query: str, path: list[str] | None) -> None:
    answer = await ask(stored, query)
    assert answer["data"] is None
    assert [e.get("path") for e in answer["errors"]] == [path]


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
