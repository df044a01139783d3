"""Units held for a cart: granted whole, promised to nobody else, given back once (docs/adr/0025)."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from holding import PATH, SECONDS, HoldDesk, held, sums, total

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]


@pytest.fixture
def desk(stock: Stage) -> HoldDesk:
    return HoldDesk(stock)


async def test_what_is_held_is_for_nobody_else(stock: Stage, desk: HoldDesk) -> None:
    await stock.load("A", "S1", 3)
    made = await desk.hold("CART-1", ("A", 2))
    assert (made["status"], held(made)) == ("ACTIVE", ["A S1:2"])
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 3", "RESERVED -2"]
    assert (await stock.on_hand("A", "S1"), await stock.sellable("A", "S1")) == (1, 1)
    assert await stock.buy("O1", ("A", 2)) == ["S1[A1]", "RJT_1[A1]"]
    assert await desk.get(made["id"]) == made


async def test_a_hold_is_granted_whole_or_refused_with_what_there_is(stock: Stage, desk: HoldDesk) -> None:
    await stock.fill(S1={"A": 3, "B": 1}, S2={"A": 1})
    before = await stock.position("A", "S1")
    status, refused = await desk.ask("CART-1", ("A", 2), ("B", 2), ("A", 3, "S2"), ("NO", 1))
    assert status == 409
    assert [(i["productRef"], i["quantity"], i["locationRef"], i["available"]) for i in refused["items"]] == [
        ("B", 2, None, 1),
        ("A", 3, "S2", 1),
        ("NO", 1, None, 0),
    ]
    assert "1 of 2 B, 1 of 3 A, 0 of 1 NO" in refused["message"]
    assert await stock.position("A", "S1") == before
    assert held(await desk.hold("CART-1", ("A", 2), ("B", 1))) == ["A S1:2", "B S1:1"]


async def test_units_come_from_one_place_if_one_has_all_and_else_from_several(stock: Stage, desk: HoldDesk) -> None:
    await stock.fill(S1={"A": 5, "B": 1}, S2={"A": 2, "B": 2}, W1={"A": 3})
    assert held(await desk.hold("1", ("A", 2), ("B", 2))) == ["A S2:2", "B S2:2"]
    assert held(await desk.hold("2", ("A", 7))) == ["A S1:5 W1:2"]
    assert held(await desk.hold("3", ("A", 1, "W1"))) == ["A W1:1"]


async def test_the_same_hold_twice_is_one_and_another_under_its_ref_is_none(stock: Stage, desk: HoldDesk) -> None:
    await stock.load("A", "S1", 5)
    answers = await asyncio.gather(*(desk.ask("CART-1", ("A", 2)) for _ in range(8)))
    assert {status for status, _ in answers} == {200}
    assert len({made["id"] for _, made in answers}) == 1
    assert await stock.on_hand("A", "S1") == 3
    status, refused = await desk.ask("CART-1", ("A", 1))
    assert (status, "for something else" in refused["message"]) == (409, True)
    await desk.release(answers[0][1]["id"])
    assert (await desk.hold("CART-1", ("A", 2)))["status"] == "RELEASED"
    assert await stock.on_hand("A", "S1") == 5


async def test_a_hold_is_released_once(stock: Stage, desk: HoldDesk) -> None:
    catalogue = await sums(stock)
    await stock.fill(S1={"A": 3}, S2={"A": 1})
    made = await desk.hold("CART-1", ("A", 4))
    await stock.penstock.settle()
    assert (await stock.sellable("A", "S1"), await total(stock, catalogue, "A")) == (0, 0)
    for _ in range(2):
        assert (await desk.release(made["id"]))["status"] == "RELEASED"
    assert (await stock.sellable("A", "S1"), await stock.sellable("A", "S2")) == (3, 1)
    assert await total(stock, catalogue, "A") == 4
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 3"]


async def test_a_hold_expires_and_its_units_come_back(stock: Stage, desk: HoldDesk) -> None:
    catalogue = await sums(stock)
    await stock.load("A", "S1", 3)
    made, longer = (
        await desk.hold("CART-1", ("A", 2)),
        await desk.hold("CART-2", ("A", 1), expiresInSeconds=2 * SECONDS),
    )
    await stock.penstock.advance(timedelta(seconds=SECONDS - 1))
    assert (await desk.get(made["id"]))["status"] == "ACTIVE"
    await stock.penstock.advance(timedelta(seconds=1))
    assert await desk.ended(made["id"]) == "EXPIRED"
    assert (await stock.on_hand("A", "S1"), await stock.sellable("A", "S1")) == (2, 2)
    assert await total(stock, catalogue, "A") == 2
    assert (await desk.get(longer["id"]))["status"] == "ACTIVE"
    assert (await desk.release(made["id"]))["status"] == "EXPIRED"
    assert await stock.on_hand("A", "S1") == 2


async def test_an_extended_hold_lasts(stock: Stage, desk: HoldDesk) -> None:
    await stock.load("A", "S1", 1)
    made = await desk.hold("CART-1", ("A", 1), expiresInSeconds=60)
    path = f"/api/v4.1/hold/{made['id']}/extend"
    status, longer = await stock.penstock.client.call("POST", path, {"expiresInSeconds": 600})
    assert (status, longer["expiresOn"] > made["expiresOn"]) == (200, True)
    _, same = await stock.penstock.client.call("POST", path, {"expiresInSeconds": 5})
    assert same["expiresOn"] == longer["expiresOn"]
    await stock.penstock.advance(timedelta(seconds=599))
    await asyncio.sleep(1)  # a look at what has expired
    assert (await desk.get(made["id"]))["status"] == "ACTIVE"
    await stock.penstock.advance(timedelta(seconds=1))
    assert await desk.ended(made["id"]) == "EXPIRED"
    status, refused = await stock.penstock.client.call("POST", path, {"expiresInSeconds": 600})
    assert (status, "EXPIRED" in refused["message"]) == (409, True)


async def test_an_order_takes_its_hold_over(stock: Stage, desk: HoldDesk) -> None:
    await stock.load("A", "S1", 2)
    made = await desk.hold("CART-1", ("A", 2))
    assert await desk.buy("O1", "CART-1", ("A", 2)) == ["S1[A2]"]
    found = await desk.get(made["id"])
    assert (found["status"], found["orderRef"]) == ("ORDERED", "O1")
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 2", "RESERVED -2"]
    fulfilment = (await stock.fulfilments("O1"))[0]
    position = await stock.position("A", "S1")
    assert position is not None
    assert [q["ref"] for q in position["quantities"] if q["type"] == "RESERVED"] == [
        f"A:S1:DEFAULT:RESERVED:{fulfilment['id']}"
    ]
    await stock.cancel("O1")
    assert (await stock.on_hand("A", "S1"), await stock.sellable("A", "S1")) == (2, 2)


async def test_what_an_order_does_not_use_of_its_hold_is_everybodys(stock: Stage, desk: HoldDesk) -> None:
    catalogue = await sums(stock)
    await stock.fill(S1={"A": 2, "B": 1}, S2={"A": 3})
    await desk.hold("CART-1", ("A", 5), ("B", 1))
    assert await desk.buy("O1", "CART-1", ("A", 1)) == ["S1[A1]"]
    assert [await stock.sellable(*place) for place in (("A", "S1"), ("A", "S2"), ("B", "S1"))] == [1, 3, 1]
    assert [await total(stock, catalogue, product) for product in "AB"] == [4, 1]


async def test_held_units_are_counted_with_what_else_there_is(stock: Stage, desk: HoldDesk) -> None:
    await stock.fill(S1={"A": 3}, S2={"A": 4})
    await desk.hold("CART-1", ("A", 2, "S1"))
    assert await desk.buy("O1", "CART-1", ("A", 3)) == ["S1[A3]"]  # as without a hold: all from the nearest
    await desk.hold("CART-2", ("A", 3, "S2"))
    assert await desk.buy("O2", "CART-2", ("A", 4)) == ["S2[A4]"]


async def test_an_order_may_name_several_holds_and_split_over_them(stock: Stage, desk: HoldDesk) -> None:
    await stock.fill(S1={"A": 1}, S2={"A": 1, "B": 1})
    first, second = await desk.hold("1", ("A", 2)), await desk.hold("2", ("B", 1))
    assert await desk.buy("O1", ["1", "2", "UNKNOWN"], ("A", 2), ("B", 1)) == ["S1[A1]", "S2[A1,B1]"]
    assert {(await desk.get(h["id"]))["status"] for h in (first, second)} == {"ORDERED"}
    assert await stock.buy("O2", ("A", 1)) == ["RJT_1[A1]"]


async def test_only_one_of_several_orders_gets_the_hold_that_they_name(stock: Stage, desk: HoldDesk) -> None:
    await stock.load("A", "S1", 1)
    await desk.hold("CART-1", ("A", 1))
    await asyncio.gather(*(desk.place(f"O{n}", "CART-1", ("A", 1)) for n in range(12)))
    await stock.penstock.settle()
    plans = [await stock.plan(f"O{n}") for n in range(12)]
    assert Counter(part for plan in plans for part in plan) == {"S1[A1]": 1, "RJT_1[A1]": 11}
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 1", "RESERVED -1"]


async def test_buyers_with_holds_and_without_at_once(stock: Stage, desk: HoldDesk) -> None:
    await stock.load("A", "S1", 10)
    for n in range(6):
        await desk.hold(f"CART-{n}", ("A", 1))
    await asyncio.gather(
        *(desk.place(f"O{n}", f"CART-{n}", ("A", 1)) for n in range(6)),
        *(stock.place(f"P{n}", ("A", 1)) for n in range(8)),
    )
    await stock.penstock.settle()
    assert [await stock.plan(f"O{n}") for n in range(6)] == [["S1[A1]"]] * 6
    plans = [await stock.plan(f"P{n}") for n in range(8)]
    assert Counter(part for plan in plans for part in plan) == {"S1[A1]": 4, "RJT_1[A1]": 4}
    assert await stock.on_hand("A", "S1") == 0


@pytest.mark.parametrize("how", ["expired", "released"])
async def test_an_order_whose_hold_has_ended_is_sourced_as_any_other(stock: Stage, desk: HoldDesk, how: str) -> None:
    await stock.fill(S1={"A": 1}, S2={"A": 1})
    made = await desk.hold("CART-1", ("A", 1, "S1"))
    if how == "expired":
        await stock.penstock.advance(timedelta(seconds=SECONDS))
        await desk.ended(made["id"])
    else:
        await desk.release(made["id"])
    assert await stock.buy("P1", ("A", 1)) == ["S1[A1]"]
    assert await desk.buy("O1", "CART-1", ("A", 1)) == ["S2[A1]"]
    assert (await desk.get(made["id"]))["orderRef"] is None


async def test_a_count_that_was_lowered_below_what_is_held(stock: Stage, desk: HoldDesk) -> None:
    await stock.load("A", "S1", 4)
    await desk.hold("CART-1", ("A", 3))
    await stock.load("A", "S1", 2)
    assert await stock.on_hand("A", "S1") == -1
    assert await desk.buy("O1", "CART-1", ("A", 3)) == ["S1[A2]", "RJT_1[A1]"]
    assert await stock.on_hand("A", "S1") == 0


async def test_many_carts_want_few_units(stock: Stage, desk: HoldDesk) -> None:
    await stock.fill(S1={"A": 12}, S2={"A": 8})
    answers = await asyncio.gather(*(desk.ask(f"CART-{n}", ("A", 1)) for n in range(50)))
    assert Counter(status for status, _ in answers) == {200: 20, 409: 30}
    assert Counter(held(made)[0] for status, made in answers if status == 200) == {"A S1:1": 12, "A S2:1": 8}
    assert (await stock.on_hand("A", "S1"), await stock.on_hand("A", "S2")) == (0, 0)


async def test_one_ref_asked_for_by_two_at_once_is_one_hold(stock: Stage) -> None:
    """Who asks of two processes, or as two users, is not gathered."""
    await stock.load("A", "S1", 20)
    other = await stock.user("bob", "ADMIN", context="RETAILER", context_id=int(stock.retailer))
    for number in range(10):
        body = {"retailerId": stock.retailer, "ref": f"CART-{number}", "items": [{"productRef": "A", "quantity": 1}]}
        calls = (client.call("POST", PATH, body) for client in (stock.penstock.client, other))
        answers = await asyncio.gather(*calls)
        assert [status for status, _ in answers] == [200, 200], answers
        assert len({made["id"] for _, made in answers}) == 1
    assert await stock.on_hand("A", "S1") == 10
