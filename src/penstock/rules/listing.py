"""Rules as the rule list gives them (spec 11 §7): names, descriptions and parameters, from the declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.rules.declaration import Prop, Rule


def rule_list(account: str, rules: Iterable[Rule]) -> dict[str, dict[str, Any]]:
    """Return the rules by full name, ``<account>.<namespace>.<Rule>``, as JSON in the shape of spec 11 §7."""
    return {f"{account}.{rule.name}": _entry(rule) for rule in sorted(rules, key=lambda r: r.name)}


def _entry(rule: Rule) -> dict[str, Any]:
    name = rule.name.rpartition(".")[2]
    about = {"name": name, "description": rule.description}
    accepts = [{"eventName": "", "entityType": e, "entitySubtype": "", "status": ""} for e in rule.accepts]
    return {
        **about,
        "ruleInfo": {**about, "accepts": accepts, "produces": [], "ruleException": []},
        "eventAttributes": [{"name": a, "type": "STRING"} for a in rule.attributes],
        "parameters": [_parameter(p) for p in rule.props],
    }


def _parameter(prop: Prop) -> dict[str, Any]:
    about = {
        "name": prop.name,
        "description": prop.description,
        "type": str(prop.type),
        "multiple": prop.multiple,
    }
    return about if prop.required else {**about, "defaultValue": prop.default}
