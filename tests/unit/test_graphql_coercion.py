"""Values become what their types say, leniently (spec 12 §1, §2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import GraphQLInputField, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, GraphQLString, type_from_ast
from graphql.language import parse_type

from penstock.api.graphql.coercion import coercer
from penstock.api.graphql.failures import WrongValueError
from penstock.api.graphql.schema import schema


def coerce(type_: str, value: Any) -> Any:
    made: Any = type_from_ast(schema(), parse_type(type_))
    return coercer(made)(value)


MOMENT = datetime(2024, 5, 6, 1, 5, 45, 120_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("type_", "given", "expected"),
    [
        ("ID", 5, "5"),
        ("ID", "5", "5"),
        ("Int", "7", 7),
        ("Int", 7.0, 7),
        ("Float", "60.00", 60.0),
        ("Float", 1, 1.0),
        ("String", None, None),
        ("[String]", "a", ["a"]),
        ("[[String]]", ["a", "b"], [["a"], ["b"]]),
        ("[String]", [None], [None]),
        ("DateTime", "2024-05-06T01:05:45.120Z", MOMENT),
        ("DateTime", "2024-05-06T03:05:45.12+02:00", MOMENT),
        ("DateTime", "2024-05-06T01:05:45Z", MOMENT.replace(microsecond=0)),
        ("Json", {"a": [1, None]}, {"a": [1, None]}),
        ("DateRange", {"from": "2024-05-06T01:05:45.120Z"}, {"from": MOMENT}),
        ("[AttributeInput]", {"name": "a", "type": "b", "value": 1}, [{"name": "a", "type": "b", "value": 1}]),
        (
            "CreateOrderItemWithOrderInput",
            {"ref": "a", "productRef": "b", "quantity": "2", "price": "1.5"},
            {"ref": "a", "productRef": "b", "quantity": 2, "price": 1.5},
        ),
    ],
)
def test_values_are_coerced_and_stay(type_: str, given: Any, expected: Any) -> None:
    once = coerce(type_, given)
    assert once == expected
    assert coerce(type_, once) == expected


@pytest.mark.parametrize(
    ("type_", "given", "code", "names"),
    [
        ("String", 5, None, "5"),
        ("String", "a\0", "C0160E", "U+0000"),
        ("Int", "seven", None, "seven"),
        ("Int", 2**31, None, "32-bit"),
        ("Int", True, None, "True"),
        ("Float", "inf", None, "inf"),
        ("Boolean", "true", None, "true"),
        ("ID", 1.5, None, "1.5"),
        ("String!", None, "C0140E", "required"),
        ("DateTime", "2024-13-01", "C0100E", "2024-13-01"),
        ("DateTime", 5, "C0100E", "5"),
        ("RetailerId", {}, "C0140E", "id"),
        ("RetailerId", {"id": 1, "ref": 2}, None, "'ref'"),
        ("RetailerId", "1", None, "RetailerId"),
        ("[RetailerId]", [{"id": 1}, {"id": None}], "C0140E", "1.id"),
    ],
)
def test_what_does_not_fit_is_refused(type_: str, given: Any, code: str | None, names: str) -> None:
    with pytest.raises(WrongValueError) as caught:
        coerce(type_, given)
    error = caught.value.within("$x").error()
    assert error["extensions"].get("code") == code
    assert names in error["message"]
    assert "$x" in error["message"]


def test_input_types_may_name_themselves() -> None:
    node: Any = GraphQLInputObjectType(
        "Node",
        lambda: {
            "name": GraphQLInputField(GraphQLNonNull(GraphQLString)),
            "below": GraphQLInputField(GraphQLList(node)),
        },
    )
    assert coercer(node)({"name": "a", "below": {"name": "b"}}) == {"name": "a", "below": [{"name": "b"}]}
