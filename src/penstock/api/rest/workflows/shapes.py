"""Answers about workflows, as they go over the wire (spec 11 §5)."""

# ruff: noqa: N815 - the members are spelt as on the wire

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.orchestration.expand import wire_time

if TYPE_CHECKING:
    from penstock.workflows.stored import Outline, Version


class SavedWorkflow(msgspec.Struct):
    """What a document was saved as: ``<retailer id>-<name>::<version>``."""

    entityId: str
    eventStatus: str = "COMPLETE"


class WorkflowOutline(msgspec.Struct):
    """A version of a workflow, without what is in it."""

    id: str
    name: str
    entityType: str
    entitySubtype: str
    version: str
    retailerId: str
    description: str | None
    versionComment: str | None
    createdBy: str | None
    createdOn: str


class WorkflowPage(msgspec.Struct):
    """A page of workflows or of versions, and how many there are."""

    start: int
    count: int
    total: int
    results: list[WorkflowOutline]


class StoredWorkflow(msgspec.Struct):
    """A version of a workflow, as its author wrote it."""

    id: str
    retailerId: str
    name: str
    version: str
    entityType: str
    entitySubtype: str
    createdBy: str | None
    createdOn: str
    rulesets: list[dict[str, Any]]
    statuses: list[dict[str, Any]]


class ComparedChange(msgspec.Struct, rename={"from_": "from"}):
    """Something that differs; null on the side where it is not."""

    place: str
    from_: Any
    to: Any


class ComparedRuleset(msgspec.Struct):
    """Which ruleset, by what it is known by."""

    name: str
    type: str
    subtype: str
    eventType: str
    triggers: list[str]


class ChangedRuleset(ComparedRuleset):
    """A ruleset that both versions have, and what differs in it."""

    changes: list[ComparedChange]


class Comparison(msgspec.Struct, rename={"from_": "from"}):
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
        entityType=document["entityType"],
        entitySubtype=document["entitySubtype"],
        version=version.version,
        retailerId=str(version.retailer_id),
        description=document.get("description"),
        versionComment=document.get("versionComment"),
        createdBy=version.created_by,
        createdOn=wire_time(version.created_on),
    )
