"""Orders by mutation, from document to rows (spec 31 §3, 12 §6)."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from shop import CATALOGUE, CUSTOMER, ORDER, PRODUCT, RETAILER, Shop, open_shop

from penstock.api.graphql.mutations import Finder
from penstock.database.pools import Database
from penstock.identity.principal import Principal, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.api.graphql.mutations.generic.finder import Keys, Kind, Seen


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await open_shop(database)


async def test_a_retailers_ref_is_its_name_in_upper_case(shop: Shop) -> None:
    assert (await shop.run(RETAILER, name="Other"))["ref"] == "OTHER"
    assert await shop.code(RETAILER, name="other") == "C0123E"


async def test_an_order_is_stored_with_its_lines_choice_and_event(shop: Shop) -> None:
    order = await shop.run(ORDER, input=shop.order())
    assert (order["status"], order["workflowRef"], order["workflowVersion"]) == ("CREATED", "ORDER::HD", 1)
    assert order["customer"]["id"] == shop.customer
    assert order["fulfilmentChoice"] == {
        "ref": "C1",
        "type": "HD",
        "deliveryAddress": {"ref": "A1", "city": "Leeds"},
    }
    assert [e["node"]["product"]["ref"] for e in order["items"]["edges"]] == ["P1", "P2"]
    assert {e["node"]["fulfilmentChoice"]["ref"] for e in order["items"]["edges"]} == {"C1"}
    event = await shop.database.fetchrow("SELECT * FROM pending_event WHERE entity_type = 'ORDER'")
    assert event is not None
    assert (event["name"], event["entity_ref"], event["retailer_id"]) == ("CREATE", "HD-1", shop.retailer)
    item = await shop.database.fetchrow("SELECT * FROM order_item ORDER BY id LIMIT 1")
    assert item is not None
    assert (item["product_ref"], item["product_catalogue_ref"], item["price"]) == ("P1", "PC", 2.5)
    address = await shop.database.fetchrow("SELECT kind, order_id FROM address")
    assert address is not None
    assert (address["kind"], str(address["order_id"])) == ("CUSTOMER", order["id"])


@pytest.mark.parametrize("refs", [None, [], ["MASTER"]])
async def test_a_line_finds_its_product_in_a_catalogue_for_everybody(shop: Shop, refs: list[str] | None) -> None:
    await shop.database.execute("UPDATE product_catalogue SET retailer_refs = $1", refs)
    order = await shop.run(ORDER, input=shop.order())
    assert [e["node"]["product"]["ref"] for e in order["items"]["edges"]] == ["P1", "P2"]


@pytest.mark.parametrize(("refs", "code"), [(["ACME GIFTS", "MASTER"], None), (["ACME GIFTS"], "C0120E")])
async def test_a_retailer_adds_to_a_catalogue_that_is_for_everybody_too(
    shop: Shop, refs: list[str], code: str | None
) -> None:
    await shop.database.execute("UPDATE product_catalogue SET retailer_refs = $1", refs)
    other = await shop.run(RETAILER, name="Other")
    known = {shop.retailer: "ACME GIFTS", int(other["id"]): other["ref"]}
    theirs = shop.user(Scope(retailers=frozenset({int(other["id"])})), known)
    answer = await shop.answer(PRODUCT, theirs, ref="P3")
    assert [error["extensions"]["code"] for error in answer.get("errors", [])] == ([code] if code else [])


GIVEN_TO = """mutation ($refs: [String]) {
  updateProductCatalogue(input: {ref: "PC", retailerRefs: $refs}) { ref retailerRefs } }"""


async def test_nobody_hands_a_catalogue_to_retailers_of_others(shop: Shop) -> None:
    other = await shop.run(RETAILER, name="Other")
    known = {shop.retailer: "ACME GIFTS", int(other["id"]): other["ref"]}
    own = shop.user(Scope(retailers=frozenset({shop.retailer})), known)
    for refs, code in (([other["ref"]], "C0020E"), ([other["ref"], "ACME GIFTS"], None), (["MASTER"], None)):
        answer = await shop.answer(GIVEN_TO, own, refs=refs)
        assert [error["extensions"]["code"] for error in answer.get("errors", [])] == ([code] if code else [])
        stored = await shop.database.fetchval("SELECT retailer_refs FROM product_catalogue WHERE ref = 'PC'")
        assert stored == (["ACME GIFTS"] if code else refs)


async def test_a_catalogue_that_lists_the_retailer_comes_before_an_older_one_for_everybody(shop: Shop) -> None:
    await shop.run(CATALOGUE.replace('"PC"', '"ALL"'), refs=None)
    await shop.database.execute(
        "UPDATE product_catalogue SET status = 'ACTIVE', created_on = '2000-01-01T00:00:00Z' WHERE ref = 'ALL'"
    )
    order = await shop.run(ORDER, input=shop.order())
    assert order["items"]["edges"][0]["node"]["product"]["ref"] == "P1"


async def test_an_order_takes_two_statements_and_one_to_read_it_back(shop: Shop) -> None:
    await shop.run(ORDER, input=shop.order("HD-0"))
    before = shop.database.statements
    await shop.run(ORDER, input=shop.order("HD-1"))
    assert shop.database.statements - before == 3


OWN = "id ref type status workflowRef workflowVersion createdOn updatedOn totalPrice totalTaxPrice"
CREATE_OWN = f"mutation ($input: CreateOrderInput) {{ createOrder(input: $input) {{ {OWN} alias: ref }} }}"
READ_OWN = f"query ($id: ID!) {{ orderById(id: $id) {{ {OWN} alias: ref }} }}"


async def test_own_columns_are_answered_from_the_row_as_they_would_be_read_back(shop: Shop) -> None:
    await shop.run(CREATE_OWN, input=shop.order("HD-0"))  # draws ids
    before = shop.database.statements
    made = await shop.run(CREATE_OWN, input=shop.order(totalPrice="60.50"))
    assert shop.database.statements - before == 2
    assert made == await shop.run(READ_OWN, id=made["id"])


async def test_what_the_caller_may_not_see_is_not_answered(shop: Shop) -> None:
    elsewhere = shop.user(Scope(everything=True))
    permissions = {**elsewhere.permissions, "ORDER_VIEW": Scope(retailers=frozenset({shop.retailer + 1}))}
    blind = Principal("ACME", 1, "blind", None, permissions)
    answer = await shop.answer(CREATE_OWN, blind, input=shop.order())
    assert answer["data"] == {"createOrder": None}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ref": "x" * 256}, "C0141E"),
        ({"customer": {"id": "99"}}, "C0120E"),
        ({"items": [{"ref": "1", "productRef": "NO", "quantity": 1}]}, "C0120E"),
        ({"items": [{"ref": "1", "productRef": "P1", "quantity": 0}]}, "C0122E"),
        ({"items": [{"ref": "1", "productRef": "P1", "quantity": 1, "fulfilmentChoiceRef": "C9"}]}, "C0120E"),
        ({"retailer": {"id": "999"}}, "C0120E"),
    ],
)
async def test_a_wrong_order_is_refused_and_nothing_stored(shop: Shop, changes: dict[str, Any], code: str) -> None:
    assert await shop.code(ORDER, input=shop.order(**changes)) == code
    assert await shop.database.fetchval("SELECT count(*) FROM orders") == 0


async def test_a_second_order_with_the_same_ref_is_refused(shop: Shop) -> None:
    await shop.run(ORDER, input=shop.order())
    assert await shop.code(ORDER, input=shop.order()) == "C0121E"
    assert await shop.database.fetchval("SELECT count(*) FROM order_item") == 2
    assert await shop.code("mutation { createOrder { id } }") == "C0140E"


async def test_several_choices_are_told_apart_by_ref_and_send_events(shop: Shop) -> None:
    choices = [{"ref": c, "type": "HD", "deliveryType": "STANDARD"} for c in ("A", "B")]
    items = [{"ref": "1", "productRef": "P1", "quantity": 1, "fulfilmentChoiceRef": "B"}]
    given = shop.order(fulfilmentChoice=None, fulfilmentChoices=choices, items=items, type="MULTI")
    order = await shop.run(ORDER, input=given)
    assert order["items"]["edges"][0]["node"]["fulfilmentChoice"]["ref"] == "B"
    events = await shop.database.fetch("SELECT entity_type, root_ref FROM pending_event WHERE root_type = 'ORDER'")
    assert sorted(e["entity_type"] for e in events) == ["FULFILMENT_CHOICE", "FULFILMENT_CHOICE", "ORDER"]
    assert {e["root_ref"] for e in events} == {"HD-1"}


async def test_choices_with_the_same_ref_are_refused(shop: Shop) -> None:
    choices = [{"ref": ref, "type": "HD", "deliveryType": "STANDARD"} for ref in ("A", "B", "A")]
    items = [{"ref": "1", "productRef": "P1", "quantity": 1}]
    given = shop.order(fulfilmentChoice=None, fulfilmentChoices=choices, items=items, type="MULTI")
    assert await shop.code(ORDER, input=given) == "C0160E"
    assert await shop.database.fetchval("SELECT count(*) FROM orders") == 0


async def test_an_order_and_its_customer_are_created_together(shop: Shop) -> None:
    given = shop.order() | {
        "customer": {
            "username": "bob",
            "primaryEmail": "b@c.d",
            "timezone": "UTC",
            "promotionOptIn": True,
            "retailer": {"id": shop.retailer},
        }
    }
    query = """mutation($input: CreateOrderAndCustomerInput) { createOrderAndCustomer(input: $input) {
      ref customer { username ref } } }"""
    order = await shop.run(query, input=given)
    assert order["customer"] == {"username": "bob", "ref": "bob"}


async def test_an_update_changes_what_is_given_and_sends_no_event(shop: Shop) -> None:
    order = await shop.run(ORDER, input=shop.order(attributes=[{"name": "a", "type": "STRING", "value": 1}]))
    events = await shop.database.fetchval("SELECT count(*) FROM pending_event")
    items = await shop.database.fetch("SELECT id FROM order_item ORDER BY id")
    query = """mutation($input: UpdateOrderInput) { updateOrder(input: $input) { status totalPrice
      attributes { name type value } items { edges { node { quantity status } } } } }"""
    given = {
        "id": order["id"],
        "totalPrice": 7,
        "attributes": [
            {"name": "a", "type": "INTEGER", "value": {"x": 2}},
            {"name": "b", "type": "STRING", "value": "y"},
        ],
        "items": [{"id": items[0]["id"], "quantity": 5, "productRef": "P2"}],
    }
    updated = await shop.run(query, input=given)
    assert (updated["status"], updated["totalPrice"]) == ("CREATED", 7)
    assert updated["attributes"] == given["attributes"]
    assert [e["node"]["quantity"] for e in updated["items"]["edges"]] == [5, 1]
    assert await shop.database.fetchval("SELECT product_ref FROM order_item ORDER BY id LIMIT 1") == "P2"
    assert await shop.database.fetchval("SELECT revision FROM orders") == 2
    assert await shop.database.fetchval("SELECT count(*) FROM pending_event") == events
    cleared = await shop.run(query, input={"id": order["id"], "totalPrice": None})
    assert cleared["totalPrice"] is None
    assert await shop.code(query, input={"id": "5"}) == "C0120E"


async def test_lines_of_another_order_are_not_found(shop: Shop) -> None:
    first = await shop.run(ORDER, input=shop.order("HD-1"))
    await shop.run(ORDER, input=shop.order("HD-2"))
    other = await shop.database.fetchval("SELECT max(id) FROM order_item")
    query = "mutation($input: UpdateOrderInput) { updateOrder(input: $input) { id } }"
    given = {"id": first["id"], "items": [{"id": other, "quantity": 9}]}
    assert await shop.code(query, input=given) == "C0120E"


async def test_a_line_is_added_to_a_stored_order(shop: Shop) -> None:
    order = await shop.run(ORDER, input=shop.order())
    query = """mutation($order: OrderKey!) { createOrderItem(input: {ref: "more", productRef: "P1", quantity: 1,
      productCatalogueRef: "PC", fulfilmentChoiceRef: "C1", order: $order}) {
        ref status order { id } fulfilmentChoice { ref } } }"""
    item = await shop.run(query, order={"ref": "HD-1"})
    assert item == {
        "ref": "more",
        "status": "CREATED",
        "order": {"id": order["id"]},
        "fulfilmentChoice": {"ref": "C1"},
    }
    assert await shop.database.fetchval("SELECT revision FROM orders") == 2
    assert await shop.code(query, order={"id": order["id"]}) == "C0123E"


async def test_another_retailers_user_is_kept_out(shop: Shop) -> None:
    order = await shop.run(ORDER, input=shop.order())
    other = int((await shop.run(RETAILER, name="Other"))["id"])
    refs = {shop.retailer: "ACME GIFTS", other: "OTHER"}
    stranger = shop.user(Scope(retailers=frozenset({other})), refs)
    assert await shop.code(ORDER, stranger, input=shop.order("HD-2")) == "C0020E"
    query = 'mutation($id: ID!) { updateOrder(input: {id: $id, status: "X"}) { id } }'
    assert await shop.code(query, stranger, id=order["id"]) == "C0120E"
    assert await shop.code(PRODUCT, stranger, ref="P3") == "C0120E"
    given = shop.order("HD-2", retailer={"id": other})
    assert await shop.code(ORDER, stranger, input=given) == "C0120E"
    missing = Principal("ACME", 2, "x", None, {"ORDER_CREATE": Scope(everything=True)})
    assert await shop.code(ORDER, missing, input=shop.order("HD-3")) == "C0020E"


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that lets so many mutations look things up at the same moment, however slow the machine is."""
    find, fetch, all_here = Finder.find, Database.fetch, asyncio.Event()

    def hold(expected: int) -> None:
        left = itertools.count(expected - 1, -1)

        async def counted(self: Finder, kind: Kind, keys: Keys) -> Seen:
            if next(left) == 0:
                all_here.set()
            return await find(self, kind, keys)

        async def held(self: Database, query: str, *arguments: Any) -> list[Any]:
            await all_here.wait()
            return await fetch(self, query, *arguments)

        monkeypatch.setattr(Finder, "find", counted)
        monkeypatch.setattr(Database, "fetch", held)

    return hold


