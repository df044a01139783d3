"""What can be sold of a product at a location (spec 21 §3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from penstock.inventory.expected import with_expected
from penstock.inventory.selling import NOTHING, SELLING_STATUSES, sold, statuses_column
from penstock.rules import Attribute, Context, Create, Creates, Prop, RuleError, Update, rule
from penstock.rules.builtin.inventory.catalogues import NO_CATALOGUE, NO_INVENTORY, catalogue_of, inventory_catalogue
from penstock.rules.builtin.inventory.controls import ASKS, UNUSABLE, controls_over
from penstock.rules.questions import ById, ByRef, CataloguesOfNetworks

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = Any
# Returns the units that a catalogue shows of a position beside what is on hand: (context, catalogue, position).
Beside = Callable[[Context, Row, Row], Awaitable[int]]

BEHIND = (Attribute("virtualCatalogueInventoryCatalogueRef"), Attribute("inventoryPositionRef"))
POSITION = ["VIRTUAL_POSITION"]
SHOWN = (
    Attribute("virtualPositionRef"),
    Attribute("virtualPositionProductRef"),
    Attribute("virtualPositionGroupRef"),
    Attribute("virtualPositionType", required=False),
)
STATUSES = Prop(
    "statuses",
    "statuses of the inventory position in which it can be sold from",
    multiple=True,
    default=list(SELLING_STATUSES),
    status_of="INVENTORY_POSITION",
)


def virtual_position_ref(product: str, group: str) -> str:
    """Return the ref of a position; ``group`` is the location's ref, or that of a catalogue of sums."""
    return f"{product}:{group}"


async def inventory_position(context: Context) -> Row | None:
    """Return the inventory position that the event names, None where there is none."""
    catalogue = await inventory_catalogue(context, context.attribute("virtualCatalogueInventoryCatalogueRef"))
    ref = context.attribute("inventoryPositionRef")
    return await context.ask(ByRef("InventoryPosition", ref, within=catalogue.id))


async def _shown(
    context: Context, catalogue: Row, product: str, group: str, position: Row | None, beside: Beside | None
) -> dict[str, Any]:
    """Return the columns of a virtual position: what it is sold on, and how much of it there is.

    At a location that is in no network of the catalogue, it is nothing.
    """
    found = await controls_over(context, catalogue, product, [group])
    near = await context.ask(CataloguesOfNetworks(catalogue.inventory_catalogue_ref, group))
    terms = found.terms(group) if reached(catalogue, near) else NOTHING
    if beside is not None and position is not None and terms != NOTHING:
        terms = with_expected(terms, await beside(context, catalogue, position))
    statuses = context.prop("statuses")
    kept = {**terms.columns(), "statuses": statuses_column(statuses)}
    behind = {} if position is None else {"position_id": position.id}
    return {**behind, **kept, "quantity": sold(position, terms, statuses)}


def reached(catalogue: Row, near: Iterable[Row]) -> bool:
    """Return whether a catalogue is one of those near a location; one without networks is near to all."""
    return not catalogue.network_ids or any(other.id == catalogue.id for other in near)


def new_position(context: Context, type_: str, **values: Any) -> Create:
    """Return the action that stores the virtual position that the event names."""
    return Create(
        context.new(
            "VirtualPosition",
            ref=context.attribute("virtualPositionRef"),
            type=context.event.attributes.get("virtualPositionType") or type_,
            product_ref=context.attribute("virtualPositionProductRef"),
            group_ref=context.attribute("virtualPositionGroupRef"),
            catalogue_id=context.entity.id,
            **values,
        )
    )


def changed_values(row: Row, values: dict[str, Any]) -> dict[str, Any]:
    """Return those of the columns of which a row has other values."""
    return {column: value for column, value in values.items() if getattr(row, column) != value}


def changed(row: Row, **values: Any) -> list[Update]:
    """Return the update of those columns of a row that have other values; nothing where none has."""
    others = changed_values(row, values)
    return [Update(row, others)] if others else []


async def created(context: Context, type_: str, beside: Beside | None = None) -> list[Create]:
    """Return the action that stores the virtual position of a product at a location."""
    position = await inventory_position(context)
    if position is None:
        raise RuleError(f"there is no inventory position {context.attribute('inventoryPositionRef')}", 404)
    product, group = context.attribute("virtualPositionProductRef"), context.attribute("virtualPositionGroupRef")
    return [new_position(context, type_, **await _shown(context, context.entity, product, group, position, beside))]


async def updated(context: Context, beside: Beside | None = None) -> list[Update]:
    """Return the update of a virtual position of a product at a location."""
    entity, known = context.entity, context.entity.position_id
    catalogue = await catalogue_of(context)
    position = await (context.ask(ById("InventoryPosition", known)) if known else inventory_position(context))
    return changed(entity, **await _shown(context, catalogue, entity.product_ref, entity.group_ref, position, beside))


@rule(
    "globalinventory.CreateBaseVirtualPosition",
    "Create the virtual position of the product at the location",
    STATUSES,
    accepts=["VIRTUAL_CATALOGUE"],
    attributes=[*SHOWN, *BEHIND],
    creates=Creates("VirtualPosition"),
    asks=[CataloguesOfNetworks, *ASKS],
    fails={404: "there is no such inventory catalogue or position"} | UNUSABLE,
)
async def create_base_virtual_position(context: Context) -> list[Create]:
    """Create it with what can be sold now; ``RuleError`` 404 without an inventory position."""
    return await created(context, "BASE")


@rule(
    "globalinventory.UpdateBaseVirtualPosition",
    "Compute the quantity of the virtual position anew",
    STATUSES,
    accepts=POSITION,
    attributes=[a.optional() for a in BEHIND],
    asks=[ById, CataloguesOfNetworks, *ASKS],
    reads=["VirtualCatalogue"],
    fails={404: f"{NO_INVENTORY[404]}, or {NO_CATALOGUE[404]}"} | UNUSABLE,
)
async def update_base_virtual_position(context: Context) -> list[Update]:
    """Set the quantity from the inventory position and the controls, from scratch; nothing where it is right."""
    return await updated(context)


@rule("globalinventory.ResetBaseVirtualPosition", "Show nothing of the product at the location", accepts=POSITION)
def reset_base_virtual_position(context: Context) -> list[Update]:
    """Set the quantity to 0; it stays so, whatever the stock does, until it is computed anew."""
    return changed(context.entity, **NOTHING.columns(), quantity=0)
