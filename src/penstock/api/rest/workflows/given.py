"""A workflow document as it is uploaded (spec 13 §2), for the description of the API.

What is wrong with a document is found by :mod:`penstock.workflows.checking`, all of it and by its place.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from penstock.api.rest.shape import Shape
from penstock.workflows.checking.members import LONGEST_COMMENT, LONGEST_DESCRIPTION, LONGEST_NAME

Id = Annotated[str, msgspec.Meta(pattern="^[1-9][0-9]{0,17}$")] | Annotated[int, msgspec.Meta(ge=1)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
Number = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,9}\.[0-9]{1,9}$")]


class RuleCall(Shape):
    """A rule, by its full name, and the values of its properties."""

    name: str
    props: dict[str, Any] | None = None


class Trigger(Shape):
    """A status in which the ruleset may run."""

    status: str


class ActionContext(Shape):
    """Where a button is shown, and how; ``modules`` are applications."""

    label: str
    type: Literal["PRIMARY", "SECONDARY"]
    modules: list[str]
    confirm: bool | None = None


class ActionAttribute(Shape):
    """A field of a button's form, which becomes an attribute of the event; ``source`` names a setting with choices."""

    name: str
    type: str
    label: str | None = None
    source: str | None = None
    default_value: Any = None
    mandatory: bool | None = None


class GivenAction(Shape):
    """A button; the event is by default the ruleset's own."""

    context: list[ActionContext]
    event_name: str | None = None
    attributes: list[ActionAttribute] | None = None


class GivenRuleset(Shape):
    """Rules that run at an event, in order. No triggers: in any status."""

    name: Name
    type: str
    rules: list[RuleCall]
    triggers: list[Trigger]
    description: str | None = None
    subtype: str | None = None
    event_type: Literal["NORMAL", "EXCEPTION", ""] | None = None
    user_actions: list[GivenAction] | None = None


class GivenStatus(Shape):
    """A status of an entity type."""

    name: str
    entity_type: str
    category: str | None = None


class GivenWorkflow(Shape):
    """A workflow as it is uploaded; unknown members are kept, null counts as absent."""

    retailer_id: Id
    version: Number
    entity_type: str
    entity_subtype: Name
    rulesets: list[GivenRuleset]
    statuses: list[GivenStatus]
    name: Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)] | None = None
    description: Annotated[str, msgspec.Meta(max_length=LONGEST_DESCRIPTION)] | None = None
    version_comment: Annotated[str, msgspec.Meta(max_length=LONGEST_COMMENT)] | None = None
    settings: dict[str, Any] | None = None
