"""Virtual catalogues with controls, for tests of rules (spec 21)."""

from __future__ import annotations

from typing import Any

from penstock.rules.questions import (
    ByRef,
    CategoriesOf,
    Matching,
    Setting,
)
from penstock.testing import row

Row = Any
Answers = dict[Any, Any]

REFS = {"inventory_catalogue_ref": "DEFAULT:1", "product_catalogue_ref": "PC:1", "network_ids": ["9"]}
BASE = row("VirtualCatalogue", id=60, ref="BASE:1", type="BASE", status="ACTIVE", control_group_ref="CG", **REFS)
SUMS = row("VirtualCatalogue", id=62, ref="ATS:1", type="AGGREGATE", status="ACTIVE", control_group_ref="CG", **REFS)
GROUP = row("ControlGroup", id=80, ref="CG", status="ACTIVE")
MODE = Setting("oms.controls.quantityBuffer.mode")


def control(scope: str, value: object, type_: str = "QUANTITY_BUFFER", **values: Any) -> Row:
    given = [{"name": "CONTROL_VALUE", "type": "INTEGER", "value": value}]
    about = {"ref": f"CG:{type_}:{scope}", "type": type_, "status": "ACTIVE", "values": given, "control_group_id": 80}
    return row("Control", id=81, **about | values)


class Controlled(dict[Any, Any]):
    """Answers of a catalogue whose group has these controls."""

    def __init__(self, *controls: Row, group: Row | None = GROUP) -> None:
        known: Answers = {ByRef("ControlGroup", "CG"): group, CategoriesOf("a", "PC:1"): ["SHIRTS"]}
        super().__init__(known)
        self._controls = controls

    def __contains__(self, question: object) -> bool:
        """Know the controls by any refs."""
        return _controls(question) or super().__contains__(question)

    def get(self, question: Any, default: Any = None) -> Any:
        """Return those controls whose refs are asked for."""
        if not _controls(question):
            return super().get(question, default)
        refs = dict(question.where)["ref"]
        return [c for c in self._controls if c.ref in refs]


def _controls(question: object) -> bool:
    return isinstance(question, Matching) and question.entity == "Control"


def shown(**values: Any) -> Row:
    about = {"id": 61, "ref": "a:A", "product_ref": "a", "group_ref": "A", "position_id": 500, "quantity": 7}
    return row("VirtualPosition", **about | values)


def summing(**values: Any) -> Row:
    about = {"id": 63, "ref": "a:ATS:1", "product_ref": "a", "group_ref": "ATS:1", "quantity": 1}
    return row("VirtualPosition", **about | values)


def threshold(order: int, units: object, status: str) -> Row:
    context = [{"type": "CATALOGUE", "property": "ref", "value": "DEFAULT:1"}]
    values = [
        {"name": "context", "value": context},
        {"name": "threshold", "value": units},
        {"name": "status", "value": status},
    ]
    about = {"type": "BULK_THRESHOLD", "status": "ACTIVE", "values": values, "execution_order": order}
    return row("Control", ref=f"T{order}", **about)


T0, T1 = threshold(1, 0, "OUT_OF_STOCK"), threshold(2, 3, "AT_RISK")
