"""Telling virtual catalogues of the positions that a control is about (spec 21 §4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.inventory.controls import IMMEDIATE, MASTER
from penstock.rules import EVENT_NAME, Attribute, Context, Prop, RuleError, SendEvent, Sends, rule
from penstock.rules.builtin.inventory.virtual_catalogue import AGGREGATE
from penstock.rules.questions import ById, ByRef, CataloguesOfRetailer, Matching

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = Any


@rule(
    "globalinventory.ProduceVirtualPositionEventsForControlUpdate",
    "Send {eventName} to the virtual catalogue for each position that the control is about",
    EVENT_NAME,
    Prop("virtualCatalogueRef", "the virtual catalogue; none: all that the group controls", default=None),
    accepts=["CONTROL"],
    sends=Sends(
        "{eventName}",
        to="VIRTUAL_CATALOGUE",
        gate=True,
        adds=(Attribute("productRef"), Attribute("locationRef", required=False)),
        forwards=False,
    ),
    asks=[ById, ByRef, CataloguesOfRetailer, Matching],
    reads=["ControlGroup"],
    fails={404: "there is no such virtual catalogue, or the control has no group"},
)
async def produce_virtual_position_events_for_control_update(context: Context) -> list[SendEvent]:
    """Send for positions of the product, at its location where it names one.

    Controls over a category or a location have no such events: positions follow them when they next change.
    """
    group, control = await _group(context), context.entity
    prefix = f"{group.ref}:{control.type}:"
    if control.type not in IMMEDIATE or not control.ref.startswith(prefix):
        return []
    catalogues = await _catalogues(context, group)
    about = list(_readings(control.ref.removeprefix(prefix)))
    positions = await _positions(context, catalogues, tuple(dict.fromkeys(product for product, _ in about)))
    by_id = {catalogue.id: catalogue for catalogue in catalogues}
    return [
        _event(context, by_id[position.catalogue_id], position)
        for position in positions
        if any(_means(by_id[position.catalogue_id], control, position, *reading) for reading in about)
    ]


async def _group(context: Context) -> Row:
    control = context.entity
    group = context.root or await context.ask(ById("ControlGroup", control.control_group_id))
    if group is None:
        raise RuleError(f"control {control.ref} has no group", 404)
    return group


async def _catalogues(context: Context, group: Row) -> list[Row]:
    ref = context.prop("virtualCatalogueRef")
    if ref is None:
        known = await context.ask(CataloguesOfRetailer("VirtualCatalogue"))
        return [c for c in known if c.control_group_ref == group.ref and c.status == "ACTIVE"]
    catalogue = await context.ask(ByRef("VirtualCatalogue", ref))
    if catalogue is None:
        raise RuleError(f"there is no virtual catalogue {ref}", 404)
    return [catalogue]


def _readings(end: str) -> Iterator[tuple[str, str | None]]:
    """Yield what the end of a ref may mean: a product, or a product and a location; refs may have colons."""
    yield end, None
    parts = end.split(":")
    for n in range(1, len(parts)):
        yield ":".join(parts[:n]), ":".join(parts[n:])


async def _positions(context: Context, catalogues: list[Row], products: tuple[str, ...]) -> list[Row]:
    if not catalogues:
        return []
    where = (("catalogue_id", tuple(c.id for c in catalogues)), ("product_ref", products))
    found: list[Row] = await context.ask(Matching("VirtualPosition", where))
    return found


def _means(catalogue: Row, control: Row, position: Row, product: str, location: str | None) -> bool:
    """Return whether a control over a product, perhaps at a location, is about a virtual position."""
    if position.product_ref != product:
        return False
    if catalogue.type == AGGREGATE:
        return True
    return bool(control.type != MASTER and location in {None, position.group_ref})


def _event(context: Context, catalogue: Row, position: Row) -> SendEvent:
    place = {} if catalogue.type == AGGREGATE else {"locationRef": position.group_ref}
    attributes = {"productRef": position.product_ref, **place}
    return SendEvent(context.prop("eventName"), to=catalogue, root=catalogue, attributes=attributes)
