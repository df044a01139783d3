"""Brings the retailer in over the API, and finds out what is there already: it may be stopped at any time.

The products come in portions, in the order in which the orders need them; the shop may sell a portion as
soon as its stock can be promised, while the rest is still on its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.demo.load.frame import Frame, build_frame
from penstock.demo.load.products import bring_products
from penstock.demo.load.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.demo.client import Api
    from penstock.demo.plan import Plan

__all__ = ["Frame", "Shelf", "load"]


async def load(api: Api, plan: Plan, shelf: Shelf, progress: Callable[[int, int], None]) -> None:
    """Load everything; products become sellable on ``shelf`` one portion after another.

    ``progress`` is told how many stock records have arrived, of how many.
    """
    frame = await build_frame(api, plan)
    await bring_products(api, plan, frame, shelf, progress)
