"""Payments, who moves the money, and currencies (spec 30 §3, 33 §10)."""

from __future__ import annotations

from penstock.model.entities.links import currency_link, retailer_link
from penstock.model.vocabulary import Entity, Scalar, Unique
from penstock.model.words import (
    attributes,
    dates,
    flag,
    identifier,
    integer,
    kind,
    link,
    many,
    ref,
    secret,
    status,
    stored,
    text,
    value,
    workflow,
    workflow_link,
)

CURRENCY = Entity(
    name="Currency",
    table="currency",
    doc="A currency of ISO 4217.",
    interfaces=(),
    fields=(
        identifier(),
        text("alphabeticCode", doc="Code of three letters, such as AUD."),
        text("numericCode", doc="Code of three digits, as a text: 036 for AUD."),
        text("name", doc="Name in English."),
        integer("minorUnits", doc="Decimal places of its smallest unit."),
        flag("isISO4217", doc="Whether the code is one of ISO 4217."),
    ),
    keys={
        "CurrencyKey": "alphabeticCode!",
        "CurrencyLinkInput": "alphabeticCode!",
    },
    plural="currencies",
    gets=("currency(alphabeticCode!)",),
    unique=(Unique(columns=("alphabetic_code",)),),
    newest_first=False,
    scope="account",
    mutations=(),
)

PAYMENT = Entity(
    name="Payment",
    table="payment",
    doc="Money that was or is to be moved.",
    interfaces=("Extendable", "Node", "Orchestrateable", "Referenceable"),
    fields=(
        identifier(),
        ref(null=False),
        kind(),
        status(null=False),
        value("amount", "AmountType", null=False, doc="How much is moved."),
        *retailer_link(),
        *link(
            "billingAccount",
            "BillingAccount",
            "billing_account",
            key="BillingAccountKey",
            doc="Account that it is booked on; its workflow handles the payment.",
        ),
        many("orders", "Order", by="payment", doc="Orders that are paid by it."),
        *link(
            "financialTransaction",
            "FinancialTransaction",
            "financial_transaction",
            key="FinancialTransactionKey",
            doc="Transaction of an order that it comes from.",
        ),
        *link("fulfilment", "Fulfilment", "fulfilment", key="FulfilmentKey", doc="Fulfilment that is paid by it."),
        *link(
            "creditMemo", "CreditMemo", "credit_memo", key="CreditMemoKey", doc="Credit memo that is paid out by it."
        ),
        many("paymentTransactions", "PaymentTransaction", by="payment", doc="The single movements of money."),
        attributes(),
        workflow_link("Payment"),
        *workflow(),
        *dates(),
    ),
    addressed="ref",
    keys={"PaymentKey": "ref!", "PaymentLinkInput": "ref!"},
    plural="payments",
    listed_by=("ref", "status", "type"),
    gets=("payment(ref!)",),
    create="ref! type! status retailer! amount! paymentTransactions?! billingAccount attributes financialTransaction "
    "fulfilment creditMemo",
    update="ref! status billingAccount attributes",
    unique=(Unique(columns=("ref",)),),
    event="PAYMENT",
    tree="BillingAccount",
    root="billingAccount",
    tracked=True,
)

_TRANSACTION = (
    "ref! type! status amount! currency! authorizationKey cardType paymentMethod! {payment}paymentServiceProvider! "
    "attributes"
)

PAYMENT_TRANSACTION = Entity(
    name="PaymentTransaction",
    table="payment_transaction",
    doc="One movement of money by a payment service provider.",
    interfaces=("Extendable", "Node", "Orchestrateable", "Referenceable"),
    fields=(
        identifier(),
        ref(null=False),
        kind(),
        status(null=False),
        value("amount", "AmountType", null=False, doc="How much was moved."),
        *currency_link(),
        *link("payment", "Payment", "payment", key="PaymentKey", required=True, doc="Payment that it is part of."),
        *link(
            "paymentServiceProvider",
            "PaymentServiceProvider",
            "payment_service_provider",
            key="PaymentServiceProviderKey",
            doc="Who moves the money.",
        ),
        text("authorizationKey", doc="Key by which the provider allows the movement."),
        text("cardType"),
        text("paymentMethod", null=False, doc="How it is paid, such as CARD; free text."),
        attributes(),
        workflow_link("PaymentTransaction"),
        *workflow(),
        *dates(),
        stored("billing_account_id", Scalar.ID, foreign="billing_account"),
    ),
    addressed="ref",
    keys={"PaymentTransactionKey": "ref!"},
    plural="paymentTransactions",
    listed_by=("ref", "status", "type", "paymentMethod"),
    gets=("paymentTransaction(ref!)",),
    create=_TRANSACTION.format(payment="payment! "),
    mutations=("create",),
    nested_create={"Payment": _TRANSACTION.format(payment="")},
    unique=(Unique(columns=("ref",)),),
    event="PAYMENT_TRANSACTION",
    tree="BillingAccount",
    root="billing_account",
    tracked=True,
)

PAYMENT_SERVICE_PROVIDER = Entity(
    name="PaymentServiceProvider",
    table="payment_service_provider",
    doc="Somebody who moves money, and how to reach it.",
    interfaces=("Extendable", "Referenceable"),
    fields=(
        identifier(),
        ref(null=False),
        text("name", doc="Name of the provider."),
        text("clientId", null=False, doc="Name by which Penstock is known to the provider."),
        secret("clientSecret"),
        secret("serviceAuthToken"),
        text("host", null=False, doc="Host name of the provider's service."),
        integer("port", null=False, doc="TCP port of the provider's service."),
        attributes(),
        *retailer_link(null=False),
        *dates(),
    ),
    addressed="ref",
    keys={"PaymentServiceProviderKey": "ref!"},
    plural="paymentServiceProviders",
    gets=("paymentServiceProvider(ref!)",),
    create="ref! name clientId! clientSecret! serviceAuthToken! host! port! attributes retailer!",
    update="ref! name clientId clientSecret serviceAuthToken host port attributes",
    unique=(Unique(columns=("ref",)),),
)

ENTITIES = (CURRENCY, PAYMENT, PAYMENT_TRANSACTION, PAYMENT_SERVICE_PROVIDER)
