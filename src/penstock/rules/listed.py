"""A rule again, from its entry in the rule list: to be looked at, or called, where its code is elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules.declaration import Prop, PropType, Rule

if TYPE_CHECKING:
    from penstock.rules.declaration import RuleFunction


def rule_of(name: str, entry: dict[str, Any], function: RuleFunction | None = None) -> Rule:
    """Return what a rule declares; ``name`` is without the account, ``entry`` of ``rule_list``."""
    accepts = tuple(info["entityType"] for info in entry["ruleInfo"]["accepts"])
    props = tuple(_prop(parameter) for parameter in entry["parameters"])
    rule = Rule(name, entry["description"], accepts, props, function=function)
    rule.by_name.update((prop.name, prop) for prop in props)
    return rule


def _prop(parameter: dict[str, Any]) -> Prop:
    given: dict[str, Any] = {"default": parameter["defaultValue"]} if "defaultValue" in parameter else {}
    about = (parameter["name"], parameter["description"], PropType(parameter["type"]), parameter["multiple"])
    return Prop(*about, **given)
