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
        kind(doc="HD (home delivery), CC (collection), MULTI (several choices) or your own type; names the workflow."),
        status(
            doc="Status, which its workflow sets: CREATED, BOOKED and so on until COMPLETE, CANCELLED or ESCALATED."
        ),
        *workflow(),
        *dates(),
        attributes(),
        *link("retailer", "Retailer", "retailer", key="RetailerId", required=True),
        number("totalPrice", doc="What the customer pays for all items; recorded as given, never recomputed."),
        number("totalTaxPrice", doc="The tax in or on the total price; recorded as given, never recomputed."),
        One(
            name="fulfilmentChoice",
            target="FulfilmentChoice",
            match=(("order_id", "id"),),
            owned=True,
            doc="The choice of a home delivery or collection order.",
        ),
        many(
            "fulfilmentChoices",
            "FulfilmentChoice",
            by="order",
            doc="How and where the customer wants the items; several in a MULTI order.",
        ),
        *link("customer", "Customer", "customer", key="CustomerId", doc="Who buys."),
        seen(
            "customerLink",
            "Customer",
            ("id", "customer_id"),
            output="CustomerLink",
            filter_key="CustomerLinkInput",
            doc="Who buys, by reference.",
        ),
        many("items", "OrderItem", by="order", doc="What is bought, line by line."),
        many("fulfilments", "Fulfilment", by="order", doc="What locations were told to send for it."),
        many("financialTransactions", "FinancialTransaction", by="order", doc="Payments recorded against it."),
        *link(
            "payment",
            "Payment",
            key="PaymentKey",
            output="PaymentLink",
            filter_key="PaymentLinkInput",
            doc="The payment that it is paid by.",
        ),
        *link(
            "billingAddress",
            "OrderBillingAddress",
            "order_billing_address",
            owned=True,
            nested="CreateOrderBillingAddressInput",
            nested_update="UpdateOrderBillingAddressInput",
            doc="Where the bill goes.",
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
        *link(
            "fulfilmentChoice",
            "FulfilmentChoice",
            "fulfilment_choice",
            key="FulfilmentChoiceKey",
            doc="How and where the customer wants this line.",
        ),
        *link(
            "product", "Product", key="ProductKey", null=False, required=True, doc="What is bought, normally a variant."
        ),
        status(null=False, doc="Status, free text; CREATED at first."),
        *dates(),
        integer("quantity", null=False, minimum=1, doc="How many are bought, at least 1."),
        number("paidPrice", doc="What was paid for one, where that is not the price."),
        text("currency"),
        number("price", doc="Price of one."),
        number("taxPrice", doc="The tax in or on the price of one."),
        text("taxType", doc="How it is taxed, such as GST; free text."),
        number("totalPrice", doc="Price of the whole line; recorded as given, never recomputed."),
        number("totalTaxPrice", doc="The tax in or on the price of the whole line."),
        *link("order", "Order", "orders", key="OrderKey", required=True, doc="The order that it is a line of."),
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
        kind(doc="HD, CC or a type of your own; workflows may branch by it."),
        status(),
        *workflow(),
        *dates(),
        text("currency", doc="Currency of the fee, usually a code of ISO 4217."),
        text("deliveryFirstName", doc="First name of who receives the goods, where that is not the customer."),
        text("deliveryLastName", doc="Last name of who receives the goods, where that is not the customer."),
        text("deliveryContact", doc="Telephone number or other contact for the delivery."),
        text("deliveryEmail", doc="Email address for news of the delivery."),
        moment("deliverAfter", doc="The customer wants the goods no earlier than this."),
        moment("deliverBefore", doc="The customer wants the goods no later than this."),
        moment("dispatchOn", doc="When the goods are to leave."),
        attributes(),
        text("deliveryInstruction", length=250, doc="What the carrier should know; at most 250 characters."),
        text("deliveryType", null=False, doc="How fast: STANDARD, EXPRESS, OVERNIGHT, 3HOURS or a word of your own."),
        number("fulfilmentPrice", doc="Fee for delivery or collection."),
        number("fulfilmentTaxPrice", doc="The tax in or on the fee."),
        text("fulfilmentType", doc="Who should send: HD_PFS, CC_PFS (a store), HD_PFDC, CC_PFDC (a warehouse)."),
        text(
            "pickupLocationRef",
            doc="Ref of the location where the customer collects; an order of type CC needs it to be sourced.",
        ),
        *link(
            "deliveryAddress",
            "Address",
            "address",
            key="AddressId",
            owned=True,
            nested="CreateCustomerAddressInput",
            doc="Where the goods are delivered.",
        ),
        *link(
            "order", "Order", "orders", key="OrderId", required=True, hidden=True, doc="The order that it is part of."
        ),
        many("items", "OrderItem", by="fulfilmentChoice", doc="The order's lines that it is about."),
        many(
            "fulfilments",
            "Fulfilment",
            ("order_id", "order_id"),
            ("fulfilment_choice_ref", "ref"),
            doc="What locations were told to send for it.",
        ),
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
        kind(doc="What was done with the money, such as AUTHORISATION, PAYMENT or REFUND; free text."),
        status(),
        *workflow(),
        *dates(),
        number("total", null=False, doc="The amount of money, as a decimal number in the currency beside it."),
        integer("scale", doc="Decimal places of the unscaled value."),
        integer("unscaledValue", doc="The amount without its decimal point: 1250 with scale 2 is 12.50."),
        text("currency", null=False, doc="Currency of the amount, usually a code of ISO 4217."),
        text("externalTransactionCode", doc="Code by which the payment provider confirms it."),
        text("externalTransactionId", doc="Id of the transaction at the payment provider."),
        text("cardType"),
        text("paymentMethod"),
        text("paymentProviderName", doc="Who moves the money, such as CYBERSOURCE or PAYPAL; free text."),
        *link("order", "Order", "orders", key="OrderId", required=True, doc="The order that is paid."),
        attributes(),
        many("payments", "Payment", by="financialTransaction", doc="Payments made of it."),
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
        ref(doc="Equals the username; returns and billing accounts name the customer by it."),
        status(doc="ACTIVE from the start; free text."),
        *dates(),
        attributes(),
        text("title"),
        text("department", doc="Department that the customer buys for."),
        text("country", doc="Country that the customer lives in; free text."),
        text("firstName"),
        text("lastName"),
        text("username", doc="Name by which the customer is known, unique in the retailer; becomes the ref."),
        text("primaryEmail"),
        text("primaryPhone"),
        text("timezone"),
        flag("promotionOptIn"),
        *link(
            "retailer", "Retailer", "retailer", key="RetailerId", required=True, doc="Retailer whose customer it is."
        ),
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
