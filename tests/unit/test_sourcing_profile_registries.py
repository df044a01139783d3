"""What user interfaces are told of conditions and criteria (spec 22 §9, §10)."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.sourcing.profile import CONDITIONS, CRITERIA, Params
from penstock.sourcing.profile.registries import registries

TOLD = registries()
CONDITION_ENTRIES: list[dict[str, Any]] = TOLD["fc.rubix.order.sourcing.conditions"]["conditions"]
CRITERION_ENTRIES: list[dict[str, Any]] = TOLD["fc.rubix.order.sourcing.criteria"]["criteria"]
# What somebody enters, by component.
ENTERED = {
    "text": "customer.ref",
    "texts": ["A", "B"],
    "number": 5,
    "numbers": [5, 10],
    "numberRange": {"from": 5, "to": 10},
    "datetime": "2026-11-27T10:00Z",
    "datetimeRange": {"from": "2026-11-27T00:00Z", "to": "2026-11-30T23:59Z"},
    "json": ["GOLD"],
    "object": {"STORE": 2},
}


def entered(entry: dict[str, Any]) -> Params:
    """Return the parameters that somebody gives who fills in all that an entry offers."""
    values = {}
    for param in entry["params"]:
        first = [option["value"] for option in param.get("options", [])][:1]
        values[param["name"]] = param.get("value", first[0] if first else ENTERED[param["component"]])
    if values.get("operator") == "between" and isinstance(values["value"], list):
        values["value"] *= 2
    return Params(entry["name"], values)


@pytest.mark.parametrize("entry", CONDITION_ENTRIES, ids=lambda entry: entry["name"])
def test_what_is_offered_of_conditions_can_be_read(entry: dict[str, Any]) -> None:
    assert CONDITIONS.by_type[entry["type"]].read(entered(entry))


@pytest.mark.parametrize("entry", CRITERION_ENTRIES, ids=lambda entry: entry["name"])
def test_what_is_offered_of_criteria_can_be_read(entry: dict[str, Any]) -> None:
    assert CRITERIA.by_type[entry["type"]].read(entered(entry))
    assert entry["tags"]


def test_every_type_is_told_once_by_name() -> None:
    for entries, known in ((CONDITION_ENTRIES, CONDITIONS), (CRITERION_ENTRIES, CRITERIA)):
        names = [entry["name"] for entry in entries]
        assert len(names) == len(set(names))
        assert {entry["type"] for entry in entries} == set(known.by_type)


def test_names_and_parameters_are_those_of_the_reference() -> None:
    conditions = {entry["name"]: entry for entry in CONDITION_ENTRIES}
    dates = ("Between", "GreaterThan", "GreaterThanOrEquals", "LessThan", "LessThanOrEquals")
    assert {f"orderCreationDate{operator}" for operator in dates} <= conditions.keys()
    between = conditions["orderCreationDateBetween"]
    assert (between["type"], between["tags"]) == ("fc.sourcing.condition.path", ["Order"])
    assert [(p["name"], p.get("value")) for p in between["params"]] == [
        ("path", "createdOn"),
        ("operator", "between"),
        ("value", None),
    ]
    assert "conditionScope" in {p["name"] for p in conditions["productCategoryIn"]["params"]}
    params = {entry["name"]: [p["name"] for p in entry["params"]] for entry in CRITERION_ENTRIES}
    assert params["locationDistance"] == params["orderValue"] == []
    assert params["locationTypeExclusion"] == params["networkPriority"] == ["value"]
    assert params["locationDistanceBanded"] == ["value", "valueUnit"]
