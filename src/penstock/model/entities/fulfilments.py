"""Fulfilments, parcels and waves (spec 30 §2, 32)."""

from __future__ import annotations

from penstock.model.vocabulary import Entity, Many, Scalar
from penstock.model.words import (
    attributes,
    dates,
    hidden_identifier,
    identifier,
    integer,
    kind,
    link,
    many,
    many_through,
    moment,
    number,
    ref,
    seen,
    status,
    stored,
    text,
    workflow,
)

_AT_LOCATION = "{t}.%s IN (SELECT l.primary_address_id FROM location l WHERE l.id = ANY({ids}))"
_SENT_FROM = (
    "EXISTS (SELECT FROM fulfilment f JOIN location l ON l.primary_address_id = f.from_address_id "
    "WHERE f.id = {t}.fulfilment_id AND l.id = ANY({ids}))"
)
PARCEL_FROM = (
    "EXISTS (SELECT FROM article_fulfilment j JOIN fulfilment f ON f.id = j.fulfilment_id "
    "JOIN location l ON l.primary_address_id = f.from_address_id WHERE j.article_id = {t}.%s AND l.id = ANY({ids}))"
)

FULFILMENT = Entity(
    name="Fulfilment",
    table="fulfilment",
    doc="The instruction to one location to send some items of an order.",
    interfaces=("Node", "Orchestrateable"),
    fields=(
        identifier(),
        ref(),
        status(),
        text("fulfilmentChoiceRef"),
        *workflow(),
        *dates(),
        attributes(),
        text("deliveryType"),
        kind(),
        text("eta", doc="Hours until dispatch."),
        moment("expiryTime", doc="Until when the location has to start."),
        *link("order", "Order", "orders", key="OrderId", required=True),
        many_through("waves", "Wave", "wave_fulfilment", "fulfilment_id", "wave_id"),
        *link("fromAddress", "Address", "address", key="AddressId"),
        *link("toAddress", "Address", "address", key="AddressId"),
        *link("user", "Customer", "customer", key="CustomerId"),
        many_through("articles", "Article", "article_fulfilment", "fulfilment_id", "article_id"),
        many("items", "FulfilmentItem", by="fulfilment"),
        many("payments", "Payment", by="fulfilment"),
        seen(
            "fromLocation",
            "Address",
            ("id", "from_address_id"),
            output="LocationLink",
            filter_key="LocationLinkInput",
            doc="The fulfilling location: its ref is the ref of its address.",
        ),
    ),
    keys={"FulfilmentId": "id!", "FulfilmentKey": "id", "FulfilmentLinkInput": "ref!"},
    plural="fulfilments",
    listed_by=("ref", "fromLocation status", "fromLocation", "status", "type", "updatedOn"),
    gets=("fulfilmentById(id!)", "fulfilment(id)"),
    create="ref! attributes deliveryType type! eta expiryTime order! fulfilmentChoiceRef fromAddress toAddress "
    "customer=user items",
    update="id! status attributes deliveryType type eta expiryTime items",
    indexes=(("from_address_id", "status"),),
    newest_first=False,
    event="FULFILMENT",
    tree="Order",
    root="order",
    location_scope=_AT_LOCATION % "from_address_id",
)

FULFILMENT_ITEM = Entity(
    name="FulfilmentItem",
    table="fulfilment_item",
    doc="How much of an order item a fulfilment is to send, and what became of it.",
    interfaces=(),
    fields=(
        identifier(),
        ref(),
        status(null=False),
        integer("requestedQuantity", minimum=0),
        integer("filledQuantity", null=False, minimum=0),
        integer("rejectedQuantity", null=False, minimum=0),
        *link("fulfilment", "Fulfilment", "fulfilment", key="FulfilmentId", required=True),
        *link("orderItem", "OrderItem", "order_item", key="OrderItemId", required=True),
        stored("rejections", Scalar.JSON),
    ),
    plural="fulfilmentItems",
    listed_by=("ref", "status"),
    nested_create={"Fulfilment": "ref! requestedQuantity filledQuantity! rejectedQuantity! orderItem!"},
    nested_update={"Fulfilment": "id! status requestedQuantity filledQuantity rejectedQuantity"},
    newest_first=False,
    tree="Order",
    location_scope=_SENT_FROM,
)

_PARCEL = (
    "attributes articleNumber barcodeArticleNumber description height{r} length{r} name purchaseValue weight{r} "
    "width{r} expiryDate quantity items"
)

