"""Holds over REST: bad input, who may hold what, pages. What is granted: tests/scenarios/test_holds.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from house import House

pytest_plugins = ["opened_house"]

HOLD = "/api/v4.1/hold"
ITEM = {"productRef": "NOTHING", "quantity": 1}


def asked(house: House, **changes: Any) -> dict[str, Any]:
    return {"retailerId": house.penstock.retailer, "ref": "H-1", "items": [ITEM]} | changes


BAD: list[tuple[dict[str, Any], int, str]] = [
    ({"retailerId": None}, 400, "retailerId"),
    ({"retailerId": "first"}, 400, "first"),
    ({"retailerId": "999999"}, 404, "999999"),
    ({"ref": ""}, 400, "ref"),
    ({"ref": "r" * 256}, 400, "ref"),
    ({"ref": "a\x00b"}, 400, "NUL"),
    ({"items": []}, 400, "items"),
    ({"items": [ITEM] * 101}, 400, "items"),
    ({"items": [{**ITEM, "quantity": 0}]}, 400, "quantity"),
    ({"items": [{**ITEM, "quantity": 1.5}]}, 400, "quantity"),
    ({"items": [{**ITEM, "quantity": 10**9}]}, 400, "quantity"),
    ({"items": [{"quantity": 1}]}, 400, "productRef"),
    ({"items": [{**ITEM, "colour": "red"}]}, 400, "colour"),
    ({"expiresInSeconds": 0}, 400, "expiresInSeconds"),
    ({"expiresInSeconds": 86_401}, 400, "expiresInSeconds"),
    ({"virtualCatalogueRef": "NONE"}, 404, "NONE"),
    ({"attributes": [{"name": "a"}]}, 400, "type"),
    ({"holds": 1}, 400, "holds"),
]


@pytest.mark.parametrize(("changes", "status", "named"), BAD)
async def test_bad_input_is_named_and_holds_nothing(
    house: House, changes: dict[str, Any], status: int, named: str
) -> None:
    before = await house.written()
    found, body = await house.admin.post(HOLD, asked(house, **changes))
    assert (found, named in body["message"]) == (status, True), body
    assert await house.written() == before


async def test_what_is_not_there_is_short(house: House) -> None:
    status, body = await house.admin.post(HOLD, asked(house))
    assert (status, body["code"]) == (409, "409")
    assert body["items"] == [{**ITEM, "locationRef": None, "available": 0}]


@pytest.mark.parametrize(
    ("query", "named"),
    [("status=BUSY", "BUSY"), ("count=many", "many"), ("start=100001", "100001"), ("retailerId=x", "x")],
)
async def test_searches_that_make_no_sense(house: House, query: str, named: str) -> None:
    status, body = await house.admin.send("GET", f"{HOLD}?{query}")
    assert (status, named in body["message"]) == (400, True), body


async def test_holds_that_do_not_exist(house: House) -> None:
    for method, path in (("GET", "7"), ("DELETE", "7")):
        assert (await house.admin.send(method, f"{HOLD}/{path}"))[0] == 404
    assert (await house.admin.post(f"{HOLD}/7/extend", {"expiresInSeconds": 5}))[0] == 404
    assert (await house.admin.send("GET", f"{HOLD}/seven"))[0] == 400


async def test_nobody_holds_for_another_retailer_or_sees_its_holds(house: House) -> None:
    retailer = house.penstock.retailer
    for name, allowed in (("first", True), ("second", False), ("keeper", False)):
        status, _ = await house.users[name].post(HOLD, asked(house))
        assert status == (409 if allowed else 403), name
    status, page = await house.users["second"].send("GET", f"{HOLD}?retailerId={retailer}")
    assert (status, page["results"]) == (200, [])
    foreign = asked(house, virtualCatalogueRef=f"BASE:{retailer}", retailerId=house.second["retailer"])
    status, body = await house.admin.post(HOLD, foreign)
    assert status == 404, body
