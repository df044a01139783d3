"""Orders: lines find their product and choice, with or without a new customer (spec 31 §3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.api.graphql.mutations.generic import creating
from penstock.api.graphql.mutations.generic.drafts import Draft, drafted
from penstock.api.graphql.mutations.generic.plans import Link, plan_of
from penstock.api.graphql.mutations.generic.register import input_of, needs
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.mutations.irregular import customers, lines
from penstock.api.graphql.operations import Call, Written, input_type, mutation
from penstock.errors import ForbiddenError, InvalidValueError, NotFoundError

if TYPE_CHECKING:
    from penstock.api.graphql.mutations.generic.work import Wanted

ORDER = plan_of("Order", "create")
CUSTOMER = plan_of("Customer", "create")
_ITEMS = next(c for c in ORDER.children if c.wire == "items")
_PRODUCT = next(link for link in ORDER.below(_ITEMS).links if link.wire == "productRef")
# Lines are put together here, one by one, and so is what they name in their own way.
_WITHOUT_LINES = ORDER.without({"items"})
_WITHOUT_LINES_AND_CUSTOMER = ORDER.without({"items", "customer"})
_LINE = ORDER.below(_ITEMS).without(lines.KEYS)
_CROSSING, _DISABLED = "fc.graphql.order.create.event", "disable-cross-retailer"
_RETAILER: Link = next(link for link in ORDER.links if link.wire == "retailer")

input_type(
    "CreateOrderAndCustomerInput",
    {
        "ref": "String!",
        "type": "String!",
        "attributes": "[AttributeInput]",
        "retailer": "RetailerId!",
        "totalPrice": "Float",
        "totalTaxPrice": "Float",
        "payment": "PaymentKey",
        "fulfilmentChoice": "CreateFulfilmentChoiceWithOrderInput",
        "fulfilmentChoices": "[CreateFulfilmentChoiceWithOrderInput]",
        "customer": "CreateCustomerInput!",
        "items": "[CreateOrderItemWithOrderInput]!",
    },
    "An order together with a customer who is new.",
    {"customer": "Who buys, and is new: the username must not be known to the retailer."},
    like="Order",
)


@dataclass(slots=True)
class Line:
    """A line of an order on its way: its draft, its product and what it says of its choice."""

    draft: Draft
    product: Wanted
    catalogue_ref: str | None
    choice_ref: str | None


@mutation("createOrder", output="Order", arguments=input_of(ORDER), needs=needs(ORDER))
async def create_order(call: Call, arguments: dict[str, Any]) -> Written:
    """Create an order with its lines and choices; its CREATE event starts the workflow."""
    work = Work(call, ORDER.permission)
    given = creating.required(arguments.get("input"))
    return await _create(work, given, drafted(work, _WITHOUT_LINES, given), None)


def _needs_of_both(arguments: dict[str, Any]) -> set[str]:
    given = arguments.get("input") or {}
    return ORDER.needs(given) | CUSTOMER.needs(given.get("customer"))


@mutation(
    "createOrderAndCustomer",
    output="Order",
    arguments={"input": "CreateOrderAndCustomerInput"},
    needs=_needs_of_both,
)
async def create_order_and_customer(call: Call, arguments: dict[str, Any]) -> Written:
    """Create an order and its customer at once."""
    work = Work(call, ORDER.permission)
    given = creating.required(arguments.get("input"))
    customer = customers.drafted_customer(work, given["customer"])
    order = drafted(work, _WITHOUT_LINES_AND_CUSTOMER, given)
    return await _create(work, given, order, customer)


async def _create(work: Work, given: dict[str, Any], order: Draft, customer: Draft | None) -> Written:
    retailer = given["retailer"]["id"]
    items = [item for item in given["items"] or () if item is not None]
    all_lines = [_line(work, item, retailer) for item in items]
    order.children.append((_ITEMS, [line.draft for line in all_lines]))
    await work.resolve()
    if customer is not None:
        _settle_customer(work, order, customer)
    creating.settle(work, order)
    _require_own_retailer(work, order)
    choices = _choices(order)
    _require_refs([choice.row.ref for choice in choices])
    for line in all_lines:
        _finish(work, order, line, choices)
    for draft in _announced(order):
        creating.announce(work, draft)
    await work.write()
    return Written("Order", order.row.id, order.row)


def _require_own_retailer(work: Work, order: Draft) -> None:
    """Raise :class:`ForbiddenError` for another retailer's order, where the account forbids those (spec 10 §5.3)."""
    own, retailer = work.principal.retailer_id, order.row.retailer_id
    if own not in {None, retailer} and work.setting(_CROSSING) == _DISABLED:
        raise ForbiddenError(
            f"User does not have permission: {work.permission} for retailer {retailer}, as {_CROSSING} is {_DISABLED} "
            f"and the user's primary retailer is {own}"
        )


def _line(work: Work, item: dict[str, Any], retailer: str) -> Line:
    catalogue_ref = item.get("productCatalogueRef")
    draft = drafted(work, _LINE, item)
    product = lines.product(work, item["productRef"], catalogue_ref, lines.OF_RETAILER, retailer)
    draft.links.append((_PRODUCT, product))
    return Line(draft, product, catalogue_ref, item.get("fulfilmentChoiceRef"))


def _settle_customer(work: Work, order: Draft, customer: Draft) -> None:
    """Store the new customer, who must be of the order's retailer."""
    creating.settle(work, customer)
    order.row.customer_id = customer.row.id
    wanted = next(w for link, w in order.links if link.column == _RETAILER.column)
    if work.settle(wanted).id != customer.row.retailer_id:
        raise InvalidValueError(
            f"customer.retailer is {customer.row.retailer_id}, but the order belongs to retailer "
            f"{work.settle(wanted).id}; name the same one"
        )


def _choices(order: Draft) -> list[Draft]:
    nested = [draft for part, draft in order.nested if part.target == "FulfilmentChoice"]
    return nested + [d for part, drafts in order.children if part.wire == "fulfilmentChoices" for d in drafts]


def _require_refs(refs: list[str | None]) -> None:
    """Raise :class:`InvalidValueError` where two choices have the same ref: lines and events name them by it."""
    for number, ref in enumerate(refs):
        if ref is not None and ref in refs[:number]:
            raise InvalidValueError(f"fulfilmentChoices[{number}].ref is {ref}, which another choice has already")


def _announced(order: Draft) -> list[Draft]:
    """Return the choices that live their own lives: those of an order that may have several (spec 31 §3.3)."""
    return [d for part, drafts in order.children if part.wire == "fulfilmentChoices" for d in drafts]


def _finish(work: Work, order: Draft, line: Line, choices: list[Draft]) -> None:
    """Keep the product's refs with the line, and give it its choice: the one it names, or the only one."""
    row = line.draft.row
    found = work.settle(line.product, order.place)
    row.product_ref, row.product_catalogue_ref = found.ref, line.catalogue_ref or found.root_ref
    if line.choice_ref is not None:
        named = [c for c in choices if c.row.ref == line.choice_ref]
        if not named:
            raise NotFoundError(
                f"OrderItem.fulfilmentChoiceRef: the order has no fulfilment choice with ref {line.choice_ref}"
            )
        row.fulfilment_choice_id = named[0].row.id
    elif len(choices) == 1:
        row.fulfilment_choice_id = choices[0].row.id
