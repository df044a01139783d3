"""Answers about workflows, as they go over the wire (spec 11 §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.api.rest.shape import Shape
from penstock.orchestration.expand import wire_time

if TYPE_CHECKING:
    from penstock.workflows.stored import Outline, Version


class SavedWorkflow(Shape):
    """What a document was saved as: ``<retailer id>-<name>::<version>``."""

    entity_id: str
    event_status: str = "COMPLETE"


class WorkflowOutline(Shape):
    """A version of a workflow, without what is in it."""

    id: str
    name: str
    entity_type: str
    entity_subtype: str
    version: str
    retailer_id: str
    description: str | None
    version_comment: str | None
    created_by: str | None
    created_on: str


class WorkflowPage(Shape):
    """A page of workflows or of versions, and how many there are."""

    start: int
    count: int
    total: int
    results: list[WorkflowOutline]


class StoredWorkflow(Shape):
    """A version of a workflow, as its author wrote it."""

    id: str
    retailer_id: str
    name: str
    version: str
    entity_type: str
    entity_subtype: str
    created_by: str | None
    created_on: str
    rulesets: list[dict[str, Any]]
    statuses: list[dict[str, Any]]


class ComparedChange(Shape):
    """Something that differs; null on the side where it is not."""

    place: str
    from_: Any
    to: Any


class ComparedRuleset(Shape):
    """Which ruleset, by what it is known by."""

    name: str
    type: str
    subtype: str
    event_type: str
    triggers: list[str]


class ChangedRuleset(ComparedRuleset):
    """A ruleset that both versions have, and what differs in it."""

    changes: list[ComparedChange]


class Comparison(Shape):
    """What differs between two versions; ``moved`` are rulesets that run in another order among the others."""

    from_: str
    to: str
    document: list[ComparedChange]
    added: list[ComparedRuleset]
    removed: list[ComparedRuleset]
    changed: list[ChangedRuleset]
    moved: list[ComparedRuleset]
    statuses: list[ComparedChange]


def shown(version: Version) -> dict[str, Any]:
    """Return a version as ``StoredWorkflow``, with whatever else its author wrote."""
    document = version.document
    return {
        "id": str(version.id),
        "retailerId": str(version.retailer_id),
        "name": document.get("name") or version.name,
        "version": version.version,
        **{k: v for k, v in document.items() if k not in {"id", "retailerId", "name", "version"}},
        "createdBy": version.created_by,
        "createdOn": wire_time(version.created_on),
    }


def outlined(version: Outline) -> WorkflowOutline:
    """Return a version in brief."""
    document = version.document
    return WorkflowOutline(
        id=str(version.id),
        name=document.get("name") or version.name,
        entity_type=document["entityType"],
        entity_subtype=document["entitySubtype"],
        version=version.version,
        retailer_id=str(version.retailer_id),
        description=document.get("description"),
        version_comment=document.get("versionComment"),
        created_by=version.created_by,
        created_on=wire_time(version.created_on),
    )
