"""Medusa: carts over its store API, as its storefronts make them.

Completing one reserves its unit under a lock of the product, for which each waits five seconds at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.shops.program import Program

if TYPE_CHECKING:
    import aiohttp

    from bench.shops.program import Site

_CLI = "node_modules/@medusajs/cli/cli.js"
PROGRAM = Program(
    name="medusa",
    package="@medusajs/medusa",
    before=((_CLI, "db:migrate", "--skip-scripts"), (_CLI, "exec", "./seed.js")),
    serve=(_CLI, "start", "--host", "127.0.0.1"),
    ready="Server is ready on port",
)
_SHOP = """
SELECT k.token AS key, r.id AS region, o.id AS option, v.id AS variant
FROM api_key k, region r, shipping_option o, product_variant v WHERE k.title = 'Web'"""
_STOCK = """
UPDATE inventory_level SET stocked_quantity = reserved_quantity + 1,
  raw_stocked_quantity = jsonb_build_object('value', (reserved_quantity + 1)::text, 'precision', 20)"""
_SOLD = """
SELECT (SELECT count(*) FROM "order" WHERE deleted_at IS NULL AND status <> 'canceled'),
  (SELECT coalesce(sum(quantity), 0)::int FROM reservation_item WHERE deleted_at IS NULL)"""
_ADDRESS = {
    "first_name": "Ada",
    "last_name": "Byron",
    "address_1": "1 Dock Street",
    "city": "Leeds",
    "postal_code": "LS10 1NB",
    "country_code": "gb",
}


class Medusa:
    """A shop of Medusa's."""

    def __init__(self, site: Site, client: aiohttp.ClientSession, shop: dict[str, str]) -> None:
        self._site, self._client, self._shop = site, client, shop

    @classmethod
    async def open(cls, site: Site, client: aiohttp.ClientSession) -> Medusa:
        """Find out what a storefront knows."""
        return cls(site, client, dict(await site.database.fetchrow(_SHOP) or {}))

    async def stock(self) -> None:
        """Let there be one unit that nobody has, of its only product."""
        await self._site.database.execute(_STOCK)

    async def cart(self, buyer: str) -> str:
        """Return a cart with one unit in it, that only has to be completed."""
        items = [{"variant_id": self._shop["variant"], "quantity": 1}]
        address = {"shipping_address": _ADDRESS, "billing_address": _ADDRESS}
        made = await self._post(
            "/store/carts", {"region_id": self._shop["region"], "email": buyer, "items": items, **address}
        )
        cart = str(made["cart"]["id"])
        await self._post(f"/store/carts/{cart}/shipping-methods", {"option_id": self._shop["option"]})
        paying = (await self._post("/store/payment-collections", {"cart_id": cart}))["payment_collection"]["id"]
        provider = {"provider_id": "pp_system_default"}
        await self._post(f"/store/payment-collections/{paying}/payment-sessions", provider)
        return cart

    async def buy(self, cart: str) -> str:
        """Complete a cart; return nothing when the answer is an order, otherwise what it is."""
        answer = await self._client.post(f"{self._site.url}/store/carts/{cart}/complete", headers=self._headers)
        told = await answer.json()
        if told.get("type") == "order":
            return ""
        return f"{answer.status} {told.get('error', told).get('message')}"

    async def sold(self) -> tuple[int, int]:
        """Return how many orders there are, and how many units are reserved for them."""
        orders, units = await self._site.database.fetchrow(_SOLD) or (0, 0)
        return orders, units

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self._client.post(self._site.url + path, json=body, headers=self._headers)
        told: dict[str, Any] = await answer.json()
        assert answer.ok, told
        return told

    @property
    def _headers(self) -> dict[str, str]:
        return {"x-publishable-api-key": self._shop["key"]}
