"""The rules that a document calls: installed, and given what they need (spec 13 §2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from penstock.errors import shown
from penstock.rules.declaration import Rule
from penstock.workflows.checking.finding import Finding, Node, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator

Resolve = Callable[[str], Rule | None]


def unknown_rules(document: Node, resolve: Resolve) -> Iterator[Finding]:
    """Yield the rules that are not installed, and the mandatory properties that are not given."""
    for place, ruleset in objects(document, "rulesets"):
        for here, call in objects(ruleset, "rules", place):
            if name := text(call, "name"):
                yield from _call(here, name, call, resolve(name))


def _call(place: str, name: str, call: Node, rule: Rule | None) -> Iterator[Finding]:
    if rule is None:
        yield Finding(f"{place}.name", f"is {shown(name)}, a rule that is not installed.")
        return
    given = call.get("props")
    props = given if isinstance(given, dict) else {}
    for prop in rule.props:
        if prop.required and props.get(prop.name) is None:
            yield Finding(f"{place}.props.{prop.name}", f"is missing; the rule {name} needs it: {prop.description}.")
