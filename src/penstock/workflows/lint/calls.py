"""Rules that are called: installed, made for the entity, with the properties that they take."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from penstock.rules.declaration import SAME
from penstock.workflows.lint.documents import canonical, unknown
from penstock.workflows.lint.finding import Finding, error, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.rules import Prop, Rule
    from penstock.workflows.lint.documents import Call, Node
    from penstock.workflows.lint.flow import World


def calls(world: World) -> Iterator[Finding]:
    """Yield what is wrong with calls of rules."""
    for node in world.nodes:
        for call in node.calls:
            if call.rule is None:
                message = f"rule {call.name} is not installed"
                advice = "install the plugin that brings it, or take a rule of `docs/reference/rules.md`"
                yield error("rule-not-installed", node.document.name, call.place, message, advice)
            else:
                yield from _accepts(node, call, call.rule)
                yield from _props(world, node, call, call.rule)


def _accepts(node: Node, call: Call, rule: Rule) -> Iterator[Finding]:
    if rule.accepts and node.type not in map(canonical, rule.accepts):
        message = f"{rule.name} is made for {', '.join(rule.accepts)}, not for {node.type}"
        advice = "send an event to an entity of such a type, and call the rule in its ruleset"
        yield warning("rule-does-not-accept", node.document.name, call.place, message, advice)


def _props(world: World, node: Node, call: Call, rule: Rule) -> Iterator[Finding]:
    workflow = node.document.name
    for name in call.props.keys() - rule.by_name.keys():
        message = f"{rule.name} does not know the property {name}: it has no effect"
        near = get_close_matches(name, rule.by_name, 1)
        advice = f"is {near[0]} meant?" if near else f"it takes {', '.join(rule.by_name) or 'none'}"
        yield warning("prop-unknown", workflow, f"{call.place} > props.{name}", message, advice)
    for prop in rule.props:
        place, value = f"{call.place} > props.{prop.name}", call.props.get(prop.name)
        if value is not None:
            yield from _value(world, node, place, prop, value)
        elif prop.required:
            message = f"{rule.name} needs the property {prop.name}: {prop.description}"
            yield error("prop-missing", workflow, place, message, f"give {prop.name}, a value of type {prop.type}")


def _value(world: World, node: Node, place: str, prop: Prop, value: Any) -> Iterator[Finding]:
    values = value if prop.multiple and isinstance(value, list) else [value]
    for single in values:
        problem = None if unknown(single) else prop.problem(single)
        if problem is not None:
            message = f"{prop.name} {problem}"
            yield error("prop-type", node.document.name, place, message, f"give {prop.description}")
            return
    if prop.status_of:
        yield from _statuses(world, node, place, prop, [str(v) for v in values if not unknown(v)])


def _statuses(world: World, node: Node, place: str, prop: Prop, named: list[str]) -> Iterator[Finding]:
    """Yield the statuses that no workflow of the entity type declares; nothing where none is looked at."""
    type_ = node.type if prop.status_of == SAME else canonical(prop.status_of)
    homes = [home for home in world.homes(node.document, type_) if home.statuses.get(type_)]
    for status in named if homes else ():
        if not any(status in home.statuses[type_] for home in homes):
            message = f"{type_} has no status {status} in {', '.join(home.name for home in homes)}"
            advice = f'add {{"name": "{status}", "entityType": "{type_}", "category": ...}} to statuses, or correct it'
            yield warning("status-not-declared", node.document.name, place, message, advice)
