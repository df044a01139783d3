"""A rule again, from its entry in the rule list: to be looked at by editors and linters where its code is elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from penstock.rules import questions
from penstock.rules.declaration import (
    SAME,
    Attribute,
    AttributeType,
    Creates,
    Prop,
    PropType,
    Rule,
    RuleFunction,
    Sends,
    Sets,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Entry = dict[str, Any]

_QUESTIONS: dict[str, type] = {kind.__name__: kind for kind in get_args(questions.Question)}


def rule_of(name: str, entry: Entry, function: RuleFunction | None = None) -> Rule:
    """Return what a rule declares; ``name`` is without the account, ``entry`` of :func:`rule_list`.

    Of a rule for any entity it lists every type. What an entry does not tell counts as not declared.
    """
    info: Entry = entry["ruleInfo"]
    failures = [(e["code"], e["description"], e["name"]) for e in info.get("ruleException", ())]
    return Rule(
        name,
        entry["description"],
        tuple(accepted["entityType"] for accepted in info["accepts"]),
        tuple(map(_prop, entry["parameters"])),
        _attributes(entry.get("eventAttributes", ())),
        sends=tuple(_sends(p) for p in info.get("produces", ()) if "conditional" in p),
        sets=tuple(Sets(s["status"], s["entityType"]) for s in entry.get("setsStatus", ())),
        creates=tuple(Creates(c["entity"], c["status"]) for c in entry.get("creates", ())),
        asks=tuple(_QUESTIONS[kind] for kind in entry.get("asks", ()) if kind in _QUESTIONS),
        reads=tuple(entry.get("reads", ())),
        webhooks=entry.get("sendsWebhook", False),
        mails=entry.get("sendsMail", False),
        fails={code: when for code, when, kind in failures if kind == "RuleError"},
        raises=next((when for _, when, kind in failures if kind == "RuleExecutionError"), ""),
        function=function,
    )


def _sends(produced: Mapping[str, Any]) -> Sends:
    subtype, status = ("" if produced[key] == SAME else produced[key] for key in ("entitySubtype", "status"))
    return Sends(
        produced["eventName"],
        produced["entityType"],
        subtype,
        status,
        produced["conditional"],
        produced["scheduled"],
        _attributes(produced["attributes"]),
        produced["forwardsAttributes"],
    )


def _attributes(given: Iterable[Mapping[str, Any]]) -> tuple[Attribute, ...]:
    given = list(given)
    if wrong := [a["name"] for a in given if not isinstance(a["name"], str)]:
        raise TypeError(f"{wrong[0]} is no name of an attribute")  # an uploaded rule may declare anything
    return tuple(
        Attribute(a["name"], AttributeType(a["type"]), a.get("description", ""), a.get("required", True)) for a in given
    )


def _prop(parameter: Mapping[str, Any]) -> Prop:
    given: dict[str, Any] = {"default": parameter["defaultValue"]} if "defaultValue" in parameter else {}
    return Prop(
        parameter["name"],
        parameter["description"],
        PropType(parameter["type"]),
        parameter["multiple"],
        values=tuple(parameter.get("values", ())),
        status_of=parameter.get("statusOf", ""),
        **given,
    )
