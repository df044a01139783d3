"""``GET /api/v4.1/location``: the store locator (spec 21 §10.5), and beyond it who is nearest and who is open."""

from __future__ import annotations

from penstock.api.rest.locations.finding import OPERATIONS

__all__ = ["OPERATIONS"]
