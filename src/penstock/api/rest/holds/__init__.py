"""``/api/v4.1/hold``: units held for a cart or checkout, before there is an order (docs/adr/0025)."""

from penstock.api.rest.holds.resource import OPERATIONS

__all__ = ["OPERATIONS"]
