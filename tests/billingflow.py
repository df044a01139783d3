"""Small workflows of billing after spec 34 §1.1, §13 and §14: an order, a return, and the account of their customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from returnflow import call, ruleset, state
from returnflow import document as put_together

if TYPE_CHECKING:
    from collections.abc import Mapping

Call = dict[str, Any]

TAX = {"country": "AU", "group": "STANDARD", "tariff": "GST"}


def event(name: str) -> Call:
    """Return the call that sends an event to the same entity."""
    return call("core.SendEvent", eventName=name)


def order(rule: str, **props: Any) -> Call:
    """Return the call of a rule of the order module."""
    return call(f"order.{rule}", **props)


def document(root: str, type_: str, rulesets: Mapping[str, tuple[str, ...]], rules: Mapping[str, list[Call]]) -> Any:
    """Return a workflow; ``rulesets`` maps names to entity type and triggers (none: any), ``rules`` to their calls.

    Names are written ``CREDIT_MEMO.CREATE`` where several entities have one.
    """
    return put_together(
        root,
        type_,
        *(
            ruleset(entity, name.rpartition(".")[2], " ".join(triggers), *rules[name])
            for name, (entity, *triggers) in rulesets.items()
        ),
    )


def _noted(gate: str, name: str, event_name: str, **props: str) -> Call:
    return call(f"core.SendEventOnVerifying{gate}", attributeName=name, eventName=event_name, **props)


def _verify(exists: str, none: str) -> Call:
    return order("VerifyBillingAccount", BillingAccountExistsEventName=exists, NoBillingAccountExistsEventName=none)


REFUND = order("RequestRefund", setting="webhook.payment.refund")

ORDER = document(
    "ORDER",
    "HD",
    {
        "CREATE": ("ORDER", "CREATED"),
        "Appeasement": ("ORDER",),
        "NewBillingAccountForAppeasement": ("ORDER",),
        "ProcessAppeasement": ("ORDER",),
        "OrderRevision": ("ORDER", "BOOKED"),
        "EvaluateRevisedOrder": ("ORDER", "BOOKED"),
        "NewBillingAccount": ("ORDER", "BOOKED"),
        "ProcessBillingAccount": ("ORDER", "BOOKED"),
        "OrderCancel": ("ORDER", "BOOKED"),
        "PAYMENT_TRANSACTION": ("ORDER",),
        "LatePayment": ("ORDER", "CANCELLED"),
        "RefundCancelledArticle": ("ORDER",),
        "ProcessInvoice": ("ORDER",),
    },
    {
        "CREATE": [
            state("BOOKED"),
            call(
                "core.SendEventOnVerifyingIfAttributeExists",
                attributeName="RevisedOrderLink",
                eventName="EvaluateRevisedOrder",
            ),
        ],
        "Appeasement": [_verify("ProcessAppeasement", "NewBillingAccountForAppeasement")],
        "NewBillingAccountForAppeasement": [order("CreateBillingAccount", eventName="ProcessAppeasement")],
        "ProcessAppeasement": [order("SendEventToBillingAccount", eventName="ProcessCreditForAppeasement")],
        "OrderRevision": [order("ValidateRevisedOrder"), order("CreateRevisedOrder"), event("OrderCancel")],
        "EvaluateRevisedOrder": [
            order("UpdateRevisedOrderAttribute"),
            _verify("ProcessBillingAccount", "NewBillingAccount"),
        ],
        "NewBillingAccount": [order("CreateBillingAccount", eventName="ProcessBillingAccount")],
        "ProcessBillingAccount": [
            order("SendEventForRevisedOrderToBillingAccount", eventName="ProcessCreditForRevisedOrder")
        ],
        "OrderCancel": [state("CANCELLED"), REFUND],
        "PAYMENT_TRANSACTION": [order("CreateFinancialTransaction")],
        "LatePayment": [order("CreateFinancialTransaction"), REFUND],
        "RefundCancelledArticle": [order("CreateCreditMemoForOrder")],
        "ProcessInvoice": [order("CreateInvoiceForOrder")],
    },
)

ACCOUNT = document(
    "BILLING_ACCOUNT",
    "CUSTOMER",
    {
        "CREATE": ("BILLING_ACCOUNT", "CREATED"),
        "ProcessCreditForAppeasement": ("BILLING_ACCOUNT", "CREATED", "ACTIVE"),
        "ProcessCreditForReturn": ("BILLING_ACCOUNT", "CREATED", "ACTIVE"),
        "ProcessCreditForRevisedOrder": ("BILLING_ACCOUNT", "CREATED", "ACTIVE"),
        "CREDIT_MEMO.CREATE": ("CREDIT_MEMO", "CREATED"),
        "ApproveCreditMemo": ("CREDIT_MEMO", "PENDING_APPROVAL"),
        "RejectCreditMemo": ("CREDIT_MEMO", "PENDING_APPROVAL"),
        "RefundSuccess": ("CREDIT_MEMO", "REFUND_REQUESTED"),
        "RefundFailed": ("CREDIT_MEMO", "REFUND_REQUESTED"),
        "RetryRefund": ("CREDIT_MEMO", "REFUND_FAILED"),
        "INVOICE.CREATE": ("INVOICE", "CREATED"),
    },
    {
        "CREATE": [state("ACTIVE")],
        "ProcessCreditForAppeasement": [order("CreateCreditMemoFromAppeasement", creditMemoType="CREDIT")],
        "ProcessCreditForReturn": [
            order("CreateCreditMemoFromReturnOrder", nothingToRefundEventName="CompleteReturn"),
        ],
        "ProcessCreditForRevisedOrder": [order("CreateCreditMemoForRevisedOrder")],
        "CREDIT_MEMO.CREATE": [
            state("PENDING_APPROVAL"),
            call(
                "core.SendEventOnVerifyingAttributeValue",
                attributeName="autoApprove",
                attributeValue="true",
                eventName="ApproveCreditMemo",
            ),
        ],
        "ApproveCreditMemo": [
            state("APPROVED"),
            REFUND,
            state("REFUND_REQUESTED"),
            order("SendEventForReturnOrder", eventName="CreditMemoApproved"),
        ],
        "RejectCreditMemo": [
            state("REJECTED"),
            order("SendEventForReturnOrder", eventName="CreditMemoRejected"),
        ],
        "RefundSuccess": [order("RecordRefund"), state("REFUNDED")],
        "RefundFailed": [state("REFUND_FAILED")],
        "RetryRefund": [REFUND, state("REFUND_REQUESTED")],
        "INVOICE.CREATE": [state("ISSUED")],
    },
)

RETURN = document(
    "RETURN_ORDER",
    "DEFAULT",
    {
        "CREATE": ("RETURN_ORDER", "CREATED"),
        "ProcessRefund": ("RETURN_ORDER", "RECEIVED"),
        "NewBillingAccount": ("RETURN_ORDER", "RECEIVED"),
        "ProcessCredit": ("RETURN_ORDER", "RECEIVED"),
        "CreditMemoApproved": ("RETURN_ORDER", "AWAITING_REFUND"),
        "CompleteReturn": ("RETURN_ORDER", "AWAITING_REFUND"),
        "CreditMemoRejected": ("RETURN_ORDER", "AWAITING_REFUND"),
    },
    {
        "CREATE": [state("RECEIVED")],
        "ProcessRefund": [_verify("ProcessCredit", "NewBillingAccount")],
        "NewBillingAccount": [order("CreateBillingAccount", eventName="ProcessCredit")],
        "ProcessCredit": [
            state("AWAITING_REFUND"),
            order("SendEventToBillingAccount", eventName="ProcessCreditForReturn"),
        ],
        "CreditMemoApproved": [state("COMPLETE")],
        "CompleteReturn": [state("COMPLETE")],
        "CreditMemoRejected": [state("REJECTED")],
    },
)
