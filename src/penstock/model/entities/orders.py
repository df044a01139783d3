"""Orders, their items, choices, payments and billing address (spec 30 §2, 31)."""

from __future__ import annotations

from penstock.model.vocabulary import Entity, One, Unique
from penstock.model.words import (
    attributes,
    dates,
    flag,
    identifier,
    integer,
    kind,
    link,
    many,
    moment,
    number,
    ref,
    seen,
    status,
    stored,
    text,
    workflow,
)

_STORE_USERS_SEE = (
    "EXISTS (SELECT FROM fulfilment f JOIN location l ON l.primary_address_id = f.from_address_id "
    "WHERE f.order_id = {t}.%s AND l.id = ANY({ids}))"
)

ORDER = Entity(
    name="Order",
    table="orders",
    doc="A customer's request to buy.",
    interfaces=("Node", "Orchestrateable"),
    fields=(
        identifier(),
        ref(),
        kind(),
        status(),
        *workflow(),
        *dates(),
        attributes(),
        *link("retailer", "Retailer", "retailer", key="RetailerId", required=True),
        number("totalPrice"),
        number("totalTaxPrice"),
        One(
            name="fulfilmentChoice",
            target="FulfilmentChoice",
            match=(("order_id", "id"),),
            owned=True,
            doc="The choice of a home delivery or collection order.",
        ),
        many("fulfilmentChoices", "FulfilmentChoice", by="order"),
        *link("customer", "Customer", "customer", key="CustomerId"),
        seen(
            "customerLink",
            "Customer",
            ("id", "customer_id"),
            output="CustomerLink",
            filter_key="CustomerLinkInput",
        ),
        many("items", "OrderItem", by="order"),
        many("fulfilments", "Fulfilment", by="order"),
        many("financialTransactions", "FinancialTransaction", by="order"),
        *link(
            "payment",
            "Payment",
            key="PaymentKey",
            output="PaymentLink",
            filter_key="PaymentLinkInput",
        ),
        *link(
            "billingAddress",
            "OrderBillingAddress",
            "order_billing_address",
            owned=True,
            nested="CreateOrderBillingAddressInput",
            nested_update="UpdateOrderBillingAddressInput",
        ),
    ),
    keys={"OrderId": "id!", "OrderKey": "id ref", "OrderLinkInput": "ref! retailer!"},
    plural="orders",
    listed_by=("ref", "customerLink", "status type", "status", "type", "updatedOn"),
    gets=("orderById(id!)", "order(id ref)"),
    create="ref! type! attributes retailer! totalPrice totalTaxPrice payment billingAddress "
    "fulfilmentChoice fulfilmentChoices customer! items! financialTransactions",
    update="id! status attributes totalPrice totalTaxPrice items billingAddress",
    unique=(Unique(columns=("retailer_id", "ref"), code="C0121E"),),
    indexes=(("ref",), ("customer_id",), ("billing_address_id",)),
    event="ORDER",
    tree="Order",
    root="self",
    tracked=True,
    location_scope=_STORE_USERS_SEE % "id",
)

_ITEM = (
    "fulfilmentChoiceRef=fulfilmentChoice.ref quantity! paidPrice currency price taxPrice taxType totalPrice "
    "totalTaxPrice attributes"
)

ORDER_ITEM = Entity(
    name="OrderItem",
    table="order_item",
    doc="One line of an order.",
    fields=(
        identifier(),
        ref(),
        *link("fulfilmentChoice", "FulfilmentChoice", "fulfilment_choice", key="FulfilmentChoiceKey"),
        *link("product", "Product", key="ProductKey", null=False, required=True),
        status(null=False),
        *dates(),
        integer("quantity", null=False, minimum=1),
        number("paidPrice"),
        text("currency"),
        number("price"),
        number("taxPrice"),
        text("taxType"),
        number("totalPrice"),
        number("totalTaxPrice"),
        *link("order", "Order", "orders", key="OrderKey", required=True),
        attributes(),
        stored("productRef"),
        stored("productCatalogueRef"),
    ),
    keys={"OrderItemId": "id!", "OrderItemLinkInput": "ref! order:OrderLinkInput!"},
    plural="orderItems",
    listed_by=("ref", "status"),
    gets=("orderItemById(id!)",),
    create=f"ref! productRef!=product.ref productCatalogueRef!=product.catalogue.ref {_ITEM} order!",
    mutations=("create",),
    nested_create={"Order": f"ref! productRef!=product.ref productCatalogueRef=product.catalogue.ref {_ITEM}"},
    nested_update={
        "Order": "id! ref productRef=product.ref productCatalogueRef=product.catalogue.ref "
        "fulfilmentChoiceRef=fulfilmentChoice.ref status quantity paidPrice currency price taxPrice taxType "
        "totalPrice totalTaxPrice attributes"
    },
    unique=(Unique(columns=("order_id", "ref")),),
    newest_first=False,
    tree="Order",
    location_scope=_STORE_USERS_SEE % "order_id",
)

ORDER_BILLING_ADDRESS = Entity(
    name="OrderBillingAddress",
    table="order_billing_address",
    doc="Where the bill of an order goes.",
    interfaces=(),
    fields=(
        identifier(),
        text("companyName"),
        text("name"),
        text("street"),
        text("street2"),
        text("city"),
        text("state"),
        text("postcode"),
        text("region"),
        text("country"),
        number("latitude"),
        number("longitude"),
        text("timeZone"),
        text("email"),
        *dates(),
    ),
    plural="orderBillingAddresses",
    listed_by=("email",),
    create="companyName name street street2 city state postcode region country latitude longitude timeZone email",
    update="id! companyName name street street2 city state postcode region country latitude longitude timeZone email",
    mutations=(),
    scope="account",
)

