"""Consignments, carriers and what carriers take away at once (spec 30 §2, 32)."""

from __future__ import annotations

from penstock.model.entities.fulfilments import PARCEL_FROM
from penstock.model.vocabulary import Column, Entity, Lane, Many, Scalar, Unique
from penstock.model.words import (
    attributes,
    dates,
    hidden_identifier,
    identifier,
    kind,
    link,
    many,
    many_through,
    ref,
    status,
    stored,
    text,
    workflow,
)

_BOOKED_FROM = (
    "EXISTS (SELECT FROM consignment_article c JOIN article_fulfilment j ON j.article_id = c.article_id "
    "JOIN fulfilment f ON f.id = j.fulfilment_id JOIN location l ON l.primary_address_id = f.from_address_id "
    "WHERE c.consignment_id = {t}.id AND l.id = ANY({ids}))"
)

CONSIGNMENT = Entity(
    name="Consignment",
    table="consignment",
    doc="A booking of parcels with a carrier.",
    fields=(
        identifier(),
        ref(),
        status(),
        text("consignmentReference", null=False),
        text("trackingLabel"),
        text("labelUrl"),
        text("orderSummaryUrl"),
        many("consignmentArticles", "ConsignmentArticle", by="consignment"),
        *link("carrier", "Carrier", "carrier", key="CarrierId"),
        *link("retailer", "Retailer", "retailer", key="RetailerId", required=True),
        *workflow(),
        *dates(),
    ),
    keys={"ConsignmentId": "id!"},
    plural="consignments",
    listed_by=("ref", "consignmentReference", "status"),
    gets=("consignmentById(id!)",),
    create="ref! consignmentReference! trackingLabel labelUrl orderSummaryUrl carrier! retailer! consignmentArticles!",
    update="id! status consignmentReference trackingLabel labelUrl orderSummaryUrl carrier",
    newest_first=False,
    event="CONSIGNMENT",
    tree="Order",
    root="order",
    location_scope=_BOOKED_FROM,
)

CONSIGNMENT_ARTICLE = Entity(
    name="ConsignmentArticle",
    table="consignment_article",
    doc="A parcel in a consignment.",
    interfaces=(),
    fields=(
        hidden_identifier(),
        *link("article", "Article", "article", key="ArticleId", required=True),
        *link("consignment", "Consignment", "consignment", key="ConsignmentId", required=True),
    ),
    plural="consignmentArticles",
    keys={"ConsignmentArticleId": "article consignment"},
    gets=("consignmentArticleById(article consignment)",),
    nested_create={"Consignment": "article"},
    unique=(Unique(columns=("article_id", "consignment_id")),),
    newest_first=False,
    tree="Order",
    location_scope=PARCEL_FROM % "article_id",
)

CARRIER = Entity(
    name="Carrier",
    table="carrier",
    doc="Somebody who transports parcels.",
    interfaces=("Extendable", "Node", "Orchestrateable", "Referenceable"),
    fields=(
        identifier(),
        text("name", null=False),
        kind(),
        ref(null=False),
        *link("retailer", "Retailer", "retailer", key="RetailerId", required=True),
        *workflow(),
        status(),
        attributes(),
        many("carrierConsignments", "CarrierConsignment", by="carrier"),
        many("manifests", "Manifest", by="carrier", plain=True),
        *dates(),
    ),
    keys={"CarrierId": "id!", "CarrierKey": "ref!"},
    plural="carriers",
    gets=("carrierById(id!)", "carrier(ref!)"),
    create="ref! name! retailer! type! attributes",
    update="id! name status attributes",
    unique=(Unique(columns=("ref",)),),
    event="CARRIER",
    root="self",
    ages=True,
    lane=Lane.SELF,
    tracked=True,
)

CARRIER_CONSIGNMENT = Entity(
    name="CarrierConsignment",
    table="carrier_consignment",
    doc="A booking of parcels with a carrier, in the carrier's own workflow.",
    interfaces=("Extendable", "Node", "Referenceable"),
    fields=(
        identifier(),
        ref(null=False),
        status(),
        text("consignmentReference"),
        text("trackingLabel"),
        text("labelUrl"),
        text("orderSummaryUrl"),
        Many(
            name="carrierConsignmentArticles",
            target="CarrierConsignmentArticle",
            match=(("carrier_consignment_id", "id"),),
            nested="CreateConsignmentArticleWithConsignmentInput",
        ),
        *link("carrier", "Carrier", "carrier", key="CarrierId", required=True),
        *link("retailer", "Retailer", "retailer", key="RetailerId", required=True),
        many_through("manifests", "Manifest", "manifest_carrier_consignment", "carrier_consignment_id", "manifest_id"),
        attributes(),
        *workflow(),
        *dates(),
    ),
    addressed="ref",
    keys={"CarrierConsignmentKey": "ref!"},
    plural="carrierConsignments",
    listed_by=("ref", "consignmentReference", "status"),
    gets=("carrierConsignment(ref!)",),
    create="ref! consignmentReference trackingLabel labelUrl orderSummaryUrl carrier! retailer! "
    "carrierConsignmentArticles! attributes",
    update="ref! status consignmentReference trackingLabel labelUrl orderSummaryUrl attributes",
    unique=(Unique(columns=("ref",)),),
    event="CARRIER_CONSIGNMENT",
    root="carrier",
    lane=Lane.SELF,
    tracked=True,
)

