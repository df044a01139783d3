"""User actions: the buttons that a workflow offers for an entity in a state (spec 11 §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.model.registry import ALIASES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.orchestration.workflow import Workflow

Node = dict[str, Any]


class State(msgspec.Struct, frozen=True):
    """What is shown to a user, where (``module``; None: anywhere), and the only ruleset wanted, if there is one."""

    type: str | None
    subtype: str | None
    status: str | None
    module: str | None = None
    name: str | None = None


def offered(workflow: Workflow, state: State) -> list[Node]:
    """Return the user actions for a state, in document order, as ``{eventName, context, attributes}``."""
    rulesets = (r for r in workflow.document["rulesets"] if _fits(r, state))
    return [action for ruleset in rulesets for action in _actions(ruleset, state.module)]


def _fits(ruleset: Node, state: State) -> bool:
    if not ruleset.get("userActions") or (state.name and ruleset["name"] != state.name):
        return False
    if _one(ruleset["type"]) != _one(state.type or "") or (ruleset.get("subtype") or state.subtype) != state.subtype:
        return False
    statuses = [trigger["status"] for trigger in ruleset.get("triggers") or ()]
    return not statuses or state.status in statuses


def _actions(ruleset: Node, module: str | None) -> Iterator[Node]:
    for action in ruleset["userActions"]:
        contexts = action.get("context") or []
        shown = [c for c in contexts if module is None or module in (c.get("modules") or ())]
        if shown or module is None:
            yield {
                "eventName": action.get("eventName") or ruleset["name"],
                "context": [_context(c) for c in shown],
                "attributes": [_attribute(a) for a in action.get("attributes") or ()],
            }


def _context(given: Node) -> Node:
    return {
        "label": given.get("label") or "",
        "type": given.get("type") or "SECONDARY",
        "modules": given.get("modules") or [],
        "confirm": given.get("confirm") is True,
    }


def _attribute(given: Node) -> Node:
    """Return a field of the form; a client that shows a LIST reads the choices from the setting ``source``."""
    return {
        "name": given["name"],
        "type": given.get("type") or "STRING",
        "label": given.get("label") or given["name"],
        "source": given.get("source") or "",
        "defaultValue": "" if given.get("defaultValue") is None else given["defaultValue"],
        "mandatory": given.get("mandatory") is True,
    }


def _one(type_: str) -> str:
    return ALIASES.get(type_, type_)
