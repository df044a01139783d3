"""Returns: what a customer sends back, how it travels, and what was shown as proof (spec 30 §3, 33)."""

from __future__ import annotations

from penstock.model.entities.links import (
    MONEY,
    currency_link,
    product_link,
    retailer_link,
)
from penstock.model.vocabulary import Entity, Unique
from penstock.model.words import (
    attributes,
    dates,
    identifier,
    kind,
    link,
    loose,
    many,
    moment,
    ref,
    status,
    stored,
    text,
    value,
    workflow,
    workflow_link,
)

_CREATE = (
    "returnAuthorisationKey returnAuthorisationDisposition returnAuthorisationKeyExpiry pickupAddress lodgedLocation "
    "destinationLocation returnOrderItems{items} exchangeOrder creditMemo currency{r} defaultTaxType{r} "
    "subTotalAmount{r} totalTax{r} totalAmount{r}"
)

RETURN_ORDER = Entity(
    name="ReturnOrder",
    table="return_order",
    doc="A customer's request to give items back.",
    interfaces=("Node", "Referenceable"),
    fields=(
        identifier(),
        ref(null=False),
        *retailer_link(),
        workflow_link("ReturnOrder"),
        kind(),
        status(null=False),
        attributes(),
        *link(
            "customer",
            "Customer",
            "customer",
            key="CustomerKey",
            output="CustomerLink",
            filter_key="CustomerLinkInput",
        ),
        loose("order", "OrderLink", "OrderLinkInput"),
        many("returnVerifications", "ReturnVerification", by="returnOrder"),
        text("returnAuthorisationKey"),
        value("returnAuthorisationDisposition", "SettingValueType"),
        moment("returnAuthorisationKeyExpiry"),
        value("pickupAddress", "StreetAddress"),
        loose("lodgedLocation", "LocationLink", "LocationLinkInput"),
        loose("destinationLocation", "LocationLink", "LocationLinkInput"),
        many("returnOrderItems", "ReturnOrderItem", by="returnOrder"),
        many("returnOrderFulfilments", "ReturnFulfilment", by="returnOrder"),
        loose("exchangeOrder", "OrderLink", "OrderLinkInput"),
        *link(
            "creditMemo",
            "CreditMemo",
            key="CreditMemoKey",
            output="CreditMemoLink",
            filter_key="CreditMemoLinkInput",
        ),
        *currency_link(),
        value("defaultTaxType", "TaxType"),
        *(value(name, "AmountType") for name in MONEY),
        *workflow(null=True),
        *dates(),
    ),
    addressed="ref",
    keys={
        "ReturnOrderKey": "ref! retailer!",
        "ReturnOrderLinkInput": "ref! retailer:RetailerLinkInput!",
    },
    plural="returnOrders",
    listed_by=("ref", "order", "customer", "lodgedLocation", "status", "type", "updatedOn"),
    gets=("returnOrder(ref! retailer!)",),
    create="ref! retailer! type! attributes customer! order returnVerifications " + _CREATE.format(items="!!", r="!"),
    update="ref! retailer! status attributes order returnVerifications " + _CREATE.format(items="", r=""),
    unique=(Unique(columns=("retailer_id", "ref")),),
    indexes=(("ref",), ("customer_id",)),
    event="RETURN_ORDER",
    tree="ReturnOrder",
    root="self",
    tracked=True,
)

_ITEM = (
    "attributes product{p} orderItem{o} returnReason returnReasonComment returnCondition returnConditionComment "
    "returnPaymentAction returnDispositionAction unitQuantity{r} unitAmount{r} unitTaxType itemTaxAmount{r} "
    "itemAmount{r}"
)

RETURN_ORDER_ITEM = Entity(
    name="ReturnOrderItem",
    table="return_order_item",
    doc="One line of a return.",
    interfaces=("Node", "Referenceable"),
    fields=(
        identifier(),
        ref(null=False),
        attributes(),
        status(null=False),
        *product_link(),
        loose("orderItem", "OrderItemLink", "OrderItemLinkInput"),
        value("returnReason", "SettingValueType"),
        text("returnReasonComment"),
        value("returnCondition", "SettingValueType"),
        text("returnConditionComment"),
        *link("returnOrder", "ReturnOrder", "return_order", key="ReturnOrderKey", required=True),
        value("returnPaymentAction", "SettingValueType"),
        value("returnDispositionAction", "SettingValueType"),
        value("unitQuantity", "QuantityType"),
        value("unitAmount", "AmountType"),
        value("unitTaxType", "TaxType"),
        value("itemTaxAmount", "AmountType"),
        value("itemAmount", "AmountType"),
        *dates(),
        stored("type"),
    ),
    addressed="ref",
    keys={
        "ReturnOrderItemKey": "ref! returnOrder!",
        "ReturnOrderItemLinkInput": "ref! returnOrder:ReturnOrderLinkInput",
    },
    plural="returnOrderItems",
    listed_by=("ref", "orderItem", "product", "status"),
    gets=("returnOrderItem(ref! returnOrder!)",),
    create="ref! returnOrder! status! type! " + _ITEM.format(p="!", o="!", r="!"),
    mutations=("create",),
    nested_create={"ReturnOrder": "ref! type! " + _ITEM.format(p="!", o="", r="!")},
    nested_update={"ReturnOrder": "ref! status " + _ITEM.format(p="", o="", r="")},
    unique=(Unique(columns=("return_order_id", "ref")),),
    newest_first=False,
    tree="ReturnOrder",
)

