"""The changed document of a dry run, checked as far as the engine reads it."""

from __future__ import annotations

from typing import Any

import msgspec

from penstock.errors import InvalidValueError
from penstock.model.registry import ALIASES, MODEL
from penstock.orchestration.workflow import Workflow


class _Rule(msgspec.Struct):
    name: str
    props: dict[str, Any] | None = None


class _Trigger(msgspec.Struct):
    status: str


class _Ruleset(msgspec.Struct, rename="camel"):
    name: str
    type: str
    subtype: str | None = None
    event_type: str | None = None
    rules: list[_Rule] | None = None
    triggers: list[_Trigger] | None = None


class _Document(msgspec.Struct, rename="camel"):
    """What of a document the engine reads."""

    version: str
    entity_type: str
    rulesets: list[_Ruleset]
    name: str | None = None


def changed_workflow(document: dict[str, Any]) -> Workflow:
    """Return the changed workflow of a dry run.

    Raises:
        InvalidValueError: it is no workflow document, or one of entities that lead no workflow.
    """
    try:
        msgspec.convert(document, _Document)
        changed = Workflow(document)
    except (msgspec.ValidationError, ValueError) as error:
        raise InvalidValueError(f"workflow is no workflow document: {error}.") from error
    entities = MODEL.of_event(ALIASES.get(document["entityType"], document["entityType"]))
    if not any(MODEL.root(e)[1] == "id" for e in entities):
        raise InvalidValueError(
            f"workflow has entityType {document['entityType']}: no entity of that type leads a workflow; "
            "ORDER, LOCATION and INVENTORY_CATALOGUE do."
        )
    return changed
