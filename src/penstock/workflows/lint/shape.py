"""Whether a document can be looked at: its parts are there and of the right kind (spec 13 §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.workflows.lint.finding import Finding, error

if TYPE_CHECKING:
    from collections.abc import Iterator

_ADVICE = "compare with a reference workflow, or let PUT /api/v4.1/workflow validate the document"
_LISTS = ("rules", "triggers")


def shape(name: str, document: dict[str, Any]) -> Iterator[Finding]:
    """Yield what keeps parts of the document from being looked at."""
    for key in ("entityType", "entitySubtype", "version"):
        if not isinstance(document.get(key), str) or not document[key]:
            yield error("malformed", name, key, f"{key} must be a text, not {document.get(key)!r}", _ADVICE)
    for key in ("rulesets", "statuses"):
        if not isinstance(document.get(key), list):
            yield error("malformed", name, key, f"{key} must be a list", _ADVICE)
            continue
        for index, part in enumerate(document[key]):
            called = f' "{part.get("name")}"' if isinstance(part, dict) and key == "rulesets" else ""
            yield from _part(name, f"{key}[{index}]{called}", key, part)


def _part(name: str, place: str, key: str, part: Any) -> Iterator[Finding]:
    if not isinstance(part, dict):
        yield error("malformed", name, place, f"must be an object, not {part!r}", _ADVICE)
        return
    for needed in ("name", "type" if key == "rulesets" else "entityType"):
        if not isinstance(part.get(needed), str):
            yield error("malformed", name, f"{place} > {needed}", f"must be a text, not {part.get(needed)!r}", _ADVICE)
    if key == "rulesets":
        for inner in (*_LISTS, *(["userActions"] if part.get("userActions") is not None else [])):
            yield from _inner(name, f"{place} > {inner}", part.get(inner))


def _inner(name: str, place: str, value: Any) -> Iterator[Finding]:
    if not isinstance(value, list):
        yield error("malformed", name, place, f"must be a list, not {value!r}", _ADVICE)
        return
    for index, part in enumerate(value):
        if not isinstance(part, dict):
            yield error("malformed", name, f"{place}[{index}]", f"must be an object, not {part!r}", _ADVICE)