async def test_orders_that_come_at_once_share_statements_and_nothing_else(
    shop: Shop, together: Callable[[int], None]
) -> None:
    other = (await shop.run(CUSTOMER, r=shop.retailer, u="bea"))["id"]
    await shop.run(ORDER, input=shop.order("HD-0"))  # draws ids
    stranger = shop.user(Scope(retailers=frozenset({shop.retailer + 1})))
    inputs = [shop.order(f"HD-{n}", customer={"id": shop.customer if n % 2 else other}) for n in range(1, 13)]
    inputs[3]["items"][1]["productRef"] = "P9"  # there is none
    inputs[5]["ref"] = "HD-1"  # taken by the first
    together(len(inputs) - 1)  # the stranger is refused before
    before = shop.database.statements
    answers = await asyncio.gather(
        *(shop.answer(CREATE_OWN, stranger if n == 7 else None, input=given) for n, given in enumerate(inputs))
    )
    codes = {n: answer["errors"][0]["extensions"]["code"] for n, answer in enumerate(answers) if "errors" in answer}
    assert codes == {3: "C0120E", 5: "C0121E", 7: "C0020E"}
    assert shop.database.statements - before < 24  # of two for each; what was refused together was tried apart
    stored = await shop.database.fetch(
        "SELECT o.ref, o.customer_id, array_agg(i.product_ref ORDER BY i.id) AS products FROM orders o "
        "JOIN order_item i ON i.order_id = o.id WHERE o.ref <> 'HD-0' GROUP BY o.id ORDER BY o.id"
    )
    kept = [given for n, given in enumerate(inputs) if n not in codes]
    assert sorted((r["ref"], str(r["customer_id"])) for r in stored) == sorted(
        (given["ref"], given["customer"]["id"]) for given in kept
    )
    assert {tuple(r["products"]) for r in stored} == {("P1", "P2")}
    events = await shop.database.fetchval("SELECT count(*) FROM pending_event WHERE entity_type = 'ORDER'")
    assert events == 1 + len(kept)
