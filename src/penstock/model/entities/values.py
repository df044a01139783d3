"""Value objects and interfaces that several entities share."""

from __future__ import annotations

from penstock.model.vocabulary import Column, Interface, Scalar, Value
from penstock.model.words import (
    attributes,
    dates,
    flag,
    identifier,
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
# Link types show some fields of the entity that they lead to.
LINKS = (
    Value(name="CustomerLink", fields=(text("ref"),), doc="A customer, by reference."),
    Value(name="LocationLink", fields=(text("ref"),), doc="A location, by reference."),
    Value(name="PaymentLink", fields=(text("ref"),), doc="A payment, by reference."),
)
VALUES = (ATTRIBUTE, SETTING_VALUE, TAX_TYPE, ROLE_CONTEXT, PAGE_INFO, *LINKS)

# Input types that name something, beside the keys that entities declare themselves.
LOOSE_KEYS = {
    "AddressId": "id!",
    "BaseLocationInput": "id!",
    "PaymentKey": "ref!",
    "PaymentLinkInput": "ref!",
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
