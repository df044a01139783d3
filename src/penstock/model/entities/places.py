"""Retailers, networks and locations, with their addresses and hours (spec 30 §5)."""

from __future__ import annotations

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

RETAILER = Entity(
    name="Retailer",
    table="retailer",
    small_ids=True,
    doc="A trading unit of the account; most data belongs to exactly one.",
    interfaces=("Node", "Referenceable"),
    fields=(
        identifier(),
        *dates(),
        status(),
        ref(null=False),
        text("summary"),
        text("websiteUrl"),
        text("websiteUrlName"),
        text("primaryEmail"),
        text("supportContactName"),
        text("supportEmail"),
        text("supportPhone"),
        text("tradingName"),
        stored("name"),
        stored("region"),
        many_through("networks", "Network", "network_retailer", "retailer_id", "network_id", key="NetworkId"),
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
        ref(),
        kind(null=True),
        status(),
        attributes(),
        many_through("retailers", "Retailer", "network_retailer", "network_id", "retailer_id", key="RetailerId"),
        many_through("locations", "Location", "network_location", "network_id", "location_id", key="LocationId"),
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

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _hours() -> tuple[Column, ...]:
    ends = (f"{day}{end}" for day in _DAYS for end in ("Start", "End"))
    return tuple(integer(name, null=False, doc="Local time as HHMM; start and end 0: closed.") for name in ends)


_HOURS_REQUIRED = " ".join(f"{day}Start! {day}End!" for day in _DAYS)

OPENING_SCHEDULE = Entity(
    name="OpeningSchedule",
    table="opening_schedule",
    doc="When a location is open, day by day.",
    interfaces=(),
    fields=(identifier(), *dates(), flag("allHours", null=False, doc="Open day and night."), *_hours()),
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
        text("directions"),
        seen("location", "Location", ("primary_address_id", "id")),
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
    kind(null=True),
    status(),
    attributes(),
    text("name"),
    text("supportPhoneNumber"),
    text("defaultCarrier"),
    text("defaultCarrierName"),
    *link(
        "primaryAddress",
        "Address",
        "address",
        owned=True,
        nested="CreateStoreAddressInput",
        nested_update="UpdateStoreAddressInput",
    ),
    *link("retailer", "Retailer", "retailer", key="RetailerId", required=True),
    many_through("networks", "Network", "network_location", "location_id", "network_id", key="NetworkId"),
    many("storageAreas", "StorageArea", by="location"),
    many("manifests", "Manifest", by="location"),
    *link(
        "openingSchedule",
        "OpeningSchedule",
        "opening_schedule",
        owned=True,
        nested="CreateOpeningScheduleInput",
        nested_update="UpdateOpeningScheduleInput",
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
        text("name"),
        status(),
        *link("location", "Location", "location", key="LocationId", required=True),
        kind(null=True),
        Embedded(name="attributes", type="Attribute", many=True, hidden=True),
        many("articles", "Article", by="storageArea"),
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
