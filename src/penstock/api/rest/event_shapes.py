"""Events as they go over the wire: posted, answered, and stored (spec 11 §1)."""

# ruff: noqa: N815 - the members are spelt as on the wire

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from penstock.api.rest.answers import Envelope

LONGEST_TEXT = 255

# Longer ones are refused where they are read, with a message that counts.
Text = Annotated[str, msgspec.Meta(extra_json_schema={"maxLength": LONGEST_TEXT})] | int
Id = Annotated[str, msgspec.Meta(description="a number or a UUID")] | int
Moment = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]


class GivenAttribute(msgspec.Struct):
    """An attribute of a posted event."""

    name: str
    value: Any = None
    type: Any = None


class GivenEvent(msgspec.Struct):
    """An event as it is posted; unknown members are ignored, empty texts and null count as absent.

    One of entityId and entityRef is needed. What is not said of the entity and its root is looked up.
    """

    name: Text
    retailerId: Id
    entityType: Text
    entityId: Id | None = None
    entityRef: Text | None = None
    entitySubtype: Text | None = None
    entityStatus: Text | None = None
    rootEntityType: Text | None = None
    rootEntityId: Id | None = None
    rootEntityRef: Text | None = None
    accountId: Text | None = None
    type: Text | None = None
    scheduledOn: Moment | None = None
    attributes: dict[str, Any] | list[GivenAttribute] | None = None
    source: Text | None = None
    meta: dict[str, Any] | None = None


class EventState(msgspec.Struct):
    """What became of a posted event: PENDING or SCHEDULED, COMPLETE when it ran at once."""

    eventId: str
    entityId: str | None
    eventStatus: str


class FailedEvent(Envelope):
    """The error of an event that nothing matched, or that failed; one that was never stored has no state."""

    eventId: str | msgspec.UnsetType = msgspec.UNSET
    entityId: str | msgspec.UnsetType | None = msgspec.UNSET
    eventStatus: str | msgspec.UnsetType = msgspec.UNSET


class Attribute(msgspec.Struct):
    """An attribute of a stored event."""

    name: str
    value: Any
    type: str


class EventContext(msgspec.Struct):
    """What an event is about, and the events that led to it."""

    sourceEvents: list[str]
    entityType: str | None
    entityId: str | None
    entityRef: str | None
    rootEntityType: str | None
    rootEntityId: str | None
    rootEntityRef: str | None


class StoredEvent(msgspec.Struct):
    """An event, or an entry of its audit, as it is looked up."""

    id: str
    name: str
    type: str
    accountId: str
    retailerId: str
    category: str
    context: EventContext
    eventStatus: str
    attributes: list[Attribute] | None
    source: str
    generatedBy: str
    generatedOn: str
    scheduledOn: str | msgspec.UnsetType = msgspec.UNSET  # of timers; the platform tells it nowhere


class EventPage(msgspec.Struct):
    """A page of events, newest first; the next one begins at start + count."""

    start: int
    count: int
    hasMore: bool
    results: list[StoredEvent]
