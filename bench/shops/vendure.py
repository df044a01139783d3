"""Vendure: orders over its shop API, as its storefronts make them.

Its documentation has a checkout in two requests: to ArrangingPayment, where it looks whether there is stock, and the
payment, where it allocates what is still there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.shops.program import Program

if TYPE_CHECKING:
    import aiohttp

    from bench.shops.program import Site

PROGRAM = Program(name="vendure", package="@vendure/core", before=(), serve=("serve.mjs",), ready="The shop is open")
_STOCK = 'UPDATE stock_level SET "stockOnHand" = "stockAllocated" + 1'
_SOLD = """
SELECT (SELECT count(*) FROM "order" WHERE state = 'PaymentSettled'),
  (SELECT coalesce(sum(quantity), 0)::int FROM stock_movement WHERE type = 'ALLOCATION')"""
_RESULT = "{ __typename ... on ErrorResult { message } }"
_ADD = f"mutation {{ addItemToOrder(productVariantId: 1, quantity: 1) {_RESULT} }}"
_REST = f"""
mutation ($mail: String!) {{
  setCustomerForOrder(input: {{firstName: "Ada", lastName: "Byron", emailAddress: $mail}}) {_RESULT}
  setOrderShippingAddress(
    input: {{streetLine1: "1 Dock Street", city: "Leeds", postalCode: "LS10 1NB", countryCode: "GB"}}
  ) {_RESULT}
  setOrderShippingMethod(shippingMethodId: [1]) {_RESULT}
}}"""
_ARRANGE = f'mutation {{ transitionOrderToState(state: "ArrangingPayment") {_RESULT} }}'
_PAY = f'mutation {{ addPaymentToOrder(input: {{method: "card", metadata: {{}}}}) {_RESULT} }}'


class Vendure:
    """A shop of Vendure's."""

    def __init__(self, site: Site, client: aiohttp.ClientSession) -> None:
        self._site, self._client = site, client

    @classmethod
    async def open(cls, site: Site, client: aiohttp.ClientSession) -> Vendure:
        """Return the shop."""
        return cls(site, client)

    async def stock(self) -> None:
        """Let there be one unit that nobody has, of its only product."""
        await self._site.database.execute(_STOCK)

    async def cart(self, buyer: str) -> str:
        """Return the session of an order with one unit in it, that only has to be paid."""
        session, problem = await self._ask("", _ADD)
        assert not problem, problem
        _, problem = await self._ask(session, _REST, mail=buyer)
        assert not problem, problem
        return session

    async def buy(self, cart: str) -> str:
        """Go on to paying, and pay; return nothing when that succeeds, otherwise what went wrong."""
        for step in (_ARRANGE, _PAY):
            _, problem = await self._ask(cart, step)
            if problem:
                return problem
        return ""

    async def sold(self) -> tuple[int, int]:
        """Return how many orders are paid, and how many units are allocated to them."""
        orders, units = await self._site.database.fetchrow(_SOLD) or (0, 0)
        return orders, units

    async def _ask(self, session: str, document: str, **variables: Any) -> tuple[str, str]:
        """Return the session's token, and the first problem that the answer tells."""
        headers = {"authorization": f"Bearer {session}"} if session else {}
        body = {"query": document, "variables": variables}
        answer = await self._client.post(f"{self._site.url}/shop-api", json=body, headers=headers)
        told = await answer.json()
        results = [*told.get("errors", ()), *(told.get("data") or {}).values()]
        problems = (str(each["message"]) for each in results if "message" in each)
        return answer.headers.get("vendure-auth-token", session), next(problems, "")
