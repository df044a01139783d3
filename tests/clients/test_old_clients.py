"""What clients send that have been there for long: values in the text, ids as numbers, one where many may stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from served import Served

pytest_plugins = ["client_fixtures"]

_ORDER = """{{
  type: "{type}", ref: "{ref}", totalPrice: "12.50", retailer: {{id: {retailer}}}, customer: {{id: {customer}}}
  items: {{ref: "{ref}-1", productRef: "TEE", productCatalogueRef: "PC:MASTER:{retailer}", quantity: "2", price: 6}}
  fulfilmentChoice: {{ref: "{ref}-HD", deliveryType: "STANDARD", deliveryAddress: {{ref: "{ref}-TO", city: "Hull"}}}}
}}"""
_RESULT = "id ref totalPrice customer { id } items { edges { node { id quantity price } } }"


def order(served: Served, ref: str) -> str:
    return _ORDER.format(type="OLD", ref=ref, retailer=served.retailer, customer=served.customer)


async def data(served: Served, document: str, variables: object = None) -> Any:
    answer = await served.answer(document, variables)
    assert "errors" not in answer, answer
    return answer["data"]


async def test_everything_stands_in_the_text(served: Served) -> None:
    made = await data(served, f"mutation {{ createOrder(input: {order(served, 'OLD-1')}) {{ {_RESULT} }} }}")
    created = made["createOrder"]
    assert created["totalPrice"] == 12.5
    assert created["customer"] == {"id": served.customer}
    (item,) = created["items"]["edges"]
    assert (item["node"]["quantity"], item["node"]["price"]) == (2, 6.0)
    found = await data(served, f"{{ orderById(id: {created['id']}) {{ {_RESULT} }} }}")
    assert found["orderById"] == created
    found = await data(served, f"{{ orderItemById(id: {item['node']['id']}) {{ id }} }}")
    assert found["orderItemById"]["id"] == item["node"]["id"]


async def test_the_same_in_variables(served: Served) -> None:
    given = {
        "type": "OLD",
        "ref": "OLD-2",
        "totalPrice": "12.50",
        "retailer": {"id": int(served.retailer)},
        "customer": {"id": int(served.customer)},
        "items": {
            "ref": "OLD-2-1",
            "productRef": "TEE",
            "productCatalogueRef": f"PC:MASTER:{served.retailer}",
            "quantity": "2",
            "price": 6,
        },
        "fulfilmentChoice": {"ref": "HD", "deliveryType": "STANDARD", "deliveryAddress": {"ref": "TO", "city": "Hull"}},
    }
    document = f"mutation ($input: CreateOrderInput) {{ createOrder(input: $input) {{ {_RESULT} }} }}"
    created = (await data(served, document, {"input": given}))["createOrder"]
    assert (created["totalPrice"], created["items"]["edges"][0]["node"]["quantity"]) == (12.5, 2)
    found = await data(served, "query ($id: ID!) { orderById(id: $id) { id } }", {"id": int(created["id"])})
    assert found["orderById"] == {"id": created["id"]}


async def test_json_stands_in_the_text_too(served: Served) -> None:
    document = f"""mutation ($top: Json) {{ createCustomer(input: {{
      username: "old", primaryEmail: "old@example.com", timezone: "UTC", promotionOptIn: false
      retailer: {{id: {served.retailer}}}
      attributes: {{name: "sizes", type: "JSON", value: {{shoe: 41.5, tops: ["M", null, $top], more: true}}}}
    }}) {{ attributes {{ value }} }} }}"""
    made = await data(served, document, {"top": {"small": 1}})
    sizes = {"shoe": 41.5, "tops": ["M", None, {"small": 1}], "more": True}
    assert made["createCustomer"]["attributes"] == [{"value": sizes}]


@pytest.mark.parametrize("given", ['"C-7"', '["C-7"]', '["C-7", "C-7"]'])
async def test_one_filter_value_or_a_list_of_them(served: Served, given: str) -> None:
    found = await data(served, f"{{ orders(ref: {given}, totalPrice: 19.5) {{ edges {{ node {{ ref }} }} }} }}")
    assert found["orders"]["edges"] == [{"node": {"ref": "C-7"}}]


async def test_one_variable_for_a_list_of_filter_values(served: Served) -> None:
    document = "query ($ref: [String]) { orders(ref: $ref) { edges { node { ref } } } }"
    assert (await data(served, document, {"ref": "C-7"}))["orders"]["edges"] == [{"node": {"ref": "C-7"}}]


@pytest.mark.parametrize(
    ("argument", "said"),
    [('totalPrice: "much"', "much"), ("ref: 7", "String"), ('first: "7x"', "7x"), ("retailerId: {id: 1}", "Int")],
)
async def test_values_that_mean_nothing_are_refused(served: Served, argument: str, said: str) -> None:
    answer = await served.answer(f"{{ orders({argument}) {{ edges {{ cursor }} }} }}")
    assert answer["data"] is None
    assert said in answer["errors"][0]["message"]
    assert answer["errors"][0]["extensions"] == {"classification": "ValidationError"}
