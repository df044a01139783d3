"""Workflow documents as text: the same document is always the same text, and a change is few lines."""

from __future__ import annotations

import json
from typing import Any

_WIDTH = 120
_STEP = "  "
_FIRST = (
    *("name", "entityType", "entitySubtype", "version", "description", "retailerId", "settings"),
    *("type", "subtype", "eventType", "triggers", "rules", "userActions"),  # of a ruleset, behind name and description
)
_LAST = ("rulesets", "statuses")
# What each save gives a version of its own; it is no part of the workflow.
_OWN = ("id", "createdBy", "createdOn", "versionComment")


def written(document: dict[str, Any]) -> str:
    """Return a document as text that ends with a line: members in a fixed order, short values on one line."""
    return _text(_ordered(kept(document)), 0) + "\n"


def kept(document: dict[str, Any]) -> dict[str, Any]:
    """Return a stored document as its author wrote it, without what the save gave its version."""
    return {key: value for key, value in document.items() if key not in _OWN and value is not None}


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=_rank)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def _rank(key: str) -> tuple[int, int, str]:
    if key in _FIRST:
        return 0, _FIRST.index(key), key
    return 1 + (key in _LAST), 0, key


def _text(value: Any, depth: int) -> str:
    short = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(short) + depth * len(_STEP) < _WIDTH or not value:
        return short
    inner = _STEP * (depth + 1)
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(key, ensure_ascii=False)}: {_text(v, depth + 1)}" for key, v in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{_STEP * depth}}}"
    return "[\n" + ",\n".join(f"{inner}{_text(v, depth + 1)}" for v in value) + f"\n{_STEP * depth}]"
