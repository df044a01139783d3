"""Conditions of sourcing profiles: paths, operators and scopes (spec 22 §9)."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.sourcing.profile import CONDITIONS, Params, ProfileError, SourcingContext
from penstock.sourcing.profile.operators import MISSING, OPERATORS
from penstock.sourcing.profile.paths import values_at

PATH = CONDITIONS.find("fc.sourcing.condition.path", "test")
ITEMS: dict[str, Any] = {
    "createdOn": "2026-11-27T10:00Z",
    "totalPrice": 999.99,
    "vip": True,
    "nothing": None,
    "empty": [],
    "attributes": {"byName": {"loyalty.tier": "GOLD", "gift": True, "gift.card": "BIRTHDAY", "a": [1, 2], "a.b": 3}},
    "items": [
        {"product": {"ref": "A", "categories": [{"ref": "SHOES"}], "size": 1}},
        {"product": {"ref": "B", "categories": [{"ref": "BULKY"}]}},
    ],
}


def holds(path: str, operator: str, value: Any = None, scope: str | None = None) -> bool:
    params = {"path": path, "operator": operator, "value": value, "conditionScope": scope}
    return PATH.holds(SourcingContext(ITEMS), PATH.read(Params.of("test", params)))


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("totalPrice", [999.99]),
        ("items.product.ref", ["A", "B"]),
        ("items.product.categories.ref", ["SHOES", "BULKY"]),
        ("items.product.size", [1, MISSING]),
        ("items.product.colour", [MISSING, MISSING]),
        ("attributes.byName.loyalty.tier", ["GOLD"]),
        ("attributes.byName.gift", [True]),
        ("attributes.byName.gift.card", ["BIRTHDAY"]),
        ("attributes.byName.gift.wrap", [MISSING]),
        ("attributes.byName.a.b", [3]),
        ("nothing", [MISSING]),
        ("nothing.more", [MISSING]),
        ("totalPrice.more", [MISSING]),
        ("empty", []),
        ("empty.ref", []),
    ],
)
def test_paths_make_lists_flat(path: str, values: list[Any]) -> None:
    assert values_at(ITEMS, path.split(".")) == values


@pytest.mark.parametrize(
    ("operator", "left", "right", "expected"),
    [
        ("between", "2026-11-27T10:00Z", {"from": "2026-11-27T00:00Z", "to": "2026-11-30T23:59Z"}, True),
        ("between", "2026-11-27T10:00Z", ["2026-11-27T10:00:00+00:00", "2026-11-27T11:00+01:00"], True),
        ("between", 5, [5, 7], True),
        ("between", 7, [5, 7], True),
        ("between", 7.01, [5, 7], False),
        ("greater_than", 10, 9, True),
        ("greater_than", 9, 9, False),
        ("greater_than", "10", 9, True),  # a number beside a text that is one
        ("greater_than", "10", "9", False),  # two texts
        ("greater_than_or_equals", 999.99, 1000, False),
        ("greater_than_or_equals", 0.3, 0.30, True),
        ("less_than", "2026-11-27T10:00+02:00", "2026-11-27T09:00Z", True),  # 08:00 in UTC
        ("less_than", "2026-11-27", "2026-11-27T00:00:01Z", True),
        ("less_than", "b", "a", False),
        ("less_than_or_equals", 2, 2, True),
        ("less_than_or_equals", 2, "two", True),  # as texts
        ("equals", 10.0, 10, True),
        ("equals", "GOLD", "gold", False),
        ("equals", True, True, True),
        ("equals", True, "true", True),
        ("equals", {"a": 1}, {"a": 1}, True),
        ("equals", "1e400", 1, False),
        ("equals", "NaN", 1, False),
        ("not_equals", 10, 10, False),
        ("not_equals", "a", "b", True),
        ("in", "GOLD", ["GOLD", "PLATINUM"], True),
        ("in", "gold", ["GOLD"], False),
        ("in", "GOLD", "GOLD", True),
        ("in", 1, ["1"], False),
        ("in", True, [1], False),
        ("not_in", "GOLD", ["SILVER"], True),
        ("not_in", "GOLD", ["GOLD"], False),
    ],
)
def test_operators(*, operator: str, left: Any, right: Any, expected: bool) -> None:
    assert OPERATORS[operator](Params.of("test", {"value": right}))(left) is expected


CATEGORY, SIZE = "items.product.categories.ref", "items.product.size"


@pytest.mark.parametrize(
    ("path", "operator", "value", "scope", "expected"),
    [
        (CATEGORY, "in", ["BULKY"], "ANY", True),
        (CATEGORY, "in", ["BULKY"], "ALL", False),
        (CATEGORY, "in", ["BULKY"], "NONE", False),
        (CATEGORY, "in", ["TOYS"], "NONE", True),
        (CATEGORY, "in", ["SHOES", "BULKY"], None, True),  # ALL
        ("empty", "in", ["A"], "ALL", True),
        ("empty", "in", ["A"], "ANY", False),
        ("empty", "in", ["A"], "NONE", True),
        (SIZE, "equals", 1, "ANY", True),
        (SIZE, "equals", 1, "ALL", False),  # one item has no size
        (SIZE, "not_equals", 1, "ANY", False),
        (SIZE, "exists", None, "ANY", True),
        (SIZE, "exists", None, "ALL", False),
        (SIZE, "not_exists", None, "ANY", True),
        ("totalPrice", "exists", None, None, True),
        ("totalPrice", "not_exists", None, None, False),
        ("nothing", "exists", None, None, False),
        ("nothing", "not_exists", None, None, True),
        ("no.where", "not_exists", None, None, True),
        ("no.where", "not_in", ["A"], None, False),
        ("no.where", "in", ["A"], "NONE", False),
    ],
)
def test_scopes(*, path: str, operator: str, value: Any, scope: str | None, expected: bool) -> None:
    assert holds(path, operator, value, scope) is expected


@pytest.mark.parametrize(("operator", "warnings"), [("in", 1), ("exists", 1), ("not_exists", 0)])
def test_a_path_that_leads_nowhere_is_worth_one_warning(operator: str, warnings: int) -> None:
    context = SourcingContext(ITEMS)
    given = PATH.read(Params.of("strategy S, condition c", {"path": "no.where", "operator": operator, "value": 1}))
    for _ in range(2):
        PATH.holds(context, given)
    assert context.warnings == ["strategy S, condition c: there is nothing at the path no.where"] * warnings


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"operator": "in", "value": 1}, "the parameter path is missing"),
        ({"path": 5, "operator": "in", "value": 1}, "path must be a dotted path"),
        ({"path": "ref", "value": 1}, "operator must be one of between"),
        ({"path": "ref", "operator": "like", "value": 1}, "operator must be one of between"),
        ({"path": "ref", "operator": ["in"], "value": 1}, "operator must be one of between"),
        ({"path": "ref", "operator": "in"}, "the parameter value is missing"),
        ({"path": "ref", "operator": "between", "value": 5}, "value must be a range"),
        ({"path": "ref", "operator": "between", "value": [1, 2, 3]}, "value must be a range"),
        ({"path": "ref", "operator": "between", "value": {"from": 1}}, "value must be a range"),
        ({"path": "ref", "operator": "in", "value": 1, "conditionScope": "SOME"}, "conditionScope must be one of ALL"),
        ("path", "params must be an object or a list of names and values"),
        ([{"path": "ref"}], "params must be an object or a list of names and values"),
    ],
)
def test_bad_parameters(params: Any, message: str) -> None:
    with pytest.raises(ProfileError, match=message) as failed:
        PATH.read(Params.of("strategy S, condition c", params))
    assert failed.value.message.startswith("strategy S, condition c: ")


def test_parameters_may_come_as_a_list_of_names_and_values() -> None:
    listed = [{"name": "path", "value": "totalPrice"}, {"name": "operator", "value": "exists"}]
    assert PATH.holds(SourcingContext(ITEMS), PATH.read(Params.of("test", listed)))
