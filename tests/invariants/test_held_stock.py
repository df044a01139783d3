"""Random histories of holds among counts and deltas: granted as long as there is enough, and nothing is lost."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from depot import START
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stockmodel import Step

if TYPE_CHECKING:
    from depot import Depot

pytest_plugins = ["depot_fixtures"]

PLACE = "W-LEEDS"
CARTS = st.sampled_from("abc")
STEPS = st.one_of(
    st.tuples(st.just("hold"), CARTS, st.integers(1, 4)),
    st.tuples(st.just("release"), CARTS, st.just(0)),
    st.tuples(st.just("load"), st.just(""), st.integers(0, 6)),
    st.tuples(st.just("delta"), st.just(""), st.integers(-3, 4)),
)
_STATE = """
SELECT p.on_hand, p.reserved, v.quantity FROM inventory_position p JOIN virtual_position v ON v.position_id = p.id
WHERE p.ref = $1"""
_numbers = itertools.count(1)


@dataclass
class Model:
    """What there is, and what is held by cart; a cart asks once, and its hold ends once."""

    counted: int = START
    held: dict[str, int] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)  # id of the hold by cart

    @property
    def on_hand(self) -> int:
        """Return what is there and not held."""
        return self.counted - sum(self.held.values())


class Play:
    """A product at one place, and its model."""

    def __init__(self, house: Depot, product: str) -> None:
        self._house, self._product, self.model = house, product, Model()
        self._deltas = itertools.count(1)

    async def step(self, kind: str, cart: str, units: int) -> None:
        """Let a step happen, and look."""
        if kind == "hold" and cart not in self.model.asked:
            await self._hold(cart, units)
        elif kind == "release" and self.model.asked.get(cart):
            status, _ = await self._call("DELETE", f"/{self.model.asked[cart]}")
            assert status == 200
            self.model.held.pop(cart, None)
        elif kind == "load":
            await self._house.send(self._product, PLACE, Step("load", first=units))
            self.model.counted = units
        elif kind == "delta":
            await self._house.send(self._product, PLACE, Step("delta", f"d{next(self._deltas)}", units))
            self.model.counted += units
        await self._house.penstock.settle()
        [state] = await self._house.fetch(_STATE, f"{self._product}:{PLACE}:DEFAULT")
        there, held = self.model.on_hand, sum(self.model.held.values())
        assert tuple(state) == (there, held, max(0, there)), (kind, cart, units, self.model)

    async def _hold(self, cart: str, units: int) -> None:
        given_ = {"productRef": self._product, "quantity": units, "locationRef": PLACE}
        body = {"retailerId": self._house.penstock.retailer, "ref": f"{self._product}-{cart}", "items": [given_]}
        status, made = await self._call("POST", "", body)
        assert status == (200 if self.model.on_hand >= units else 409), (made, self.model)
        if status == 200:
            self.model.held[cart], self.model.asked[cart] = units, made["id"]
        else:
            assert made["items"][0]["available"] == max(0, self.model.on_hand)

    async def _call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return await self._house.penstock.client.call(method, f"/api/v4.1/hold{path}", body)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
@given(st.lists(STEPS, max_size=12))
async def test_holds_ledger_and_what_is_for_sale_equal_the_model(
    depot: Depot, history: list[tuple[str, str, int]]
) -> None:
    product = f"HOLD{next(_numbers)}"
    await depot.shop.stock({product: START})
    play = Play(depot, product)
    for step in history:
        await play.step(*step)
