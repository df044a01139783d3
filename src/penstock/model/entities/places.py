"""Retailers, networks and locations, with their addresses and hours (spec 30 §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.model.entities.values import ADDRESS_FIELDS
from penstock.model.vocabulary import Column, Embedded, Entity, Field, Lane, Unique
from penstock.model.words import (
    attributes,
    dates,
    flag,
    identifier,
    integer,
    kind,
    link,
    many,
    many_through,
    ref,
    seen,
    status,
    stored,
    text,
    workflow,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

RETAILER = Entity(
    name="Retailer",
    table="retailer",
    small_ids=True,
    doc="A trading unit of the account; most data belongs to exactly one.",
    interfaces=("Node", "Referenceable"),
    fields=(
        identifier(),
        *dates(),
        status(doc="ACTIVE from the start; free text."),
        ref(null=False, doc="The name given at creation, in upper case; unique in the account."),
        text("summary"),
        text("websiteUrl", doc="Address of the web shop."),
        text("websiteUrlName", doc="Name of the web shop, shown as its link."),
        text("primaryEmail"),
        text("supportContactName", doc="Whom customers ask for."),
        text("supportEmail", doc="Email address for customers who need help."),
        text("supportPhone", doc="Telephone number for customers who need help."),
        text("tradingName", doc="Name that customers know."),
        stored("name", doc="Name of the retailer; at creation its upper case becomes the ref."),
        stored("region", doc="Region that it trades in; kept, not shown."),
        many_through(
            "networks",
            "Network",
            "network_retailer",
            "retailer_id",
            "network_id",
            key="NetworkId",
            doc="Networks that it uses.",
        ),
    ),
    keys={"RetailerId": "id!"},
    plural="retailers",
    gets=("retailerById(id!)",),
    create="name! summary websiteUrl urlName=websiteUrlName primaryEmail supportContactName supportEmail "
    "supportPhone tradingName region networks",
    update="id! name status summary websiteUrl urlName=websiteUrlName primaryEmail supportContactName "
    "supportEmail supportPhone tradingName region networks",
    unique=(Unique(columns=("ref",)),),
    scope="self",
)

NETWORK = Entity(
    name="Network",
    table="network",
    small_ids=True,
    doc="A named set of locations; sourcing and availability look at one network at a time.",
    fields=(
        identifier(),
        *dates(),
        ref(doc="Name of the network, unique in the account; workflows and sourcing name it by this."),
        kind(null=True, doc="Type, free text."),
        status(doc="ACTIVE from the start; free text. From one that is INACTIVE nothing is promised."),
        attributes(),
        many_through(
            "retailers",
            "Retailer",
            "network_retailer",
            "network_id",
            "retailer_id",
            key="RetailerId",
            doc="Who uses it.",
        ),
        many_through(
            "locations",
            "Location",
            "network_location",
            "network_id",
            "location_id",
            key="LocationId",
            doc="Its members.",
        ),
    ),
    keys={"NetworkId": "id!", "NetworkKey": "id ref", "NetworkLinkInput": "ref!"},
    plural="networks",
    gets=("networkById(id!)", "network(id ref)"),
    create="name!=ref type attributes retailers!! locations",
    update="id! name=ref type status attributes locations",
    nested_create={"Retailer": "ref! type attributes"},
    unique=(Unique(columns=("ref",)),),
    scope="account",
)

_DAYS = {
    "mon": "Mondays",
    "tue": "Tuesdays",
    "wed": "Wednesdays",
    "thu": "Thursdays",
    "fri": "Fridays",
    "sat": "Saturdays",
    "sun": "Sundays",
}


def _hours() -> Iterator[Column]:
    for day, name in _DAYS.items():
        opens = f"When it opens on {name}, local time as HHMM (930 is 9:30); the same as the end: closed all day."
        closes = f"When it closes on {name}, local time as HHMM (1730 is 17:30); before the start: past midnight."
        yield integer(f"{day}Start", null=False, doc=opens)
        yield integer(f"{day}End", null=False, doc=closes)


_HOURS_REQUIRED = " ".join(f"{day}Start! {day}End!" for day in _DAYS)

OPENING_SCHEDULE = Entity(
    name="OpeningSchedule",
    table="opening_schedule",
    doc="When a location is open, day by day.",
    interfaces=(),
    fields=(
        identifier(),
        *dates(),
        flag("allHours", null=False, doc="Open day and night; the hours of the days do not count then."),
        *_hours(),
    ),
    plural="openingSchedules",
    create=f"allHours! {_HOURS_REQUIRED}",
    update="id! allHours " + _HOURS_REQUIRED.replace("!", ""),
    mutations=("update",),
    scope="account",
)

_PLACE = "companyName name street street2 city state postcode region country"

STORE_ADDRESS = Entity(
    name="StoreAddress",
    table="address",
    variant="STORE",
    doc="Where a location is; its ref is the location's ref.",
    interfaces=("Address",),
    fields=(
        *ADDRESS_FIELDS,
        text("directions", doc="How to find it."),
        seen("location", "Location", ("primary_address_id", "id"), doc="The location at this address."),
    ),
    keys={"StoreAddressId": "id!"},
    plural="storeAddresses",
    listed_by=("ref",),
    gets=("storeAddressById(id!)",),
    create=f"ref! {_PLACE} latitude! longitude! timeZone email",
    update=f"id! directions {_PLACE} latitude longitude timeZone email",
    scope="account",
)

CUSTOMER_ADDRESS = Entity(
    name="CustomerAddress",
    table="address",
    variant="CUSTOMER",
    doc="Where an order is delivered to.",
    interfaces=("Address",),
    fields=ADDRESS_FIELDS,
    keys={"CustomerAddressId": "id!"},
    plural="customerAddresses",
    listed_by=("ref",),
    gets=("customerAddressById(id!)",),
    create=f"ref! {_PLACE} latitude longitude timeZone email",
    update=f"id! {_PLACE} latitude longitude timeZone email",
    indexes=(("ref",),),
    tree="Order",
    scope="account",
)

_LOCATION_FIELDS: tuple[Field, ...] = (
    identifier(),
    ref(),
    *dates(),
    kind(null=True, doc="STORE, WAREHOUSE or a type of your own; names the workflow and the type of its fulfilments."),
    status(doc="Status, which its workflow sets; sourcing looks at ACTIVE ones."),
    attributes(),
    text("name", doc="Name that customers and staff see."),
    text("supportPhoneNumber", doc="Telephone number for customers."),
    text("defaultCarrier", doc="Ref of the carrier for its parcels, where the fulfilment names none."),
    text("defaultCarrierName", doc="Name of that carrier, for people."),
    *link(
        "primaryAddress",
        "Address",
        "address",
        owned=True,
        nested="CreateStoreAddressInput",
        nested_update="UpdateStoreAddressInput",
        doc="Where it is; the ref of this address is the location's.",
    ),
    *link("retailer", "Retailer", "retailer", key="RetailerId", required=True),
    many_through(
        "networks",
        "Network",
        "network_location",
        "location_id",
        "network_id",
        key="NetworkId",
        doc="Networks that it is a member of.",
    ),
    many("storageAreas", "StorageArea", by="location", doc="Places inside it where packed parcels wait."),
    many("manifests", "Manifest", by="location", doc="What carriers take away from it."),
    *link(
        "openingSchedule",
        "OpeningSchedule",
        "opening_schedule",
        owned=True,
        nested="CreateOpeningScheduleInput",
        nested_update="UpdateOpeningScheduleInput",
        doc="When it is open; expiry times pass only then.",
    ),
    *workflow(null=True),
)

LOCATION = Entity(
    name="Location",
    table="location",
    small_ids=True,
    doc="A store or warehouse that fulfils.",
    fields=_LOCATION_FIELDS,
    keys={"LocationId": "id!", "LocationKey": "id ref", "LocationLinkInput": "ref!"},
    plural="locations",
    gets=("locationById(id!)", "location(id ref)"),
    create="ref! type! attributes name! supportPhoneNumber defaultCarrier primaryAddress! retailer! "
    "openingSchedule! networks storageAreas",
    update="id! type status attributes name supportPhoneNumber defaultCarrier primaryAddress retailer "
    "openingSchedule networks storageAreas",
    unique=(Unique(columns=("retailer_id", "ref")),),
    indexes=(("primary_address_id",), ("opening_schedule_id",)),
    event="LOCATION",
    root="self",
    ages=True,
    lane=Lane.SELF,
    tracked=True,
    location_scope="{t}.id = ANY({ids})",
)

STORAGE_AREA = Entity(
    name="StorageArea",
    table="storage_area",
    doc="A place inside a location where packed parcels wait.",
    interfaces=(),
    fields=(
        identifier(),
        *dates(),
        text("name", doc="Its name, unique in the location; given as ref when it is created."),
        status(doc="ACTIVE from the start; free text."),
        *link("location", "Location", "location", key="LocationId", required=True, doc="Where it is."),
        kind(null=True, doc="Type, free text."),
        Embedded(
            name="attributes",
            type="Attribute",
            many=True,
            hidden=True,
            doc="Free attributes, one a name; kept, not shown.",
        ),
        many("articles", "Article", by="storageArea", doc="Parcels that wait there."),
    ),
    keys={"StorageAreaId": "id!"},
    plural="storageAreas",
    gets=("storageAreaById(id!)",),
    create="ref!=name location! type attributes",
    update="id! status type attributes",
    nested_create={"Location": "ref!=name type attributes"},
    nested_update={"Location": "id! status type attributes"},
    unique=(Unique(columns=("location_id", "name")),),
    scope="account",
    location_scope="{t}.location_id = ANY({ids})",
)

ENTITIES = (RETAILER, NETWORK, OPENING_SCHEDULE, STORE_ADDRESS, CUSTOMER_ADDRESS, LOCATION, STORAGE_AREA)
