"""What nobody can send: the system rejected location (spec 22 §5)."""

from __future__ import annotations

from penstock.rules import EVENT_NAME, SAME, Action, Context, Prop, RuleError, SendEvent, Update, rule
from penstock.rules.builtin.common import FORWARD_IF, forward_if, location_of
from penstock.rules.builtin.order.scope import CHOICE_REF, NAMED, Scope, named_scope, scope_of
from penstock.rules.builtin.order.sourcing.building import FULFILMENT_ROWS, FULFILMENT_TYPE, Source, fulfilment_rows
from penstock.rules.builtin.order.sourcing.demand import NEEDED, unfulfilled_items
from penstock.rules.questions import ByRef, LocationOfAddress

REJECTED_LOCATION = Prop("systemRejectedLocationRef", "ref of the location that holds what nobody can send")


_PROPS = (
    REJECTED_LOCATION,
    Prop("acceptedStatuses", "statuses of fulfilments that hold their items", multiple=True, status_of="FULFILMENT"),
    Prop("rejectedStatuses", "statuses of fulfilments that do not", multiple=True, status_of="FULFILMENT"),
    FULFILMENT_TYPE,
)
_LISTS = "the lists of statuses are empty or overlap, or the location can fulfil nothing"
_UNKNOWN = "there is no such location"


@rule(
    "order.CreateFulfilmentForUnfulfillableItems",
    "Create a fulfilment at {systemRejectedLocationRef} for all unfulfilled items",
    *_PROPS,
    accepts=["ORDER"],
    creates=FULFILMENT_ROWS,
    asks=ByRef,
    reads=[*NEEDED, "FulfilmentChoice"],
    fails={400: _LISTS, 404: _UNKNOWN, 422: "the order has no fulfilment choice or several"},
)
async def create_fulfilment_for_unfulfillable_items(context: Context) -> list[Action]:
    """Create one fulfilment with everything that is unfulfilled; nothing where nothing is.

    The status lists are checked and otherwise unused: spec 22 §3.2 says what is unfulfilled, escalated items
    included.
    """
    return await _create(context, scope_of(context))


@rule(
    "order.CreateFulfilmentForFulfilmentChoiceForUnfulfillableItems",
    "Create a fulfilment at {systemRejectedLocationRef} for all unfulfilled items of the choice",
    *_PROPS,
    accepts=["FULFILMENT_CHOICE"],
    attributes=[CHOICE_REF],
    creates=FULFILMENT_ROWS,
    asks=ByRef,
    reads=NEEDED,
    fails={
        400: f"the type of the choice is neither HD nor CC, or {_LISTS}",
        404: f"{_UNKNOWN}, or {NAMED[404]}",
        422: NAMED[422],
    },
)
async def create_fulfilment_for_choice_for_unfulfillable_items(context: Context) -> list[Action]:
    """Do the same for the items of a choice."""
    return await _create(context, named_scope(context))


async def _create(context: Context, scope: Scope) -> list[Action]:
    _check_statuses(context.prop("acceptedStatuses"), context.prop("rejectedStatuses"))
    return await escalated(context, scope, type_=context.prop("fulfilmentType"))


async def escalated(context: Context, scope: Scope, *, type_: str | None = None) -> list[Action]:
    """Return what stores one fulfilment at ``systemRejectedLocationRef`` with all that is unfulfilled, if anything.

    ``RuleError`` 404 where there is no such location; see :func:`fulfilment_rows` for others and ``type_``.
    """
    units = unfulfilled_items(scope)
    if not units:
        return []
    ref = context.prop("systemRejectedLocationRef")
    location = await context.ask(ByRef("Location", ref, within=context.event.retailer_id))
    if location is None:
        raise RuleError(f"property systemRejectedLocationRef: there is no location {ref}", 404)
    source = Source(ref, location.type, location.primary_address_id)
    _, rows = await fulfilment_rows(context, source, units, scope, type_=type_)
    return list(rows)


def _check_statuses(accepted: list[str], rejected: list[str]) -> None:
    if not accepted or not rejected:
        raise RuleError("acceptedStatuses and rejectedStatuses must each name at least one status")
    both = sorted(set(accepted) & set(rejected))
    if both:
        raise RuleError(f"status {', '.join(both)} is in acceptedStatuses and in rejectedStatuses")


@rule(
    "order.SendEventToProcessUnfulfilableFulfilment",
    "If the fulfilment is at {systemRejectedLocationRef}, send {eventName}",
    EVENT_NAME,
    REJECTED_LOCATION,
    accepts=["FULFILMENT"],
    sends=FORWARD_IF,
    asks=LocationOfAddress,
    fails={404: "no location has the address that the fulfilment comes from"},
)
async def send_event_to_process_unfulfilable_fulfilment(context: Context) -> list[SendEvent]:
    """Forward if the fulfilment comes from the system rejected location."""
    location = await location_of(context, context.entity)
    return forward_if(context, location.ref == context.prop("systemRejectedLocationRef"))


@rule(
    "order.ChangeStateForUnfulfilableFulfilment",
    "If the fulfilment is at {systemRejectedLocationRef}, set its status to {status}",
    REJECTED_LOCATION,
    Prop("status", "the new status", status_of=SAME),
    accepts=["FULFILMENT"],
    sets="{status}",
    asks=LocationOfAddress,
    fails={404: "no location has the address that the fulfilment comes from"},
)
async def change_state_for_unfulfilable_fulfilment(context: Context) -> list[Update]:
    """Set the status of a fulfilment from the system rejected location; older documents do without an event."""
    location = await location_of(context, context.entity)
    there = location.ref == context.prop("systemRejectedLocationRef")
    return [Update(context.entity, {"status": context.prop("status")})] if there else []
