"""Orders that are drawn: who buys and where is taken from one order of the account, what from the lines of others."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError
from penstock.model.serving import serving
from penstock.simulation.orders.draft import Draft, draft_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.simulation.scenario.site import Site

Node = dict[str, Any]
Line = tuple[str, str, int, float | None, str | None]  # product, its catalogue, quantity, price, currency

_ORDERS = """
SELECT id, lines FROM (
  SELECT o.id, (SELECT count(*)::int FROM order_item i WHERE i.order_id = o.id) AS lines
  FROM orders o WHERE o.retailer_id = $1 ORDER BY o.id DESC LIMIT 5000
) recent WHERE lines > 0 ORDER BY id"""
_LINES = """
SELECT product_ref, product_catalogue_ref, quantity, price, currency FROM order_item
WHERE order_id = ANY($1::bigint[]) AND product_ref IS NOT NULL ORDER BY id LIMIT 50000"""
# What nobody has bought yet may be bought, too.
_UNSOLD = f"""
SELECT DISTINCT p.product_ref, v.product_catalogue_ref, 1 AS quantity, NULL::float8 AS price, NULL::text AS currency
FROM inventory_position p JOIN virtual_position w ON w.position_id = p.id
JOIN virtual_catalogue v ON v.id = w.catalogue_id
WHERE {serving("v.retailer_refs", "$1")} AND v.type = 'BASE' AND w.quantity > 0 AND NOT p.product_ref = ANY($2::text[])
  AND v.product_catalogue_ref IS NOT NULL
ORDER BY 1, 2 LIMIT 10000"""


async def drawn(site: Site, count: int, seed: int) -> list[Draft]:
    """Return so many orders; the same ones for the same seed, as long as the account has the same orders.

    Raises:
        InvalidValueError: the account has no order to draw from.
    """
    database = site.house.database
    orders = [(r["id"], r["lines"]) for r in await database.fetch(_ORDERS, site.retailer)]
    if not orders:
        raise InvalidValueError(f"Retailer {site.retailer} has no orders yet, and so nothing to draw orders from.")
    lines = [tuple(r) for r in await database.fetch(_LINES, [id_ for id_, _ in orders])]
    lines += [tuple(r) for r in await database.fetch(_UNSOLD, site.ref, sorted({line[0] for line in lines}))]
    draw = Random(seed)  # noqa: S311 - the same seed is to draw the same orders
    buyers: dict[int, Draft] = {}
    drafts = []
    for n in range(1, count + 1):
        id_ = draw.choice(orders)[0]
        buyers[id_] = buyers.get(id_) or await draft_of(site.house, id_)
        wanted = draw.choices(lines, k=draw.choice(orders)[1])
        drafts.append(_one(f"SIM-{seed}-{n}", buyers[id_], wanted, draw))
    return drafts


def _one(ref: str, buyer: Draft, lines: Sequence[Any], draw: Random) -> Draft:
    """Return an order of a buyer with these lines; a product is bought once, and goes where one of the choices says."""
    choices = [choice["ref"] for choice in buyer.given.get("fulfilmentChoices", ()) if choice.get("ref")]
    wanted = {line[0]: line for line in lines}
    items = [
        _item(f"{ref}-{n}", line, draw.choice(choices) if choices else None)
        for n, line in enumerate(wanted.values(), 1)
    ]
    kept = {k: v for k, v in buyer.given.items() if k not in {"totalPrice", "totalTaxPrice"}}
    return Draft(ref, {**kept, "ref": ref, "items": items})


def _item(ref: str, line: Line, choice: str | None) -> Node:
    product, catalogue, quantity, price, currency = line
    given = {
        "ref": ref,
        "productRef": product,
        "productCatalogueRef": catalogue,
        "quantity": quantity,
        "price": price,
        "currency": currency,
        "fulfilmentChoiceRef": choice,
    }
    return {name: value for name, value in given.items() if value is not None}