CARRIER_CONSIGNMENT_ARTICLE = Entity(
    name="CarrierConsignmentArticle",
    table="carrier_consignment_article",
    doc="A parcel in a carrier's consignment.",
    interfaces=(),
    fields=(
        hidden_identifier(),
        *link("article", "Article", "article", key="ArticleId", required=True),
        *link(
            "carrierConsignment",
            "CarrierConsignment",
            "carrier_consignment",
            key="CarrierConsignmentKey",
            required=True,
        ),
    ),
    keys={"CarrierConsignmentArticleId": "article carrierConsignment"},
    plural="carrierConsignmentArticles",
    gets=("carrierConsignmentArticleById(article carrierConsignment)",),
    nested_create={"CarrierConsignment": "article"},
    unique=(Unique(columns=("article_id", "carrier_consignment_id")),),
    newest_first=False,
    scope="account",
    location_scope=PARCEL_FROM % "article_id",
)

MANIFEST = Entity(
    name="Manifest",
    table="manifest",
    doc="What a carrier takes away at once from a location.",
    interfaces=("Extendable", "Node", "Referenceable"),
    fields=(
        identifier(),
        ref(null=False),
        text("name"),
        *link("carrier", "Carrier", "carrier", key="CarrierKey", null=False, required=True),
        attributes(),
        kind(),
        status(),
        many_through(
            "carrierConsignments",
            "CarrierConsignment",
            "manifest_carrier_consignment",
            "manifest_id",
            "carrier_consignment_id",
            key="CarrierConsignmentKey",
        ),
        *link("location", "Location", "location", key="LocationKey"),
        *workflow(),
        *dates(),
        text("carrierManifestLink"),
        stored("retailer_id", Scalar.ID, foreign="retailer", null=False),
    ),
    addressed="ref",
    keys={"ManifestKey": "ref!"},
    plural="manifests",
    listed_by=("ref", "status", "type"),
    gets=("manifest(ref!)",),
    create="ref! name! carrier! attributes type! carrierConsignments location! carrierManifestLink",
    update="ref! name carrier attributes type status carrierConsignments location carrierManifestLink",
    unique=(Unique(columns=("ref",)),),
    event="MANIFEST",
    root="carrier",
    lane=Lane.SELF,
    tracked=True,
    location_scope="{t}.location_id = ANY({ids})",
)

CARRIER_DETAILS = Entity(
    name="CarrierDetails",
    table="carrier_details",
    doc="How a retailer or location works with a carrier, in older systems.",
    interfaces=(),
    fields=(
        identifier(),
        Column(name="retailerId", scalar=Scalar.ID, wire="String", foreign="retailer"),
        Column(name="agentId", scalar=Scalar.ID, wire="String", foreign="location"),
        Column(name="carrierId", scalar=Scalar.ID, wire="String", foreign="carrier"),
        many("attributes", "CarrierAttribute", by="carrierDetails"),
        *dates(),
    ),
    plural="carrierDetailses",
    mutations=(),
)

CARRIER_ATTRIBUTE = Entity(
    name="CarrierAttribute",
    table="carrier_attribute",
    doc="One setting of how to work with a carrier.",
    interfaces=(),
    fields=(
        identifier(),
        text("name", null=False),
        text("value", null=False),
        *link("carrierDetails", "CarrierDetails", "carrier_details", required=True),
        *dates(),
    ),
    plural="carrierAttributes",
    newest_first=False,
    scope="account",
    mutations=(),
)

ENTITIES = (
    CONSIGNMENT,
    CONSIGNMENT_ARTICLE,
    CARRIER,
    CARRIER_CONSIGNMENT,
    CARRIER_CONSIGNMENT_ARTICLE,
    MANIFEST,
    CARRIER_DETAILS,
    CARRIER_ATTRIBUTE,
)
