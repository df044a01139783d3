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
        status(doc="Status, which the order's workflow sets: AWAITING_WAVE, ASSIGNED, FULFILLED, COMPLETE and others."),
        text("fulfilmentChoiceRef", doc="Ref of the choice, in the same order, that it serves."),
        *workflow(),
        *dates(),
        attributes(),
        text("deliveryType", doc="How fast, as the choice says: STANDARD, EXPRESS, OVERNIGHT."),
        kind(doc="HD_PFS, CC_PFS (from a store), HD_PFDC, CC_PFDC (from a warehouse) or a type of your own."),
        text("eta", doc="Hours until dispatch."),
        moment("expiryTime", doc="Until when the location has to start."),
        *link(
            "order",
            "Order",
            "orders",
            key="OrderId",
            required=True,
            doc="The order that it is for; the order's workflow handles it.",
        ),
        many_through(
            "waves", "Wave", "wave_fulfilment", "fulfilment_id", "wave_id", doc="Waves that it was picked in."
        ),
        *link(
            "fromAddress",
            "Address",
            "address",
            key="AddressId",
            doc="Address of the fulfilling location; its ref is the location's.",
        ),
        *link(
            "toAddress",
            "Address",
            "address",
            key="AddressId",
            doc="Where it goes: the customer's address, or that of the store where it is collected.",
        ),
        *link("user", "Customer", "customer", key="CustomerId", doc="The customer."),
        many_through(
            "articles",
            "Article",
            "article_fulfilment",
            "fulfilment_id",
            "article_id",
            doc="Parcels that it was packed in.",
        ),
        many("items", "FulfilmentItem", by="fulfilment", doc="What is to be sent, line by line."),
        many("payments", "Payment", by="fulfilment", doc="Payments made for it."),
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
        status(null=False, doc="Status, free text; CREATED at first."),
        integer("requestedQuantity", minimum=0, doc="How many the location is to send."),
        integer("filledQuantity", null=False, minimum=0, doc="How many it found."),
        integer("rejectedQuantity", null=False, minimum=0, doc="How many it could not send; these are sourced again."),
        *link(
            "fulfilment",
            "Fulfilment",
            "fulfilment",
            key="FulfilmentId",
            required=True,
            doc="The fulfilment that it is a line of.",
        ),
        *link(
            "orderItem",
            "OrderItem",
            "order_item",
            key="OrderItemId",
            required=True,
            doc="The order's line that it serves.",
        ),
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
        kind(doc="Type, DEFAULT in the shipped workflows, whose rulesets may be for one type only."),
        status(
            doc="Status, which the order's workflow sets: PENDING_CONSIGNMENT, AWAITING_COURIER_COLLECTION, COLLECTED."
        ),
        *workflow(),
        *dates(),
        attributes(),
        text("description", doc="What is in it, for people."),
        number("height", null=False, doc="Height in cm."),
        number("length", null=False, doc="Length in cm."),
        text("name", doc="Name of the packaging, such as small."),
        number("weight", null=False, doc="Weight in kg."),
        number("width", null=False, doc="Width in cm."),
        integer("quantity", doc="How many units are in it."),
        stored("articleNumber", doc="Your number of the parcel; kept, not shown."),
        stored("barcodeArticleNumber", doc="The number in the parcel's barcode; kept, not shown."),
        stored("purchaseValue", doc="Value of the goods for the carrier, as a text; kept, not shown."),
        stored("expiryDate", Scalar.DATETIME, doc="Until when the goods keep; kept, not shown."),
        many("items", "ArticleItem", by="article", doc="What is in it, line by line."),
        many_through(
            "fulfilments",
            "Fulfilment",
            "article_fulfilment",
            "article_id",
            "fulfilment_id",
            key="FulfilmentId",
            doc="Fulfilments whose goods are in it.",
        ),
        many("consignmentArticles", "ConsignmentArticle", by="article", doc="Its bookings with carriers."),
        many(
            "carrierConsignmentArticles",
            "CarrierConsignmentArticle",
            by="article",
            doc="Its bookings that carriers' own workflows handle.",
        ),
        *link("storageArea", "StorageArea", "storage_area", key="StorageAreaId", doc="Where in the store it waits."),
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
        integer("quantity", null=False, minimum=0, doc="How many of it are in the parcel."),
        text("barcode", doc="What was scanned while packing."),
        *link("article", "Article", "article", key="ArticleId", required=True, doc="The parcel."),
        *link("orderItem", "OrderItem", "order_item", key="OrderItemId", doc="The order's line that it is of."),
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
        text("name", doc="Name for the people who pick."),
        status(doc="Status, which the location's workflow sets: PICK, then COMPLETE or CANCELLED."),
        kind(doc="Type, STORE in the shipped workflow, whose rulesets may be for one type only."),
        attributes(),
        *link("retailer", "Retailer", "retailer", key="RetailerId", null=False, required=True),
        *link(
            "location",
            "Location",
            "location",
            key="LocationId",
            null=False,
            required=True,
            doc="Where it is picked; the location's workflow handles it.",
        ),
        many_through(
            "fulfilments",
            "Fulfilment",
            "wave_fulfilment",
            "wave_id",
            "fulfilment_id",
            key="FulfilmentId",
            doc="What is picked together.",
        ),
        Many(
            name="items",
            target="WaveItem",
            match=(("wave_id", "id"),),
            null=False,
            doc="What is needed in all, product by product.",
        ),
        *link("allocatedTo", "User", "users", key="UserId", doc="Who picks it."),
        *workflow(),
        *dates(),
        seen(
            "processingLocation",
            "Location",
            ("id", "location_id"),
            output="LocationLink",
            filter_key="LocationLinkInput",
            doc="The location that works on it, by reference.",
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
        *link("product", "Product", key="ProductKey", null=False, required=True, doc="What is needed."),
        integer("quantity", null=False, doc="How many are needed, over all fulfilments of the wave."),
    ),
    plural="waveItems",
    newest_first=False,
    scope="account",
    location_scope="{t}.wave_id IN (SELECT w.id FROM wave w WHERE w.location_id = ANY({ids}))",
)

ENTITIES = (FULFILMENT, FULFILMENT_ITEM, ARTICLE, ARTICLE_ITEM, WAVE, WAVE_ITEM)
