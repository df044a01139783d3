"""What a rule says about itself, and where the rules of the library are kept (spec 13 §8)."""

from __future__ import annotations

from penstock.rules.declaration.attributes import Attribute, AttributeType
from penstock.rules.declaration.effects import SAME, Creates, Sends, Sets, filled, placeholder
from penstock.rules.declaration.props import EVENT_NAME, REQUIRED, Prop, PropType
from penstock.rules.declaration.rule import REGISTRY, Result, Rule, RuleFunction, SetFunction, rule, set_rule

__all__ = [
    "EVENT_NAME",
    "REGISTRY",
    "REQUIRED",
    "SAME",
    "Attribute",
    "AttributeType",
    "Creates",
    "Prop",
    "PropType",
    "Result",
    "Rule",
    "RuleFunction",
    "Sends",
    "SetFunction",
    "Sets",
    "filled",
    "placeholder",
    "rule",
    "set_rule",
]