_CHOICE = (
    "currency deliveryInstruction deliveryType{required} fulfilmentPrice fulfilmentTaxPrice fulfilmentType "
    "pickupLocationRef deliveryFirstName deliveryLastName deliveryContact deliveryEmail deliverAfter "
    "deliverBefore dispatchOn attributes deliveryAddress"
)
_CREATE_CHOICE = "ref type " + _CHOICE.format(required="!")

FULFILMENT_CHOICE = Entity(
    name="FulfilmentChoice",
    table="fulfilment_choice",
    doc="How and where the customer wants a part of the order.",
    interfaces=("Node", "Orchestrateable"),
    fields=(
        identifier(),
        ref(),
        kind(),
        status(),
        *workflow(),
        *dates(),
        text("currency"),
        text("deliveryFirstName"),
        text("deliveryLastName"),
        text("deliveryContact"),
        text("deliveryEmail"),
        moment("deliverAfter"),
        moment("deliverBefore"),
        moment("dispatchOn"),
        attributes(),
        text("deliveryInstruction", length=250),
        text("deliveryType", null=False),
        number("fulfilmentPrice"),
        number("fulfilmentTaxPrice"),
        text("fulfilmentType"),
        text("pickupLocationRef"),
        *link(
            "deliveryAddress",
            "Address",
            "address",
            key="AddressId",
            owned=True,
            nested="CreateCustomerAddressInput",
        ),
        *link("order", "Order", "orders", key="OrderId", required=True, hidden=True),
        many("items", "OrderItem", by="fulfilmentChoice"),
        many("fulfilments", "Fulfilment", ("order_id", "order_id"), ("fulfilment_choice_ref", "ref")),
    ),
    keys={"FulfilmentChoiceId": "id!", "FulfilmentChoiceKey": "id ref"},
    plural="fulfilmentChoices",
    listed_by=("ref", "pickupLocationRef", "status", "type"),
    gets=("fulfilmentChoiceById(id!)", "fulfilmentChoice(id ref)"),
    create=_CREATE_CHOICE + " order!",
    update="id! status ref type " + _CHOICE.format(required=""),
    nested_create={"Order": _CREATE_CHOICE},
    newest_first=False,
    event="FULFILMENT_CHOICE",
    tree="Order",
    root="order",
    location_scope=_STORE_USERS_SEE % "order_id",
)

_PAYMENT = (
    "ref! type! amount!=total scale unscaledValue currency! externalTransactionCode externalTransactionId "
    "cardType paymentMethod! paymentProvider=paymentProviderName"
)

FINANCIAL_TRANSACTION = Entity(
    name="FinancialTransaction",
    table="financial_transaction",
    doc="A payment recorded against an order.",
    interfaces=("Node", "Orchestrateable"),
    fields=(
        identifier(),
        ref(),
        kind(),
        status(),
        *workflow(),
        *dates(),
        number("total", null=False),
        integer("scale"),
        integer("unscaledValue"),
        text("currency", null=False),
        text("externalTransactionCode"),
        text("externalTransactionId"),
        text("cardType"),
        text("paymentMethod"),
        text("paymentProviderName"),
        *link("order", "Order", "orders", key="OrderId", required=True),
        attributes(),
        many("payments", "Payment", by="financialTransaction"),
    ),
    keys={"FinancialTransactionKey": "id!"},
    plural="financialTransactions",
    listed_by=("ref", "externalTransactionId", "status", "type"),
    gets=("financialTransaction(id!)",),
    create=_PAYMENT + " order! attributes",
    update="id! status",
    nested_create={"Order": _PAYMENT + " attributes"},
    event="FINANCIAL_TRANSACTION",
    tree="Order",
    root="order",
    location_scope=_STORE_USERS_SEE % "order_id",
)

CUSTOMER = Entity(
    name="Customer",
    table="customer",
    small_ids=True,
    doc="Somebody who buys.",
    fields=(
        identifier(),
        ref(),
        status(),
        *dates(),
        attributes(),
        text("title"),
        text("department"),
        text("country"),
        text("firstName"),
        text("lastName"),
        text("username"),
        text("primaryEmail"),
        text("primaryPhone"),
        text("timezone"),
        flag("promotionOptIn"),
        *link("retailer", "Retailer", "retailer", key="RetailerId", required=True),
    ),
    keys={"CustomerId": "id!", "CustomerKey": "ref!", "CustomerLinkInput": "ref!"},
    plural="customers",
    listed_by=("ref", "username", "primaryEmail", "primaryPhone", "lastName", "status"),
    gets=("customerById(id!)", "customer(ref!)"),
    create="username! attributes title department country firstName lastName primaryEmail! primaryPhone "
    "timezone! promotionOptIn! retailer!",
    update="username! attributes title country firstName lastName primaryEmail primaryPhone timezone promotionOptIn",
    unique=(Unique(columns=("retailer_id", "username")),),
    indexes=(("ref",), ("username",)),
)

ENTITIES = (
    ORDER,
    ORDER_ITEM,
    ORDER_BILLING_ADDRESS,
    FULFILMENT_CHOICE,
    FINANCIAL_TRANSACTION,
    CUSTOMER,
)
