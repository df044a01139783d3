"""Value objects and interfaces that several entities share."""

from __future__ import annotations

from penstock.model.vocabulary import Column, Enum, Interface, Scalar, Value
from penstock.model.words import (
    attributes,
    dates,
    flag,
    identifier,
    integer,
    json,
    kind,
    link,
    number,
    ref,
    status,
    text,
    value,
    workflow,
)

ATTRIBUTE = Value(
    name="Attribute",
    fields=(text("name", null=False), text("type", null=False), json("value")),
    input="AttributeInput",
    required=("name", "type", "value"),
    doc="A named value of free type.",
)
SETTING_VALUE = Value(
    name="SettingValueType",
    fields=(text("value"), text("label")),
    input="SettingValueTypeInput",
    required=("value",),
    doc="A code and its label.",
)
TAX_TYPE = Value(
    name="TaxType",
    fields=(text("country", null=False), text("group", null=False), text("tariff")),
    input="TaxTypeInput",
    required=("country", "group", "tariff"),
    doc="How something is taxed.",
)
ROLE_CONTEXT = Value(
    name="RoleContext",
    fields=(
        text("contextType", null=False),
        Column(name="contextId", scalar=Scalar.ID, null=False),
    ),
    input="RoleContextInput",
    required=("contextType", "contextId"),
    doc="Where a role is held: ACCOUNT, RETAILER or LOCATION, and the id there.",
)
PAGE_INFO = Value(
    name="PageInfo",
    fields=(flag("hasPreviousPage"), flag("hasNextPage")),
    doc="Whether there is more before or after this page.",
)
AMOUNT_TYPE = Value(
    name="AmountType",
    fields=(number("amount"), integer("scale"), integer("unscaledValue")),
    input="AmountTypeInput",
    doc="An amount of money: 12.50 has scale 2 and unscaled value 1250.",
)
QUANTITY_TYPE = Value(
    name="QuantityType",
    fields=(integer("quantity"), text("unit")),
    input="QuantityTypeInput",
    required=("quantity",),
    doc="How many of a unit.",
)
STREET_ADDRESS = Value(
    name="StreetAddress",
    fields=(
        text("companyName"),
        text("name"),
        text("street"),
        text("city"),
        text("state"),
        text("postcode"),
        text("region"),
        text("country"),
        number("latitude", doc="Degrees north."),
        number("longitude", doc="Degrees east."),
        text("timeZone", doc="Name in the time zone database, such as Europe/London."),
    ),
    input="StreetAddressInput",
    doc="An address without a reference of its own.",
)
OPTION_ADDRESS = Value(
    name="FulfilmentOptionAddress",
    fields=(
        text("name"),
        text("companyName"),
        text("addressLine1"),
        text("addressLine2"),
        text("city"),
        text("state"),
        text("postcode"),
        text("country"),
        number("latitude", doc="Degrees north."),
        number("longitude", doc="Degrees east."),
    ),
    input="CreateFulfilmentOptionAddressInput",
    doc="Where products are wanted.",
)
OPTION_PRODUCT = Value(
    name="FulfilmentOptionProduct",
    fields=(text("productRef", null=False), text("catalogueRef"), integer("requestedQuantity", null=False)),
    input="CreateFulfilmentOptionProductInput",
    required=("productRef",),
    doc="A product that is wanted, and how many of it.",
)
PLAN_ITEM = Value(
    name="FulfilmentPlanFulfilmentItem",
    fields=(
        text("productRef", null=False),
        text("catalogueRef"),
        integer("availableQuantity", null=False),
        integer("requestedQuantity", null=False),
    ),
    input="CreateFulfilmentPlanFulfilmentItemInput",
    required=("productRef", "availableQuantity", "requestedQuantity"),
    doc="A product that a plan would send from one place.",
)
PLAN_FULFILMENT = Value(
    name="FulfilmentPlanFulfilment",
    fields=(
        text("fulfilmentType"),
        text("locationRef"),
        text("eta"),
        value("items", "FulfilmentPlanFulfilmentItem", many=True),
    ),
    input="CreateFulfilmentPlanFulfilmentInput",
    doc="What a plan would send from one place.",
)
PLAN_EXCEPTION = Value(
    name="FulfilmentPlanException",
    fields=(text("code"), text("message"), attributes()),
    input="CreateFulfilmentPlanExceptionInput",
    doc="Why a plan cannot do all that is asked.",
)
APP_VERSION = Value(
    name="AppVersion",
    fields=(integer("major", null=False), integer("minor", null=False), integer("patch", null=False)),
    required=("major", "minor", "patch"),
    doc="The version of a program.",
)
SOURCING_CONDITION = Value(
    name="SourcingCondition",
    fields=(text("name", null=False), text("type", null=False), json("params")),
    input="CreateSourcingConditionInput",
    required=("name", "type"),
    doc="When a strategy applies.",
)
SOURCING_CRITERION = Value(
    name="SourcingCriterion",
    fields=(text("name", null=False), text("type", null=False), json("params")),
    input="CreateSourcingCriterionInput",
    required=("name", "type"),
    doc="By what a strategy rates locations.",
)
SOURCING_STRATEGY = Value(
    name="SourcingStrategy",
    fields=(
        Column(name="id", scalar=Scalar.ID, null=False),
        text("ref", null=False),
        value("sourcingProfile", "SourcingProfileLink"),
        text("name", null=False),
        text("description"),
        text("status", null=False),
        integer("priority", null=False, doc="1 is tried first."),
        *dates(),
        value("virtualCatalogue", "CatalogueLink"),
        value("network", "NetworkLink"),
        integer("maxSplit", doc="How many fulfilments beside the first one a plan may have."),
        value("sourcingConditions", "SourcingCondition", many=True),
        value("sourcingCriteria", "SourcingCriterion", many=True),
    ),
    doc="One way of a sourcing profile to choose locations.",
)
# Link types show some fields of the entity that they lead to.
LINKS = (
    Value(name="CustomerLink", fields=(text("ref"),), doc="A customer, by reference."),
    Value(name="LocationLink", fields=(text("ref"),), doc="A location, by reference."),
    Value(name="PaymentLink", fields=(text("ref"),), doc="A payment, by reference."),
    Value(name="FulfilmentLink", fields=(text("ref"),), doc="A fulfilment, by reference."),
    Value(name="CreditMemoLink", fields=(text("ref"),), doc="A credit memo, by reference."),
    Value(name="NetworkLink", fields=(text("ref"),), doc="A network, by reference."),
    Value(
        name="SourcingProfileLink",
        fields=(Column(name="id", scalar=Scalar.ID),),
        doc="A sourcing profile, by its id.",
    ),
    Value(name="CatalogueLink", fields=(text("ref"),), doc="A catalogue, by reference."),
    Value(name="CurrencyLink", fields=(text("alphabeticCode"),), doc="A currency, by its code."),
    Value(name="RetailerLink", fields=(Column(name="id", scalar=Scalar.ID),), doc="A retailer, by its id."),
    Value(name="OrderLink", fields=(text("ref"), value("retailer", "RetailerLink")), doc="An order, by reference."),
    Value(
        name="OrderItemLink",
        fields=(text("ref"), value("order", "OrderLink")),
        doc="An item of an order, by reference.",
    ),
    Value(
        name="ProductLink",
        fields=(text("ref"), value("catalogue", "CatalogueLink")),
        doc="A product, by reference.",
    ),
    Value(
        name="ReturnOrderLink",
        fields=(text("ref"), value("retailer", "RetailerLink")),
        doc="A return, by reference.",
    ),
    Value(
        name="ReturnOrderItemLink",
        fields=(text("ref"), value("returnOrder", "ReturnOrderLink")),
        doc="An item of a return, by reference.",
    ),
    Value(
        name="WorkflowLink",
        fields=(text("ref"), integer("version")),
        source=(("ref", "workflowRef"), ("version", "workflowVersion")),
        doc="A workflow, by its name and major version.",
    ),
)
VALUES = (
    ATTRIBUTE,
    SETTING_VALUE,
    TAX_TYPE,
    ROLE_CONTEXT,
    PAGE_INFO,
    AMOUNT_TYPE,
    QUANTITY_TYPE,
    STREET_ADDRESS,
    OPTION_ADDRESS,
    OPTION_PRODUCT,
    PLAN_ITEM,
    PLAN_FULFILMENT,
    PLAN_EXCEPTION,
    APP_VERSION,
    SOURCING_CONDITION,
    SOURCING_CRITERION,
    SOURCING_STRATEGY,
    *LINKS,
)

