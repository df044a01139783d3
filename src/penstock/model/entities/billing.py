"""Billing accounts, invoices and credit memos (spec 30 §3, 33)."""

from __future__ import annotations

from dataclasses import replace

from penstock.model.entities.links import MONEY, currency_link, product_link, retailer_link
from penstock.model.vocabulary import Column, Entity, Unique
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
    text,
    value,
    workflow,
    workflow_link,
)


def versioned_as_text() -> tuple[Column, Column]:
    """Declare the workflow where the contract shows its version as a text."""
    name, version = workflow(null=True)
    return name, replace(version, wire="String")


BILLING_ACCOUNT = Entity(
    name="BillingAccount",
    table="billing_account",
    doc="What a customer owes and is owed.",
    interfaces=("Extendable", "Node", "Referenceable"),
    fields=(
        identifier(),
        ref(null=False),
        kind(null=True),
        status(),
        *retailer_link(),
        *link(
            "customer",
            "Customer",
            "customer",
            key="CustomerKey",
            output="CustomerLink",
            filter_key="CustomerLinkInput",
        ),
        attributes(),
        text("name"),
        value("address", "StreetAddress"),
        many("payments", "Payment", by="billingAccount"),
        many("creditMemos", "CreditMemo", by="billingAccount"),
        many("invoices", "Invoice", by="billingAccount"),
        workflow_link("BillingAccount"),
        *versioned_as_text(),
        *dates(),
    ),
    addressed="ref",
    keys={"BillingAccountKey": "ref!"},
    plural="billingAccounts",
    listed_by=("ref", "customer", "status", "type"),
    gets=("billingAccount(ref!)",),
    create="ref! type! name! retailer! customer attributes address",
    update="ref! status name attributes address",
    unique=(Unique(columns=("ref",)),),
    indexes=(("customer_id",),),
    event="BILLING_ACCOUNT",
    tree="BillingAccount",
    root="self",
    ages=True,
    tracked=True,
)

_AMOUNTS = (
    "issueDate{r} {due}currency{r} defaultTaxType{r} subTotalAmount{r} totalTax{r} totalAmount{r} totalBalance{r}"
)

INVOICE = Entity(
    name="Invoice",
    table="invoice",
    doc="What a customer owes.",
    interfaces=("Extendable", "Node", "Referenceable"),
    fields=(
        identifier(),
        ref(null=False),
        workflow_link("Invoice"),
        kind(null=True),
        status(),
        attributes(),
        *link("billingAccount", "BillingAccount", "billing_account", key="BillingAccountKey", required=True),
        loose("order", "OrderLink", "OrderLinkInput"),
        loose("fulfilment", "FulfilmentLink", "FulfilmentLinkInput"),
        many("items", "InvoiceItem", by="invoice"),
        many("creditMemos", "CreditMemo", by="invoice", plain=True),
        moment("issueDate"),
        moment("dueDate"),
        *currency_link(),
        value("defaultTaxType", "TaxType"),
        *(value(name, "AmountType") for name in MONEY),
        value("totalBalance", "AmountType", doc="What is still open."),
        *workflow(null=True),
        *dates(),
    ),
    addressed="ref",
    keys={
        "InvoiceKey": "ref!",
        "WorkflowLinkInput": "ref!=workflowRef version!=workflowVersion",
    },
    plural="invoices",
    listed_by=("ref", "order", "fulfilment", "status", "type", "issueDate"),
    gets=("invoice(ref!)",),
    create="ref! type! attributes billingAccount! order fulfilment items " + _AMOUNTS.format(r="!", due="dueDate "),
    update="ref! status attributes order fulfilment items " + _AMOUNTS.format(r="", due="dueDate "),
    unique=(Unique(columns=("ref",)),),
    event="INVOICE",
    tree="BillingAccount",
    root="billingAccount",
)

_ITEM = "description {more}product unitQuantity{r} unitTaxType unitAmount{r} {cost}amount{r} taxAmount{r}"
_MORE = "orderItem returnOrderItem "

INVOICE_ITEM = Entity(
    name="InvoiceItem",
    table="invoice_item",
    doc="One line of an invoice.",
    interfaces=("Node", "Referenceable"),
    fields=(
        identifier(),
        ref(null=False),
        kind(null=True),
        text("description"),
        *product_link(),
        value("unitQuantity", "QuantityType"),
        value("unitTaxType", "TaxType"),
        value("unitAmount", "AmountType"),
        value("amount", "AmountType"),
        value("taxAmount", "AmountType"),
        *dates(),
        *link("invoice", "Invoice", "invoice", key="InvoiceKey", required=True),
    ),
    addressed="ref",
    keys={"InvoiceItemKey": "ref!"},
    plural="invoiceItems",
    listed_by=("ref", "product"),
    gets=("invoiceItem(ref!)",),
    create="ref! type! invoice! " + _ITEM.format(r="!", more="", cost=""),
    mutations=("create",),
    nested_create={"Invoice": "ref! type! " + _ITEM.format(r="!", more="", cost="")},
    nested_update={"Invoice": "ref! " + _ITEM.format(r="", more="", cost="")},
    unique=(Unique(columns=("invoice_id", "ref")),),
    indexes=(("ref",),),
    newest_first=False,
    tree="BillingAccount",
)

