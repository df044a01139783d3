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
        text("alphabeticCode"),
        text("numericCode"),
        text("name"),
        integer("minorUnits", doc="Decimal places of its smallest unit."),
        flag("isISO4217"),
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
        value("amount", "AmountType", null=False),
        *retailer_link(),
        *link("billingAccount", "BillingAccount", "billing_account", key="BillingAccountKey"),
        many("orders", "Order", by="payment"),
        *link("financialTransaction", "FinancialTransaction", "financial_transaction", key="FinancialTransactionKey"),
        *link("fulfilment", "Fulfilment", "fulfilment", key="FulfilmentKey"),
        *link("creditMemo", "CreditMemo", "credit_memo", key="CreditMemoKey"),
        many("paymentTransactions", "PaymentTransaction", by="payment"),
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
        value("amount", "AmountType", null=False),
        *currency_link(),
        *link("payment", "Payment", "payment", key="PaymentKey", required=True),
        *link(
            "paymentServiceProvider",
            "PaymentServiceProvider",
            "payment_service_provider",
            key="PaymentServiceProviderKey",
        ),
        text("authorizationKey"),
        text("cardType"),
        text("paymentMethod", null=False),
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
        text("name"),
        text("clientId", null=False),
        secret("clientSecret"),
        secret("serviceAuthToken"),
        text("host", null=False),
        integer("port", null=False),
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
