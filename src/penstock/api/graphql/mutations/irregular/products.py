"""One mutation for products of every type, beside those of each type (newer than the contract; spec 30 §6)."""

from __future__ import annotations

from typing import Any

from penstock.api.graphql.mutations.generic.creating import required
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.updating import finish, revision_of
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.operations import Call, Written, input_type, mutation
from penstock.model.registry import MODEL

# What all types have in common is a part of what this one has, and they share a table.
_ANY = plan_of("StandardProduct", "update")
_NEEDS = frozenset(plan_of(entity.name, "update").permission for entity in MODEL.variants("Product"))

input_type(
    "UpdateProductInput",
    {
        "ref": "String!",
        "catalogue": "ProductCatalogueKey!",
        "type": "String",
        "status": "String",
        "attributes": "[AttributeInput]",
        "gtin": "String",
        "name": "String",
        "summary": "String",
        "categories": "[CategoryKey]",
        "prices": "[PriceInput]",
        "tax": "TaxTypeInput",
    },
    "Changes of a product of any type: what is left out stays, null clears.",
    like="StandardProduct",
)


@mutation("updateProduct", output="Product", arguments={"input": "UpdateProductInput"}, needs=lambda _: set(_NEEDS))
async def update_product(call: Call, arguments: dict[str, Any]) -> Written:
    """Update a product, whatever its type: only the fields given change; lists are added to."""
    work, given = Work(call, _ANY.permission), required(arguments.get("input"))
    key = {part: given[part] for part in ("ref", "catalogue")}
    written = await finish(work, revision_of(work, _ANY, given, key, work.want("Product", key, "Product")))
    return Written("Product", written.id)
