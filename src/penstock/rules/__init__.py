"""The rule library and what rules are made of.

``from penstock.rules import rule, Prop, SetState ...`` is all that a rule needs to import.
"""

from __future__ import annotations

from penstock.rules.actions import Action, Create, Join, Log, Mail, Promise, SendEvent, Update, Webhook
from penstock.rules.context import Ask, AskAll, Context, Event
from penstock.rules.declaration import (
    EVENT_NAME,
    REGISTRY,
    SAME,
    Attribute,
    AttributeType,
    Creates,
    Prop,
    PropType,
    Rule,
    Sends,
    Sets,
    rule,
    set_rule,
)
from penstock.rules.failures import RuleError, RuleExecutionError

__all__ = [
    "EVENT_NAME",
    "REGISTRY",
    "SAME",
    "Action",
    "Ask",
    "AskAll",
    "Attribute",
    "AttributeType",
    "Context",
    "Create",
    "Creates",
    "Event",
    "Join",
    "Log",
    "Mail",
    "Promise",
    "Prop",
    "PropType",
    "Rule",
    "RuleError",
    "RuleExecutionError",
    "SendEvent",
    "Sends",
    "Sets",
    "Update",
    "Webhook",
    "rule",
    "set_rule",
]
