"""Events as they go over the wire: posted, answered, and stored (spec 11 §1)."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from penstock.api.rest.answers import Envelope
from penstock.api.rest.shape import Shape

LONGEST_TEXT = 255

# Longer ones are refused where they are read, with a message that counts.
Text = Annotated[str, msgspec.Meta(extra_json_schema={"maxLength": LONGEST_TEXT})] | int
Id = Annotated[str, msgspec.Meta(description="a number or a UUID")] | int
Moment = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]


class GivenAttribute(Shape):
    """An attribute of a posted event."""

    name: str
    value: Any = None
    type: Any = None


class GivenEvent(Shape):
    """An event as it is posted; unknown members are ignored, empty texts and null count as absent.

    One of entityId and entityRef is needed. What is not said of the entity and its root is looked up.
    """

    name: Text
    retailer_id: Id
    entity_type: Text
    entity_id: Id | None = None
    entity_ref: Text | None = None
    entity_subtype: Text | None = None
    entity_status: Text | None = None
    root_entity_type: Text | None = None
    root_entity_id: Id | None = None
    root_entity_ref: Text | None = None
    account_id: Text | None = None
    type: Text | None = None
    scheduled_on: Moment | None = None
    attributes: dict[str, Any] | list[GivenAttribute] | None = None
    source: Text | None = None
    meta: dict[str, Any] | None = None


class EventState(Shape):
    """What became of a posted event: PENDING or SCHEDULED, COMPLETE when it ran at once."""

    event_id: str
    entity_id: str | None
    event_status: str


class FailedEvent(Envelope):
    """The error of an event that nothing matched, or that failed; one that was never stored has no state."""

    event_id: str | msgspec.UnsetType = msgspec.UNSET
    entity_id: str | msgspec.UnsetType | None = msgspec.UNSET
    event_status: str | msgspec.UnsetType = msgspec.UNSET


class Attribute(Shape):
    """An attribute of a stored event."""

    name: str
    value: Any
    type: str


class EventContext(Shape):
    """What an event is about, and the events that led to it."""

    source_events: list[str]
    entity_type: str | None
    entity_id: str | None
    entity_ref: str | None
    root_entity_type: str | None
    root_entity_id: str | None
    root_entity_ref: str | None


class StoredEvent(Shape):
    """An event, or an entry of its audit, as it is looked up."""

    id: str
    name: str
    type: str
    account_id: str
    retailer_id: str
    category: str
    context: EventContext
    event_status: str
    attributes: list[Attribute] | None
    source: str
    generated_by: str
    generated_on: str
    scheduled_on: str | msgspec.UnsetType = msgspec.UNSET  # of timers; the platform tells it nowhere


class EventPage(Shape):
    """A page of events, newest first; the next one begins at start + count."""

    start: int
    count: int
    has_more: bool
    results: list[StoredEvent]
