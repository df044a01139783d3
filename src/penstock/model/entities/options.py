"""What can be promised before the order: fulfilment options and their plans (spec 21, 30 §7)."""

from __future__ import annotations

from penstock.model.vocabulary import Column, Entity, Field, One, Scalar
from penstock.model.words import (
    attributes,
    dates,
    identifier,
    integer,
    kind,
    link,
    many,
    ref,
    status,
    text,
    value,
    workflow,
)


def _retailer(*, null: bool) -> tuple[Field, ...]:
    """Declare the retailer, given and shown by its number."""
    return (
        Column(
            name="retailerId",
            scalar=Scalar.ID,
            wire="Int",
            null=null,
            foreign="retailer",
            doc="Id of the retailer that it belongs to.",
        ),
        One(name="retailer", target="Retailer", match=(("id", "retailer_id"),), key="RetailerId", hidden=True),
    )


FULFILMENT_OPTION = Entity(
    name="FulfilmentOption",
    table="fulfilment_option",
    doc="A question how some products could be delivered, with its answers.",
    interfaces=("Node", "Orchestrateable"),
    fields=(
        identifier(),
        ref(),
        status(),
        kind(doc="HD, CC or a type of your own; names the workflow that looks for plans."),
        *_retailer(null=False),
        text("orderType", doc="Type of the order that the customer may place."),
        text(
            "locationRef",
            doc="Ref of the location where the customer would collect; the workflow may choose one when absent.",
        ),
        text("trackingCode", doc="Your own code by which to find the option again, such as that of a cart."),
        value("address", "FulfilmentOptionAddress", doc="Where the products would be delivered."),
        value("products", "FulfilmentOptionProduct", many=True, doc="What is wanted, and how many."),
        attributes(),
        many("plans", "FulfilmentPlan", by="fulfilmentOption", doc="The answers: ways to deliver what is asked for."),
        *workflow(),
        *dates(),
    ),
    keys={"FulfilmentOptionId": "id!"},
    plural="fulfilmentOptions",
    listed_by=("ref", "trackingCode", "status", "type"),
    gets=("fulfilmentOptionById(id!)",),
    create="ref! type! retailerId!=retailer.id orderType locationRef trackingCode address products attributes",
    update="id! ref status trackingCode attributes",
    event="FULFILMENT_OPTIONS",
    tree="FulfilmentOption",
    root="self",
    tracked=True,
)

FULFILMENT_PLAN = Entity(
    name="FulfilmentPlan",
    table="fulfilment_plan",
    doc="One way to deliver what a fulfilment option asks for.",
    interfaces=("Node", "Orchestrateable"),
    fields=(
        identifier(),
        ref(),
        status(),
        kind(doc="Type, free text; usually that of the option."),
        integer("splitCount", doc="How many fulfilments beside the first one it needs."),
        text("eta", doc="Hours until everything is ready to leave, as a text such as 24."),
        *_retailer(null=True),
        attributes(),
        *link(
            "fulfilmentOption",
            "FulfilmentOption",
            "fulfilment_option",
            key="FulfilmentOptionId",
            required=True,
            doc="The question that it answers.",
        ),
        value("fulfilments", "FulfilmentPlanFulfilment", many=True, doc="What would come from which location."),
        value("exceptions", "FulfilmentPlanException", many=True, appended=True, doc="What it cannot do."),
        *workflow(),
        *dates(),
    ),
    keys={"FulfilmentPlanId": "id!"},
    plural="fulfilmentPlans",
    listed_by=("ref", "status"),
    gets=("fulfilmentPlanById(id!)",),
    create="ref! type! splits=splitCount eta retailerId!=retailer.id attributes fulfilmentOptionId!=fulfilmentOption "
    "fulfilments exceptions",
    update="id! ref status eta attributes exceptions",
    event="FULFILMENT_PLAN",
    tree="FulfilmentOption",
    root="fulfilmentOption",
)

ENTITIES = (FULFILMENT_OPTION, FULFILMENT_PLAN)