RETURN_FULFILMENT = Entity(
    name="ReturnFulfilment",
    table="return_fulfilment",
    doc="How returned items travel to where they are kept.",
    interfaces=("Node", "Referenceable"),
    fields=(
        identifier(),
        ref(null=False),
        workflow_link("ReturnFulfilment"),
        kind(),
        status(null=False),
        attributes(),
        value("pickupAddress", "StreetAddress"),
        loose("lodgedLocation", "LocationLink", "LocationLinkInput"),
        loose("destinationLocation", "LocationLink", "LocationLinkInput"),
        many("returnFulfilmentItems", "ReturnFulfilmentItem", by="returnOrderFulfilment"),
        *link("returnOrder", "ReturnOrder", "return_order", key="ReturnOrderKey", required=True),
        *workflow(null=True),
        *dates(),
    ),
    addressed="ref",
    keys={"ReturnFulfilmentKey": "ref! returnOrder!"},
    plural="returnFulfilments",
    listed_by=("ref", "lodgedLocation", "destinationLocation", "status", "type"),
    gets=("returnFulfilment(ref! returnOrder!)",),
    create="ref! returnOrder! type! attributes pickupAddress lodgedLocation destinationLocation! returnFulfilmentItems",
    update="ref! returnOrder! status attributes pickupAddress lodgedLocation destinationLocation returnFulfilmentItems",
    unique=(Unique(columns=("return_order_id", "ref")),),
    event="RETURN_FULFILMENT",
    tree="ReturnOrder",
    root="returnOrder",
)

RETURN_FULFILMENT_ITEM = Entity(
    name="ReturnFulfilmentItem",
    table="return_fulfilment_item",
    doc="How much of a returned item travels.",
    interfaces=("Node", "Referenceable"),
    fields=(
        identifier(),
        ref(null=False),
        attributes(),
        value("unitQuantity", "QuantityType"),
        *link(
            "returnOrderFulfilment",
            "ReturnFulfilment",
            "return_fulfilment",
            key="ReturnFulfilmentKey",
            required=True,
        ),
        *product_link(),
        *link("returnOrderItem", "ReturnOrderItem", "return_order_item", key="ReturnOrderItemKey", required=True),
        *dates(),
    ),
    addressed="ref",
    keys={"ReturnFulfilmentItemKey": "ref! returnFulfilment!=returnOrderFulfilment"},
    plural="returnFulfilmentItems",
    listed_by=("ref", "product"),
    gets=("returnFulfilmentItem(ref! returnFulfilment!=returnOrderFulfilment)",),
    create="ref! returnOrderFulfilment! returnOrderItem! unitQuantity! product attributes",
    update="ref! returnOrderFulfilment! unitQuantity product:ProductLinkInput attributes",
    mutations=("create",),
    nested_create={"ReturnFulfilment": "ref! returnOrderItem! unitQuantity! product attributes"},
    nested_update={"ReturnFulfilment": "ref! unitQuantity product attributes"},
    unique=(Unique(columns=("return_order_fulfilment_id", "ref")),),
    newest_first=False,
    tree="ReturnOrder",
)

RETURN_VERIFICATION = Entity(
    name="ReturnVerification",
    table="return_verification",
    doc="What was shown as proof of purchase.",
    interfaces=("Node", "Referenceable"),
    fields=(
        identifier(),
        ref(null=False),
        kind(),
        text("verificationDetails"),
        *link("returnOrder", "ReturnOrder", "return_order", key="ReturnOrderKey", required=True),
        *dates(),
    ),
    addressed="ref",
    plural="returnVerifications",
    listed_by=("ref", "type"),
    create="ref! returnOrder! type! verificationDetails!",
    mutations=(),
    nested_create={"ReturnOrder": "ref! type! verificationDetails!"},
    nested_update={"ReturnOrder": "ref! verificationDetails"},
    unique=(Unique(columns=("return_order_id", "ref")),),
    newest_first=False,
    tree="ReturnOrder",
)

ENTITIES = (
    RETURN_ORDER,
    RETURN_ORDER_ITEM,
    RETURN_FULFILMENT,
    RETURN_FULFILMENT_ITEM,
    RETURN_VERIFICATION,
)
