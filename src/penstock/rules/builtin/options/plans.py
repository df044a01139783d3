"""The end: plans are stored and told how much they cover (spec 21 §9.2, step 10, §9.3)."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from penstock.rules import (
    EVENT_NAME,
    Action,
    Context,
    Create,
    Creates,
    Prop,
    SendEvent,
    Sends,
    Sets,
    Update,
    rule,
)
from penstock.rules.builtin.common import forward
from penstock.rules.builtin.options.asked import ACCEPTS, ASKED_WRONG, need
from penstock.rules.builtin.options.drafts import MALFORMED, PLANS, Draft, drafts
from penstock.sourcing.plans import FULFILLED, PARTIALLY_FULFILLED, REJECTED, coverage, missing

Row = Any

_NEW = "CREATED"


@rule(
    "globalinventory.CreateFulfilmentPlansFO",
    "Store the plans and send {eventName}",
    EVENT_NAME,
    accepts=ACCEPTS,
    attributes=[PLANS],
    creates=Creates("FulfilmentPlan"),
    sends=Sends("{eventName}"),
    reads=["FulfilmentPlan"],
    fails={400: MALFORMED},
)
def create_fulfilment_plans(context: Context) -> list[Action]:
    """Store those of ``fulfilmentPlans`` that have fulfilments, in order."""
    known = len(context.many(context.entity, "plans"))
    worth = [plan for plan in drafts(context) if plan.fulfilments]
    created = [Create(_row(context, plan, number)) for number, plan in enumerate(worth, known + 1)]
    return [*created, forward(context)]


def _row(context: Context, plan: Draft, number: int) -> Row:
    option = context.entity
    return context.new(
        "FulfilmentPlan",
        ref=str(uuid.uuid5(context.event.id, f"{option.id}:{number}")),  # the same when the event is replayed
        type=option.type,
        fulfilment_option_id=option.id,
        split_count=len(plan.fulfilments) - 1,
        eta=plan.eta,
        fulfilments=msgspec.to_builtins(plan.fulfilments),
        exceptions=msgspec.to_builtins(plan.exceptions),
        attributes=plan.attributes,
    )


@rule(
    "globalinventory.UpdateFulfilmentPlansStatusFO",
    "Give new plans of the option a status by what they cover",
    Prop("eventName", "name of an event to send then; none: nothing is sent", default=None),
    accepts=ACCEPTS,
    sends=Sends("{eventName}"),
    sets=[Sets(status, "FULFILMENT_PLAN") for status in (FULFILLED, PARTIALLY_FULFILLED, REJECTED)],
    reads=["FulfilmentPlan"],
    fails={400: ASKED_WRONG},
)
def update_fulfilment_plans_status(context: Context) -> list[Action]:
    """Set FULFILLED where a plan covers all that is wanted, PARTIALLY_FULFILLED for some, REJECTED for nothing."""
    wanted = need(context)
    new = [plan for plan in context.many(context.entity, "plans") if plan.status == _NEW]
    updates = [Update(plan, {"status": _status(plan, wanted)}) for plan in new]
    told: list[SendEvent] = [] if context.prop("eventName") is None else [forward(context)]
    return [*updates, *told]


def _status(plan: Row, wanted: dict[str, int]) -> str:
    items = [item for fulfilment in plan.fulfilments or () for item in fulfilment.get("items") or ()]
    return coverage(wanted, missing(wanted, ((i["productRef"], i["availableQuantity"]) for i in items)))
