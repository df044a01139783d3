"""An order to be placed: the input of ``createOrder``, from an order that is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError

if TYPE_CHECKING:
    from penstock.simulation.house import House

Node = dict[str, Any]

_ATTRIBUTES = "attributes { name type value }"
_ADDRESS = "ref companyName name street street2 city state postcode region country latitude longitude timeZone email"
_CHOICE = f"""
ref type currency deliveryInstruction deliveryType fulfilmentPrice fulfilmentTaxPrice fulfilmentType pickupLocationRef
deliveryFirstName deliveryLastName deliveryContact deliveryEmail deliverAfter deliverBefore dispatchOn {_ATTRIBUTES}
deliveryAddress {{ {_ADDRESS} }}"""
_ITEM = f"""
ref quantity paidPrice currency price taxPrice taxType totalPrice totalTaxPrice {_ATTRIBUTES}
fulfilmentChoice {{ ref }} product {{ ref catalogue {{ ref }} }}"""
_ORDER = f"""query ($id: ID!) {{ orderById(id: $id) {{
  ref type {_ATTRIBUTES} totalPrice totalTaxPrice retailer {{ id }} customer {{ id }}
  fulfilmentChoices(first: 100) {{ edges {{ node {{ {_CHOICE} }} }} }} }} }}"""
_ITEMS = f"""query ($id: ID!, $after: String) {{ orderById(id: $id) {{
  items(first: 500, after: $after) {{ edges {{ cursor node {{ {_ITEM} }} }} pageInfo {{ hasNextPage }} }} }} }}"""
MULTI = "MULTI"  # the type of orders whose choices live lives of their own, however many there are (spec 31 §3.3)


@dataclass(frozen=True)
class Draft:
    """An order that is placed in every variant: its ref, and the input of ``createOrder``."""

    ref: str
    given: Node


async def draft_of(house: House, order: int) -> Draft:
    """Return what was ordered, by the id of an order: its lines, choices, addresses and customer.

    Payments and the billing address are left out.
    """
    found = (await house.ask(_ORDER, id=str(order)))["orderById"]
    if found is None:
        raise InvalidValueError(f"order {order} cannot be read in the fork")
    choices = [_choice(edge["node"]) for edge in found.pop("fulfilmentChoices")["edges"]]
    several = len(choices) > 1 or found["type"] == MULTI
    given = {**_clean(found), "items": [_item(node, several=several) for node in await _nodes(house, order)]}
    if several:
        given["fulfilmentChoices"] = choices
    elif choices:
        given["fulfilmentChoice"] = choices[0]
    return Draft(found["ref"], given)


async def _nodes(house: House, order: int) -> list[Node]:
    """Return the lines of an order, page by page."""
    nodes: list[Node] = []
    after: str | None = None
    while True:
        page = (await house.ask(_ITEMS, id=str(order), after=after))["orderById"]["items"]
        nodes += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return nodes
        after = page["edges"][-1]["cursor"]


def _item(node: Node, *, several: bool) -> Node:
    choice, product = node.pop("fulfilmentChoice"), node.pop("product")
    named = {"fulfilmentChoiceRef": choice["ref"]} if several and choice else {}
    return {
        **_clean(node),
        **named,
        "productRef": product["ref"],
        "productCatalogueRef": product["catalogue"]["ref"],
    }


def _choice(node: Node) -> Node:
    """Return the input of a choice; an address needs a ref, which not every one has that is stored."""
    found: Node = _clean(node)
    if "deliveryAddress" in found:
        found["deliveryAddress"].setdefault("ref", found.get("ref", "TO"))
    return found


def _clean(value: Any) -> Any:
    """Return a value without what is null."""
    if isinstance(value, dict):
        return {name: _clean(part) for name, part in value.items() if part is not None}
    return [_clean(part) for part in value] if isinstance(value, list) else value
