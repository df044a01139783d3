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
    fields=(
        text("name", null=False, doc="Name, unique among the attributes of one entity."),
        text("type", null=False, doc="Type of the value, such as STRING, INTEGER or JSON; not checked."),
        json("value", doc="Any JSON but null, given back as it came."),
    ),
    input="AttributeInput",
    required=("name", "type", "value"),
    doc="A named value of free type.",
)
SETTING_VALUE = Value(
    name="SettingValueType",
    fields=(text("value", doc="The code."), text("label", doc="Text for people.")),
    input="SettingValueTypeInput",
    required=("value",),
    doc="A code and its label.",
)
TAX_TYPE = Value(
    name="TaxType",
    fields=(
        text("country", null=False, doc="Country whose tax it is."),
        text("group", null=False, doc="Group of goods that are taxed alike."),
        text("tariff", doc="Tariff within that group."),
    ),
    input="TaxTypeInput",
    required=("country", "group", "tariff"),
    doc="How something is taxed.",
)
ROLE_CONTEXT = Value(
    name="RoleContext",
    fields=(
        text("contextType", null=False, doc="ACCOUNT, RETAILER, LOCATION or AGENT, an older word for LOCATION."),
        Column(
            name="contextId", scalar=Scalar.ID, null=False, doc="Id of the retailer or location; 0 for the account."
        ),
    ),
    input="RoleContextInput",
    required=("contextType", "contextId"),
    doc="Where a role is held: ACCOUNT, RETAILER or LOCATION, and the id there.",
)
PAGE_INFO = Value(
    name="PageInfo",
    fields=(
        flag("hasPreviousPage", doc="Whether the list goes on before this page."),
        flag("hasNextPage", doc="Whether the list goes on after this page; go on from the last edge's cursor."),
    ),
    doc="Whether there is more before or after this page.",
)
AMOUNT_TYPE = Value(
    name="AmountType",
    fields=(
        number("amount", doc="The amount as a decimal number."),
        integer("scale", doc="Decimal places of the unscaled value."),
        integer("unscaledValue", doc="The amount without its decimal point."),
    ),
    input="AmountTypeInput",
    doc="An amount of money: 12.50 has scale 2 and unscaled value 1250. Kept as given, nothing is computed.",
)
QUANTITY_TYPE = Value(
    name="QuantityType",
    fields=(integer("quantity", doc="How many."), text("unit", doc="What is counted; free text.")),
    input="QuantityTypeInput",
    required=("quantity",),
    doc="How many of a unit.",
)
STREET_ADDRESS = Value(
    name="StreetAddress",
    fields=(
        text("companyName"),
        text("name", doc="Who lives or works there."),
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
        text("name", doc="Who lives or works there."),
        text("companyName"),
        text("addressLine1", doc="Street and number."),
        text("addressLine2", doc="Flat, floor or building."),
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
    fields=(
        text("productRef", null=False, doc="Ref of the product."),
        text("catalogueRef", doc="Ref of the product's catalogue."),
        integer("requestedQuantity", null=False, doc="How many are wanted."),
    ),
    input="CreateFulfilmentOptionProductInput",
    required=("productRef",),
    doc="A product that is wanted, and how many of it.",
)
PLAN_ITEM = Value(
    name="FulfilmentPlanFulfilmentItem",
    fields=(
        text("productRef", null=False, doc="Ref of the product."),
        text("catalogueRef", doc="Ref of the product's catalogue."),
        integer("availableQuantity", null=False, doc="How many the location could sell."),
        integer("requestedQuantity", null=False, doc="How many are wanted in all, not only from here."),
    ),
    input="CreateFulfilmentPlanFulfilmentItemInput",
    required=("productRef", "availableQuantity", "requestedQuantity"),
    doc="A product that a plan would send from one place.",
)
PLAN_FULFILMENT = Value(
    name="FulfilmentPlanFulfilment",
    fields=(
        text("fulfilmentType", doc="HD_PFS, CC_PFS (from a store), HD_PFDC, CC_PFDC (from a warehouse)."),
        text("locationRef", doc="Ref of the location that would send."),
        text("eta", doc="Hours until this part is ready to leave, as a text such as 4."),
        value("items", "FulfilmentPlanFulfilmentItem", many=True, doc="What it would send."),
    ),
    input="CreateFulfilmentPlanFulfilmentInput",
    doc="What a plan would send from one place.",
)
PLAN_EXCEPTION = Value(
    name="FulfilmentPlanException",
    fields=(
        text("code", doc="Kind of shortcoming, such as OUT_OF_STOCK."),
        text("message", doc="What is missing, in words."),
        attributes(),
    ),
    input="CreateFulfilmentPlanExceptionInput",
    doc="Why a plan cannot do all that is asked.",
)
APP_VERSION = Value(
    name="AppVersion",
    fields=(
        integer("major", null=False, doc="First number: changes that break."),
        integer("minor", null=False, doc="Second number: additions."),
        integer("patch", null=False, doc="Third number: repairs."),
    ),
    required=("major", "minor", "patch"),
    doc="The version of a program.",
)
SOURCING_CONDITION = Value(
    name="SourcingCondition",
    fields=(
        text("name", null=False, doc="Name for user interfaces."),
        text("type", null=False, doc="What is tested, such as fc.sourcing.condition.path."),
        json("params", doc="Parameters of the test: an object by parameter name."),
    ),
    input="CreateSourcingConditionInput",
    required=("name", "type"),
    doc="When a strategy applies.",
)
SOURCING_CRITERION = Value(
    name="SourcingCriterion",
    fields=(
        text("name", null=False, doc="Name for user interfaces."),
        text("type", null=False, doc="How locations are rated, such as fc.sourcing.criterion.locationDistance."),
        json("params", doc="Parameters of the rating: an object by parameter name."),
    ),
    input="CreateSourcingCriterionInput",
    required=("name", "type"),
    doc="By what a strategy rates locations.",
)
SOURCING_STRATEGY = Value(
    name="SourcingStrategy",
    fields=(
        Column(name="id", scalar=Scalar.ID, null=False),
        text("ref", null=False),
        value("sourcingProfile", "SourcingProfileLink", doc="The version of a profile that it is part of."),
        text("name", null=False),
        text("description"),
        text("status", null=False, doc="Only ACTIVE ones are tried; ACTIVE unless told."),
        integer("priority", null=False, doc="1 is tried first."),
        *dates(),
        value(
            "virtualCatalogue",
            "CatalogueLink",
            doc="BASE catalogue that stock is looked up in; without it the profile's.",
        ),
        value("network", "NetworkLink", doc="Network that locations are taken from; without it the profile's."),
        integer("maxSplit", doc="How many fulfilments beside the first one a plan may have."),
        value(
            "sourcingConditions",
            "SourcingCondition",
            many=True,
            doc="All must hold for it to be tried; without any it always is.",
        ),
        value(
            "sourcingCriteria",
            "SourcingCriterion",
            many=True,
            doc="How locations are rated: the first decides, later ones break ties.",
        ),
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
    Value(
        name="CurrencyLink",
        fields=(text("alphabeticCode", doc="Code of three letters, such as AUD."),),
        doc="A currency, by its code.",
    ),
    Value(name="RetailerLink", fields=(Column(name="id", scalar=Scalar.ID),), doc="A retailer, by its id."),
    Value(name="OrderLink", fields=(text("ref"), value("retailer", "RetailerLink")), doc="An order, by reference."),
    Value(
        name="OrderItemLink",
        fields=(text("ref"), value("order", "OrderLink", doc="The order that it is a line of.")),
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
        fields=(text("ref"), value("returnOrder", "ReturnOrderLink", doc="The return that it is a line of.")),
        doc="An item of a return, by reference.",
    ),
    Value(
        name="WorkflowLink",
        fields=(
            text("ref", doc="Name of the workflow, such as ORDER::HD."),
            integer("version", doc="Its major version, fixed at creation."),
        ),
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
    Enum(
        name="AppType",
        values={"REFERENCE": "Shipped with Penstock.", "CUSTOM": "Somebody's own."},
        doc="Where a program comes from.",
    ),
    Enum(
        name="ExecutionMode",
        values={"AWAIT_ORCHESTRATION": "After the workflow has worked on what the mutation created."},
        doc="When a mutation answers; without it, as soon as it has written.",
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
    text("name", doc="Who lives or works there."),
    text("street"),
    text("street2"),
    text("city"),
    text("state"),
    text("postcode"),
    text("region"),
    text("country"),
    number("latitude", doc="Degrees north."),
    number("longitude", doc="Degrees east."),
    ref(doc="Reference given by the client; the address of a location has the location's."),
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
