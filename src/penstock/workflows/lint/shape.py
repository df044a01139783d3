"""Whether a document has the members that it must have; :mod:`penstock.workflows.checking` knows them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from penstock.workflows.checking.members import WORKFLOW, misshapen
from penstock.workflows.lint.documents import PLACEHOLDER, listed
from penstock.workflows.lint.finding import Finding, error

if TYPE_CHECKING:
    from collections.abc import Iterator

_ADVICE = "a save refuses this: compare with a reference workflow"
_RULESET = re.compile(r"rulesets\[(\d+)\]")


def shape(name: str, document: dict[str, Any]) -> Iterator[Finding]:
    """Yield what is missing or of the wrong kind; such parts are not looked at further."""
    for found in misshapen(_filled(document), WORKFLOW):
        yield error("malformed", name, _place(document, found.place), found.message, _ADVICE)


def _place(document: dict[str, Any], place: str) -> str:
    """Return a place as the linter writes it: with names of rulesets."""
    ruleset = _RULESET.match(place)
    if ruleset is None:
        return place.replace(".", " > ")
    raw = listed(document, "rulesets")[int(ruleset[1])]
    called = f' "{raw.get("name")}"' if isinstance(raw, dict) else ""
    return ruleset[0] + called + place[ruleset.end() :].replace(".", " > ")


def _filled(value: Any) -> Any:
    """Return a document with something in the place of what the deployment tool fills in."""
    if isinstance(value, str):
        return PLACEHOLDER.sub("1", value)
    if isinstance(value, list):
        return [_filled(item) for item in value]
    return {key: _filled(item) for key, item in value.items()} if isinstance(value, dict) else value