ENUMS = (
    Enum(name="AppType", values=("REFERENCE", "CUSTOM"), doc="Whether a program is shipped or somebody's own."),
    Enum(
        name="ExecutionMode",
        values=("AWAIT_ORCHESTRATION",),
        doc="When a mutation answers: AWAIT_ORCHESTRATION, after the workflow has worked on what it created.",
    ),
)

# Input types that name something, beside the keys that entities declare themselves.
LOOSE_KEYS = {
    "AddressId": "id!",
    "BaseLocationInput": "id!",
    "RetailerLinkInput": "id!",
}

ADDRESS_FIELDS = (
    identifier(),
    text("type", doc="Origin of the address in older systems: AGENT or ORDER."),
    *dates(),
    text("companyName"),
    text("name"),
    text("street"),
    text("street2"),
    text("city"),
    text("state"),
    text("postcode"),
    text("region"),
    text("country"),
    number("latitude", doc="Degrees north."),
    number("longitude", doc="Degrees east."),
    ref(),
    text("timeZone", doc="Name in the time zone database, such as Europe/London."),
    text("email"),
)

INTERFACES = (
    Interface(name="Node", fields=(identifier(), *dates()), doc="Something with an id."),
    Interface(
        name="Orchestrateable",
        fields=(kind(), status(), *workflow()),
        doc="Something whose life workflows drive.",
    ),
    Interface(name="Referenceable", fields=(ref(null=False),), doc="Something addressed by reference."),
    Interface(name="Extendable", fields=(attributes(),), doc="Something with free attributes."),
    Interface(name="Address", fields=ADDRESS_FIELDS, table="address", doc="A place that parcels go to or come from."),
    Interface(
        name="Product",
        table="product",
        fields=(
            identifier(),
            ref(null=False),
            kind(),
            *link("catalogue", "ProductCatalogue", null=False),
            text("name", null=False),
            text("summary"),
            value("prices", "Price", many=True),
            value("tax", "TaxType"),
            *dates(),
            status(),
            attributes(),
            *workflow(),
        ),
        doc="Something that can be sold.",
    ),
)
