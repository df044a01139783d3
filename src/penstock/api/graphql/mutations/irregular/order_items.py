"""Lines of a stored order: one more, or changes of some (spec 30 §2.2, 12 §6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.api.graphql.mutations.generic import creating, updating
from penstock.api.graphql.mutations.generic.drafts import drafted
from penstock.api.graphql.mutations.generic.plans import Plan, plan_of
from penstock.api.graphql.mutations.generic.register import input_of, needs
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.mutations.irregular import lines
from penstock.api.graphql.operations import Call, Written, mutation

if TYPE_CHECKING:
    from penstock.api.graphql.mutations.generic.work import Wanted

ITEM = plan_of("OrderItem", "create")
ORDER = plan_of("Order", "update")


def _link(plan: Plan, wire: str) -> Any:
    return next(link for link in plan.links if link.wire == wire)


@mutation("createOrderItem", output="OrderItem", arguments=input_of(ITEM), needs=needs(ITEM))
async def create_order_item(call: Call, arguments: dict[str, Any]) -> Written:
    """Add a line to a stored order."""
    given = creating.required(arguments.get("input"))
    work = Work(call, ITEM.permission)
    draft = drafted(work, ITEM, {k: v for k, v in given.items() if k != "fulfilmentChoiceRef"})
    if given.get("fulfilmentChoiceRef") is not None:
        chosen = lines.choice(work, given["fulfilmentChoiceRef"], given["order"])
        draft.links.append((_link(ITEM, "fulfilmentChoiceRef"), chosen))
    draft.row.product_ref = given["productRef"]
    draft.row.product_catalogue_ref = given["productCatalogueRef"]
    return await creating.finish(work, draft)


@mutation("updateOrder", output="Order", arguments=input_of(ORDER), needs=needs(ORDER))
async def update_order(call: Call, arguments: dict[str, Any]) -> Written:
    """Change an order and the lines named; what is not given stays."""
    given = creating.required(arguments.get("input"))
    work = Work(call, ORDER.permission)
    items = [item for item in given.get("items") or () if item is not None]
    plain = [{k: v for k, v in item.items() if k not in lines.KEYS} for item in items]
    revision = updating.revised(work, ORDER, {**given, "items": plain})
    by_item = [r for r in revision.below if r.plan.entity.name == "OrderItem"]
    products = [_revise(work, r, item, given["id"]) for r, item in zip(by_item, items, strict=True)]
    await work.resolve()
    for below, wanted in zip(by_item, products, strict=True):
        if wanted is not None:
            product = work.settle(wanted)
            below.values |= {"product_ref": product.ref, "product_catalogue_ref": product.root_ref}
    found = updating.apply(work, revision)
    await work.write()
    return Written("Order", found.id)


def _revise(work: Work, revision: updating.Revision, item: dict[str, Any], order_id: str) -> Wanted | None:
    """Hand over the keys of a line's new product and choice; return the product."""
    if item.get("fulfilmentChoiceRef") is not None:
        chosen = lines.choice(work, item["fulfilmentChoiceRef"], {"id": order_id})
        revision.links.append((_link(revision.plan, "fulfilmentChoiceRef"), chosen))
    elif "fulfilmentChoiceRef" in item:
        revision.values["fulfilment_choice_id"] = None
    if item.get("productRef") is None:
        return None
    product = lines.product(work, item["productRef"], item.get("productCatalogueRef"), lines.OF_ORDER_ID, order_id)
    revision.links.append((_link(revision.plan, "productRef"), product))
    return product
