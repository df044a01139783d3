"""Changing a control (spec 21 §4.5)."""

from __future__ import annotations

from typing import Any

from penstock.inventory.control_values import CONTROL_VALUE, checked
from penstock.rules import Attribute, AttributeType, Context, RuleError, Update, rule
from penstock.rules.builtin.common import whole_number
from penstock.rules.builtin.inventory.controls import usable

Row = Any

_VALUE, _ORDER = "controlValue", "executionOrder"


@rule(
    "globalinventory.UpdateControlValue",
    "Set the value of the control, and its place in the order of execution",
    accepts=["CONTROL"],
    attributes=[
        Attribute(_VALUE, AttributeType.INTEGER, required=False),
        Attribute(_ORDER, AttributeType.INTEGER, required=False),
    ],
    fails={400: "the event has neither controlValue nor executionOrder", 422: "controlValue cannot be used"},
)
def update_control_value(context: Context) -> list[Update]:
    """Write ``controlValue`` and ``executionOrder``; what is not given stays."""
    control, given = context.entity, context.event.attributes
    values: dict[str, Any] = {}
    if given.get(_VALUE) is not None:
        with usable():
            values["values"] = _with(control, checked(given[_VALUE], control.type, _VALUE))
    if given.get(_ORDER) is not None:
        values["execution_order"] = whole_number(given[_ORDER], _ORDER)
    if not values:
        raise RuleError(f"the event needs the attribute {_VALUE} or {_ORDER}")
    return [Update(control, values)]


def _with(control: Row, number: int) -> list[dict[str, Any]]:
    """Return the values of a control with another number among them."""
    entry = {"name": CONTROL_VALUE, "type": "INTEGER", "value": number}
    others = [v for v in control.values or () if v.get("name") != CONTROL_VALUE]
    return [*others, entry]
