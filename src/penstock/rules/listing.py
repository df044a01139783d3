"""The rule list: what the editor of workflows, and whoever checks them, know of each rule (spec 11 §7, 13 §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.registry import MODEL
from penstock.rules.declaration import SAME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.rules.declaration import Attribute, Creates, Prop, Rule, Sends

_ORCHESTRATED = tuple(sorted({str(e.event) for e in MODEL.entities if e.orchestrated and e.event}))


def rule_list(account: str, rules: Iterable[Rule]) -> dict[str, dict[str, Any]]:
    """Return the rules by full name, ``<account>.<namespace>.<Rule>``, as JSON in the shape of spec 11 §7.

    Empty texts mean "any". Texts in braces stand for parameters, and the words "same" for the type of the
    incoming event. Beyond the specified shape there is all else that a rule declares, so that
    :func:`penstock.rules.listed.rule_of` can make the declaration again.
    """
    return {f"{account}.{rule.name}": _entry(rule) for rule in sorted(rules, key=lambda r: r.name)}


def _entry(rule: Rule) -> dict[str, Any]:
    about = {"name": rule.name.rpartition(".")[2], "description": rule.description}
    return {
        **about,
        "ruleInfo": {
            **about,
            "accepts": [_info("", entity) for entity in rule.accepts or _ORCHESTRATED],
            "produces": _produces(rule),
            "ruleException": _exceptions(rule),
        },
        "eventAttributes": [_attribute(a) for a in rule.event_attributes],
        "parameters": [_parameter(p) for p in rule.props],
        "setsStatus": [{"status": s.status, "entityType": s.of} for s in rule.sets],
        "creates": [{"entity": c.entity, "status": c.status} for c in rule.creates],
        "asks": [kind.__name__ for kind in rule.asks],
        "reads": list(rule.reads),
        "sendsWebhook": rule.webhooks,
        "sendsMail": rule.mails,
    }


def _info(event: str, entity: str, subtype: str = "", status: str = "") -> dict[str, Any]:
    return {"eventName": event, "entityType": entity, "entitySubtype": subtype, "status": status}


def _produces(rule: Rule) -> list[dict[str, Any]]:
    """Return the events that the rule sends, and the CREATE events of what it creates; none that are seldom heard."""
    return [_sent(s) for s in rule.sends if not s.heard] + [c for made in rule.creates for c in _created(made)]


def _sent(sends: Sends) -> dict[str, Any]:
    same = SAME if sends.to == SAME else ""
    info = _info(sends.event, sends.to, sends.subtype or same, sends.status or same)
    return info | {
        "scheduled": sends.scheduled,
        "conditional": sends.gate,
        "forwardsAttributes": sends.forwards,
        "attributes": [_attribute(a) for a in sends.adds],
    }


def _created(made: Creates) -> list[dict[str, Any]]:
    entity = MODEL.entity(made.entity)
    return [_info("CREATE", str(entity.event), "", made.status)] if entity.orchestrated else []


def _exceptions(rule: Rule) -> list[dict[str, Any]]:
    failing = [{"name": "RuleError", "code": code, "description": when} for code, when in sorted(rule.fails.items())]
    raised = {"name": "RuleExecutionError", "code": 200, "description": rule.raises}
    return [*failing, *([raised] if rule.raises else [])]


def _attribute(attribute: Attribute) -> dict[str, Any]:
    return {
        "name": attribute.name,
        "type": str(attribute.type),
        "required": attribute.required,
        "description": attribute.description,
    }


def _parameter(prop: Prop) -> dict[str, Any]:
    entry = {
        "name": prop.name,
        "description": prop.description,
        "type": str(prop.type),
        "multiple": prop.multiple,
        "required": prop.required,
    }
    if not prop.required:
        entry["defaultValue"] = prop.default
    entry |= {"values": list(prop.values)} if prop.values else {}
    return entry | ({"statusOf": prop.status_of} if prop.status_of else {})