CREDIT_MEMO = Entity(
    name="CreditMemo",
    table="credit_memo",
    doc="What a customer is owed.",
    interfaces=("Extendable", "Node", "Referenceable"),
    fields=(
        identifier(),
        ref(null=False),
        kind(null=True),
        status(),
        attributes(),
        *link("billingAccount", "BillingAccount", "billing_account", key="BillingAccountKey", required=True),
        *link("invoice", "Invoice", "invoice", key="InvoiceKey"),
        many("items", "CreditMemoItem", by="creditMemo"),
        loose("order", "OrderLink", "OrderLinkInput"),
        *link(
            "returnOrder",
            "ReturnOrder",
            "return_order",
            key="ReturnOrderKey",
            output="ReturnOrderLink",
            filter_key="ReturnOrderLinkInput",
        ),
        many("payments", "Payment", by="creditMemo"),
        moment("issueDate"),
        *currency_link(),
        value("defaultTaxType", "TaxType"),
        *(value(name, "AmountType") for name in MONEY),
        value("totalBalance", "AmountType", doc="What is still to be paid out."),
        workflow_link("CreditMemo"),
        *versioned_as_text(),
        *dates(),
    ),
    addressed="ref",
    keys={"CreditMemoKey": "ref!", "CreditMemoLinkInput": "ref!"},
    plural="creditMemoes",
    listed_by=("ref", "order", "returnOrder", "status", "type", "issueDate"),
    gets=("creditMemo(ref!)",),
    create="ref! type! attributes billingAccount! items invoice order returnOrder " + _AMOUNTS.format(r="!", due=""),
    update="ref! status attributes order returnOrder items " + _AMOUNTS.format(r="", due=""),
    unique=(Unique(columns=("ref",)),),
    indexes=(("return_order_id",),),
    event="CREDIT_MEMO",
    tree="BillingAccount",
    root="billingAccount",
)

CREDIT_MEMO_ITEM = Entity(
    name="CreditMemoItem",
    table="credit_memo_item",
    doc="One line of a credit memo.",
    interfaces=("Node", "Referenceable"),
    fields=(
        identifier(),
        ref(null=False),
        kind(null=True),
        text("description"),
        *link("creditMemo", "CreditMemo", "credit_memo", key="CreditMemoKey", required=True),
        value("creditReasonCode", "SettingValueType"),
        loose("orderItem", "OrderItemLink", "OrderItemLinkInput"),
        *link(
            "returnOrderItem",
            "ReturnOrderItem",
            "return_order_item",
            key="ReturnOrderItemKey",
            output="ReturnOrderItemLink",
            filter_key="ReturnOrderItemLinkInput",
        ),
        *product_link(),
        value("unitQuantity", "QuantityType"),
        value("unitTaxType", "TaxType"),
        value("unitAmount", "AmountType"),
        value("unitCostAmount", "AmountType"),
        value("amount", "AmountType"),
        value("taxAmount", "AmountType"),
        *dates(),
    ),
    addressed="ref",
    keys={"CreditMemoItemKey": "ref!"},
    plural="creditMemoItems",
    listed_by=("ref", "orderItem", "returnOrderItem", "product"),
    gets=("creditMemoItem(ref!)",),
    create="ref! type! creditMemo! creditReasonCode " + _ITEM.format(r="!", more=_MORE, cost="unitCostAmount "),
    mutations=("create",),
    nested_create={
        "CreditMemo": "ref! type! creditReasonCode " + _ITEM.format(r="!", more=_MORE, cost="unitCostAmount ")
    },
    nested_update={"CreditMemo": "ref creditReasonCode " + _ITEM.format(r="", more=_MORE, cost="unitCostAmount ")},
    unique=(Unique(columns=("credit_memo_id", "ref")),),
    indexes=(("ref",),),
    newest_first=False,
    tree="BillingAccount",
)

ENTITIES = (BILLING_ACCOUNT, INVOICE, INVOICE_ITEM, CREDIT_MEMO, CREDIT_MEMO_ITEM)