ARTICLE = Entity(
    name="Article",
    table="article",
    doc="A parcel. Lengths in cm, weight in kg.",
    interfaces=("Node", "Orchestrateable"),
    fields=(
        identifier(),
        ref(),
        kind(),
        status(),
        *workflow(),
        *dates(),
        attributes(),
        text("description"),
        number("height", null=False),
        number("length", null=False),
        text("name"),
        number("weight", null=False),
        number("width", null=False),
        integer("quantity"),
        stored("articleNumber"),
        stored("barcodeArticleNumber"),
        stored("purchaseValue"),
        stored("expiryDate", Scalar.DATETIME),
        many("items", "ArticleItem", by="article"),
        many_through(
            "fulfilments",
            "Fulfilment",
            "article_fulfilment",
            "article_id",
            "fulfilment_id",
            key="FulfilmentId",
        ),
        many("consignmentArticles", "ConsignmentArticle", by="article"),
        many("carrierConsignmentArticles", "CarrierConsignmentArticle", by="article"),
        *link("storageArea", "StorageArea", "storage_area", key="StorageAreaId"),
    ),
    keys={"ArticleId": "id!"},
    plural="articles",
    listed_by=("ref", "status", "type"),
    gets=("articleById(id!)",),
    create="ref! type! " + _PARCEL.format(r="!") + " fulfilments! storageArea",
    update="id! type status " + _PARCEL.format(r=""),
    newest_first=False,
    event="ARTICLE",
    tree="Order",
    root="order",
    location_scope=PARCEL_FROM % "id",
)

ARTICLE_ITEM = Entity(
    name="ArticleItem",
    table="article_item",
    doc="How much of an order item lies in a parcel.",
    fields=(
        identifier(),
        *dates(),
        integer("quantity", null=False, minimum=0),
        text("barcode"),
        *link("article", "Article", "article", key="ArticleId", required=True),
        *link("orderItem", "OrderItem", "order_item", key="OrderItemId"),
    ),
    plural="articleItems",
    listed_by=("barcode",),
    nested_create={"Article": "quantity! barcode orderItem"},
    nested_update={"Article": "id! quantity barcode orderItem"},
    newest_first=False,
    tree="Order",
    location_scope=PARCEL_FROM % "article_id",
)

WAVE = Entity(
    name="Wave",
    table="wave",
    doc="Fulfilments of one location that are picked together.",
    interfaces=("Extendable", "Node", "Orchestrateable", "Referenceable"),
    fields=(
        identifier(),
        ref(null=False),
        text("name"),
        status(),
        kind(),
        attributes(),
        *link("retailer", "Retailer", "retailer", key="RetailerId", null=False, required=True),
        *link("location", "Location", "location", key="LocationId", null=False, required=True),
        many_through("fulfilments", "Fulfilment", "wave_fulfilment", "wave_id", "fulfilment_id", key="FulfilmentId"),
        Many(name="items", target="WaveItem", match=(("wave_id", "id"),), null=False),
        *link("allocatedTo", "User", "users", key="UserId"),
        *workflow(),
        *dates(),
        stored("processingLocationRef"),
        seen(
            "processingLocation",
            "Location",
            ("ref", "processing_location_ref"),
            output="LocationLink",
            filter_key="LocationLinkInput",
        ),
    ),
    keys={"WaveId": "id!", "WaveKey": "id"},
    plural="waves",
    listed_by=("ref", "processingLocation status", "processingLocation", "status", "type"),
    gets=("waveById(id!)", "wave(id)"),
    create="ref! name type! attributes retailer! location! fulfilments!! allocatedTo",
    update="id! name type status attributes fulfilments allocatedTo",
    indexes=(("location_id", "status"),),
    event="WAVE",
    tree="Location",
    root="location",
    location_scope="{t}.location_id = ANY({ids})",
)

WAVE_ITEM = Entity(
    name="WaveItem",
    table="wave_item",
    doc="How much of a product a wave needs.",
    interfaces=(),
    derived="SELECT min(i.id) AS id, j.wave_id, o.product_id, sum(i.requested_quantity)::integer AS quantity "
    "FROM wave_fulfilment j JOIN fulfilment_item i ON i.fulfilment_id = j.fulfilment_id "
    "JOIN order_item o ON o.id = i.order_item_id GROUP BY j.wave_id, o.product_id",
    fields=(
        hidden_identifier(),
        *link("wave", "Wave", required=True)[:1],
        *link("product", "Product", key="ProductKey", null=False, required=True),
        integer("quantity", null=False),
    ),
    plural="waveItems",
    newest_first=False,
    scope="account",
    location_scope="{t}.wave_id IN (SELECT w.id FROM wave w WHERE w.location_id = ANY({ids}))",
)

ENTITIES = (FULFILMENT, FULFILMENT_ITEM, ARTICLE, ARTICLE_ITEM, WAVE, WAVE_ITEM)
