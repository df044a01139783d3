"""What lines of an order name in their own way: a product without its catalogue, a choice by its ref."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.api.graphql.mutations.generic.lookups import UP, Lookup, Path
from penstock.model.serving import serving
from penstock.model.vocabulary import One

if TYPE_CHECKING:
    from collections.abc import Mapping

    from penstock.api.graphql.mutations.generic.work import Wanted, Work

KEYS = frozenset({"productRef", "productCatalogueRef", "fulfilmentChoiceRef"})
_IN_CATALOGUE: tuple[Path, ...] = (("catalogue", "ref"), ("ref",))
_OF_ORDER = One(name=UP, target="Order", match=(("id", "order_id"),))

# How a line's key tells the retailer: by the retailer's id, or by the order's id or ref.
OF_RETAILER = "re.id = i.k1"
OF_ORDER_ID = "re.id IN (SELECT o.retailer_id FROM orders o WHERE o.id = i.k1)"


@dataclass(frozen=True)
class DefaultProduct:
    """A product by its ref alone: in the first ACTIVE catalogue that serves the retailer (spec 30 §6).

    Those that list nobody, and so serve all, come after those that list somebody.
    """

    retailer: str  # SQL that finds the retailer ``re`` from the key's second value
    target: str = "Product"
    paths: tuple[Path, ...] = (("ref",), (UP,))
    types: tuple[str, ...] = ("text", "bigint")

    def sql(self, number: int, keys: str) -> str:
        """Return the select for all such products, whose refs and retailers ``keys`` gives."""
        return f"""
SELECT {number} AS lookup, i.n::int AS n, t.id, t.ref, t.type, NULL::bigint AS retailer_id, r.id AS root_id,
  r.ref AS root_ref, r.type AS root_type, r.retailer_refs, t.id AS lane_id
FROM {keys}
JOIN retailer re ON {self.retailer}
JOIN LATERAL (
  SELECT c.* FROM product_catalogue c
  WHERE c.status = 'ACTIVE' AND {serving("c.retailer_refs", "re.ref")}
  ORDER BY coalesce(cardinality(c.retailer_refs), 0) = 0, c.created_on, c.id LIMIT 1
) r ON true
JOIN product t ON t.catalogue_id = r.id AND t.ref = i.k0"""


def product(work: Work, ref: str, catalogue_ref: str | None, retailer: str, of: Any) -> Wanted:
    """Look up a line's product; ``retailer`` says what ``of`` is the id of."""
    if catalogue_ref is not None:
        return work.seek(work.lookup("Product", _IN_CATALOGUE), [catalogue_ref, ref], "OrderItem.productRef")
    lookup: Lookup = DefaultProduct(retailer)
    return work.seek(lookup, [ref, of], "OrderItem.productRef (in the default catalogue)")


def choice(work: Work, ref: str, order: Mapping[str, Any]) -> Wanted:
    """Look up a fulfilment choice by its ref within an order, which a key names."""
    return work.want("FulfilmentChoice", {"ref": ref, UP: dict(order)}, "OrderItem.fulfilmentChoiceRef", _OF_ORDER)
