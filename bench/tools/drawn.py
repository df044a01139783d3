"""Documents of really different shapes, drawn from the schema: other lists, fields, aliases and depths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import get_named_type, is_leaf_type, is_required_argument

from penstock.api.graphql.documents.literals import Lifted
from penstock.api.graphql.schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from graphql import GraphQLField

MOST_LEAVES, MOST_BRANCHES, LEVELS = 8, 3, 4
PAGE = 2  # rows of each list: what is measured here is the way of a document, not of rows
_ALIASED = 0.3


def documents(random: Random, count: int) -> list[str]:
    """Return so many queries of lists, no two of which are equal without their literals."""
    kept: dict[str, str] = {}
    for query in _endless(random):
        kept.setdefault(Lifted(query).text, query)
        if len(kept) == count:
            break
    return list(kept.values())


def _endless(random: Random) -> Iterator[str]:
    query = schema().query_type
    assert query is not None
    lists = {name: field for name, field in query.fields.items() if _is_list(field) and not _asks(field)}
    names = sorted(lists)
    while True:
        name = random.choice(names)
        yield f"{{ {_field(random, name, lists[name], LEVELS)} }}"


def _is_list(field: GraphQLField) -> bool:
    return "first" in field.args and get_named_type(field.type).name.endswith("Connection")


def _asks(field: GraphQLField) -> bool:
    """Return whether a field cannot be had without telling it something."""
    return any(map(is_required_argument, field.args.values()))


def _field(random: Random, name: str, field: GraphQLField, levels: int) -> str:
    """Return a field with its selection, under another name now and then."""
    shown = f"{name}{random.randrange(1000)}: {name}" if random.random() < _ALIASED else name
    type_ = get_named_type(field.type)
    if is_leaf_type(type_):
        return shown
    if not _is_list(field):
        return f"{shown} {{ {_selection(random, type_, levels)} }}"
    node = _leads_to(_leads_to(type_, "edges"), "node")
    return f"{shown}(first: {PAGE}) {{ edges {{ node {{ {_selection(random, node, levels)} }} }} }}"


def _leads_to(type_: Any, name: str) -> Any:
    return get_named_type(type_.fields[name].type)


def _selection(random: Random, type_: Any, levels: int) -> str:
    """Select some of a type's values and, while levels are left, of what it leads to."""
    fields = {n: f for n, f in type_.fields.items() if not _asks(f)}
    leaves = sorted(n for n, f in fields.items() if is_leaf_type(get_named_type(f.type)))
    branches = sorted(fields.keys() - leaves) if levels > 1 else []
    chosen = random.sample(leaves, min(len(leaves), random.randint(2, MOST_LEAVES)))
    chosen += random.sample(branches, min(len(branches), random.randint(1, MOST_BRANCHES)))
    return " ".join(_field(random, name, fields[name], levels - 1) for name in chosen) or "__typename"
