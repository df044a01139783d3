"""Values in a document: read from its syntax once, evaluated with each request's literals and variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql.language import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)


class _Absent:
    """What an argument is whose variable was not given."""


ABSENT = _Absent()


@dataclass(slots=True)
class Inputs:
    """What one request brings to its document: the lifted literals and the coerced variables."""

    literals: list[Any]
    variables: dict[str, Any]


Reader = Callable[[Inputs], Any]


def reader(node: ValueNode, lifted: Mapping[int, int]) -> Reader:
    """Return the function that evaluates a value; ``lifted`` maps places in the text to literals."""
    match node:
        case VariableNode():
            name = node.name.value
            return lambda inputs: inputs.variables.get(name, ABSENT)
        case ListValueNode():
            elements = [reader(v, lifted) for v in node.values]
            return lambda inputs: [None if (v := e(inputs)) is ABSENT else v for e in elements]
        case ObjectValueNode():
            fields = [(f.name.value, reader(f.value, lifted)) for f in node.fields]
            return lambda inputs: {n: v for n, read in fields if (v := read(inputs)) is not ABSENT}
    index = lifted.get(node.loc.start) if node.loc else None
    if index is not None:
        return lambda inputs: inputs.literals[index]
    constant = _constant(node)
    return lambda _inputs: constant


def _constant(node: ValueNode) -> Any:
    match node:
        case NullValueNode():
            return None
        case BooleanValueNode() | EnumValueNode() | StringValueNode():
            return node.value
        case IntValueNode():
            return int(node.value)
        case FloatValueNode():
            return float(node.value)
    raise TypeError(f"not a value: {node.kind}")
