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
        kind(null=True, doc="Type, such as CUSTOMER; names the workflow."),
        status(),
        *retailer_link(),
        *link(
            "customer",
            "Customer",
            "customer",
            key="CustomerKey",
            output="CustomerLink",
            filter_key="CustomerLinkInput",
            doc="Whose account it is.",
        ),
        attributes(),
        text("name", doc="Name of the account, for people."),
        value("address", "StreetAddress", doc="Where bills are sent."),
        many("payments", "Payment", by="billingAccount", doc="Money that was or is to be moved."),
        many("creditMemos", "CreditMemo", by="billingAccount", doc="What the customer is owed."),
        many("invoices", "Invoice", by="billingAccount", doc="What the customer owes."),
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
        *link(
            "billingAccount",
            "BillingAccount",
            "billing_account",
            key="BillingAccountKey",
            required=True,
            doc="Account that it is booked on; its workflow handles the invoice.",
        ),
        loose("order", "OrderLink", "OrderLinkInput", doc="The order that is billed; need not exist here."),
        loose(
            "fulfilment",
            "FulfilmentLink",
            "FulfilmentLinkInput",
            doc="The fulfilment that is billed; need not exist here.",
        ),
        many("items", "InvoiceItem", by="invoice", doc="What is billed, line by line."),
        many("creditMemos", "CreditMemo", by="invoice", plain=True, doc="Credit memos that take some of it back."),
        moment("issueDate", doc="Date of the invoice."),
        moment("dueDate", doc="Until when it is to be paid."),
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
        kind(null=True, doc="Type of the line, such as INVOICE_ITEM; free text."),
        text("description", doc="What is billed, in words."),
        *product_link(),
        value("unitQuantity", "QuantityType", doc="How many are billed."),
        value("unitTaxType", "TaxType"),
        value("unitAmount", "AmountType", doc="Price of one."),
        value("amount", "AmountType", doc="Price of the line."),
        value("taxAmount", "AmountType", doc="The tax in or on the price of the line."),
        *dates(),
        *link(
            "invoice", "Invoice", "invoice", key="InvoiceKey", required=True, doc="The invoice that it is a line of."
        ),
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
        *link(
            "billingAccount",
            "BillingAccount",
            "billing_account",
            key="BillingAccountKey",
            required=True,
            doc="Account that it is booked on; its workflow handles the memo.",
        ),
        *link("invoice", "Invoice", "invoice", key="InvoiceKey", doc="The invoice that it takes something back of."),
        many("items", "CreditMemoItem", by="creditMemo", doc="What is credited, line by line."),
        loose("order", "OrderLink", "OrderLinkInput", doc="The order that it is about; need not exist here."),
        *link(
            "returnOrder",
            "ReturnOrder",
            "return_order",
            key="ReturnOrderKey",
            output="ReturnOrderLink",
            filter_key="ReturnOrderLinkInput",
            doc="The return that it gives the money back for.",
        ),
        many("payments", "Payment", by="creditMemo", doc="Payments by which it is paid out."),
        moment("issueDate", doc="Date of the memo."),
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
        kind(null=True, doc="Type of the line, such as CREDIT_MEMO_ITEM; free text."),
        text("description", doc="What is credited, in words."),
        *link(
            "creditMemo",
            "CreditMemo",
            "credit_memo",
            key="CreditMemoKey",
            required=True,
            doc="The credit memo that it is a line of.",
        ),
        value("creditReasonCode", "SettingValueType", doc="Why it is credited: a code and its label."),
        loose(
            "orderItem",
            "OrderItemLink",
            "OrderItemLinkInput",
            doc="The order's line that it is about; need not exist here.",
        ),
        *link(
            "returnOrderItem",
            "ReturnOrderItem",
            "return_order_item",
            key="ReturnOrderItemKey",
            output="ReturnOrderItemLink",
            filter_key="ReturnOrderItemLinkInput",
            doc="The return's line that it gives the money back for.",
        ),
        *product_link(),
        value("unitQuantity", "QuantityType", doc="How many are credited."),
        value("unitTaxType", "TaxType"),
        value("unitAmount", "AmountType", doc="Credit for one."),
        value("unitCostAmount", "AmountType", doc="What one cost the retailer."),
        value("amount", "AmountType", doc="Credit for the line."),
        value("taxAmount", "AmountType", doc="The tax in or on the credit for the line."),
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
