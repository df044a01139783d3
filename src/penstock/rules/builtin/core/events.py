"""Sending the current event on to the same entity (spec 13 §12, 35 §1)."""

from __future__ import annotations

from datetime import timedelta

from penstock.rules import EVENT_NAME, Context, Prop, PropType, SendEvent, Sends, rule

_DELAY = Prop("delay", "seconds to wait", PropType.TIME_PERIOD)


@rule(
    "core.SendEvent",
    "Send {eventName} to the same entity",
    EVENT_NAME,
    Prop("delay", "seconds to wait; none: at once", PropType.TIME_PERIOD, default=None),
    sends=Sends("{eventName}", scheduled="delay"),
)
def send_event(context: Context) -> list[SendEvent]:
    """Forward the event under a new name, at once or after ``delay`` seconds."""
    delay = context.prop("delay")
    at = None if delay is None else context.now + timedelta(seconds=delay)
    return [SendEvent(context.prop("eventName"), at=at)]


@rule(
    "core.ScheduleEvent",
    "Send {eventName} to the same entity in {delay} seconds",
    EVENT_NAME,
    _DELAY,
    sends=Sends("{eventName}", scheduled=True),
)
def schedule_event(context: Context) -> list[SendEvent]:
    """Forward the event under a new name after ``delay`` seconds."""
    return [SendEvent(context.prop("eventName"), at=context.now + timedelta(seconds=context.prop("delay")))]
