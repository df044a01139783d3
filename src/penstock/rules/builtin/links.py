"""Loose links: what documents say of others by reference, which need not exist here (spec 30 §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules.questions import ByRef

if TYPE_CHECKING:
    from penstock.rules import Context

Row = Any
Link = dict[str, Any]


def order_link(order: Row) -> Link:
    """Return the link to an order."""
    return {"ref": order.ref, "retailer": {"id": str(order.retailer_id)}}


def order_item_link(order: Row, item: Row) -> Link:
    """Return the link to an item of an order."""
    return {"ref": item.ref, "order": order_link(order)}


def ref_in(link: Link | None) -> str | None:
    """Return the ref that a link says, None without a link."""
    return None if link is None else link.get("ref")


def retailer_in(link: Link, usual: int) -> int:
    """Return the id of the retailer that a link to an order says, else the usual one."""
    id_ = str((link.get("retailer") or {}).get("id"))
    return int(id_) if id_.isdecimal() else usual


def means(link: Link | None, order: Row) -> bool:
    """Return whether a link is one to this order."""
    return (
        link is not None and link.get("ref") == order.ref and order.retailer_id == retailer_in(link, order.retailer_id)
    )


async def linked_order(context: Context, link: Link | None) -> Row | None:
    """Return the order that a link leads to, None without a link and for an order that does not exist."""
    ref = ref_in(link)
    if link is None or ref is None:
        return None
    return await context.ask(ByRef("Order", ref, within=retailer_in(link, context.event.retailer_id)))
