"""How long it takes (spec 21 §9.4)."""

from __future__ import annotations

from penstock.rules import EVENT_NAME, Context, Prop, PropType, SendEvent, Sends, rule
from penstock.rules.builtin.common import forward, hours
from penstock.rules.builtin.options.asked import ACCEPTS, PICKUP
from penstock.rules.builtin.options.drafts import MALFORMED, PLANS, Draft, carried, drafts
from penstock.rules.builtin.order.attributes import LOCATIONS
from penstock.rules.questions import Setting
from penstock.sourcing.eta import eta, hours_text, latest


@rule(
    "globalinventory.CalculateEtaFO",
    "Send {eventName} with the hours until each plan is ready, by setting {pickNPackTimeLimitSetting}",
    EVENT_NAME,
    Prop("pickNPackTimeLimitSetting", "name of the setting with a location's hours to pick and pack"),
    Prop("defaultEta", "hours where there is no such setting, or for a transfer", PropType.INTEGER),
    accepts=ACCEPTS,
    attributes=[PLANS, LOCATIONS.optional(), PICKUP.optional()],
    sends=Sends("{eventName}", adds=(PLANS,)),
    asks=Setting,
    fails={400: MALFORMED, 422: "the setting is no number"},
)
async def calculate_eta(context: Context) -> list[SendEvent]:
    """Set ``eta`` (hours, as text) of each plan in ``fulfilmentPlans`` and of its fulfilments."""
    plans = drafts(context)
    for plan in plans:
        await _estimate(context, plan)
    return [forward(context, **carried(plans))]


async def _estimate(context: Context, plan: Draft) -> None:
    default = context.prop("defaultEta")
    found = [await _hours(context, fulfilment.location_ref, default) for fulfilment in plan.fulfilments]
    for fulfilment, hours_ in zip(plan.fulfilments, found, strict=True):
        fulfilment.eta = hours_text(hours_)
    plan.eta = hours_text(latest(found, default))


async def _hours(context: Context, ref: str, default: float) -> float:
    """Return the hours of what comes from a location; one that the event does not know has no setting."""
    pickup = context.event.attributes.get(PICKUP.name)
    ids = {place["ref"]: int(place["id"]) for place in context.event.attributes.get("locations") or ()}
    limit = await hours(context, context.prop("pickNPackTimeLimitSetting"), ids[ref]) if ref in ids else None
    return eta(None if limit is None else limit.total_seconds() / 3600, default, transferred=pickup not in {None, ref})
