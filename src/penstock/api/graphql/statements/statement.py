"""Statements: the SQL of an operation's root fields, what they need and cost, and how their values are bound."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from penstock.api.graphql.documents.selection import Collector, below
from penstock.api.graphql.statements.levels import inventory_levels
from penstock.api.graphql.statements.lists import root_connection
from penstock.api.graphql.statements.objects import rows_object
from penstock.api.graphql.statements.searches import total, virtual_inventory
from penstock.api.graphql.statements.tables import of_kind
from penstock.api.graphql.statements.text import Json
from penstock.api.graphql.statements.visibility import Reach, bound
from penstock.api.graphql.statements.writer import Claim, Search, Slot, Writer
from penstock.errors import ForbiddenError, TooComplexError
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphql.language import FieldNode

    from penstock.api.graphql.documents.sites import Site, SiteForm
    from penstock.identity.principal import Principal, Scope

MOST_COMPLEX = 11_111
MOST_SHOWN = 2_000_000  # values of one answer: some 40 MB, and a second of the database's time
# What me shows of the user who asks, without any permission (spec 10 §5.3).
OWN = frozenset({"USER_VIEW", "ROLE_VIEW", "PERMISSION_VIEW"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A root field to read: its response key, where it leads, how the row is found, and its nodes."""

    key: str
    target: str
    style: str  # "get", "list", "user" (the one who asks), "written" (by a mutation), "total", "search" or "levels"
    nodes: list[FieldNode]


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement that gives one ``bytea``: ``"key":{...},"key":{...}`` in UTF-8."""

    sql: str
    slots: tuple[Slot, ...]
    needs: frozenset[str]
    cost: int
    shown: int
    claims: tuple[Claim, ...] = ()
    searches: tuple[Search, ...] = ()

    def _check_claims(self, principal: Principal, values: Sequence[Sequence[Any]]) -> None:
        """Raise when a filter names a retailer outside the permission's scope (spec 10 §3.1)."""
        for permission, site, which in self.claims:
            asked = values[site][which]
            for retailer in asked if isinstance(asked, list) else [asked]:
                if not principal.scope(permission).touches(retailer):
                    raise ForbiddenError(f"User does not have permission: {permission} for retailer {retailer}")

    def binds(
        self, principal: Principal, values: Sequence[Sequence[Any]], scopes: Sequence[Scope], written: int | None
    ) -> list[Any]:
        """Return the values of the placeholders."""
        if self.claims:
            self._check_claims(principal, values)
        found: list[Any] = []
        for kind, index, which in self.slots:
            if kind == "site":
                found.append(values[index][int(which)])
            elif kind == "scope":
                found.append(bound(principal, scopes[index], str(which)))
            else:
                found.append(principal.user_id if kind == "user" else written)
        return found


@dataclass(slots=True)
class Forms:
    """What one request makes of a document: the forms of its sites and the values of its directives."""

    sites: Mapping[int, tuple[int, Site]]
    forms: Sequence[SiteForm]
    collector: Collector
    reaches: Mapping[str, Reach] = field(default_factory=dict)


def statement(wanted: Sequence[Wanted], forms: Forms) -> Statement:
    """Write the statement that reads root fields."""
    writer = Writer(forms.collector, forms.sites, forms.forms, forms.reaches)
    json = Json()
    needs: set[str] = set()
    for position, root in enumerate(wanted):
        writer.needs = set()
        json.fixed(f'{"," if position else ""}"{root.key}":').join(_root(writer, root))
        needs |= writer.needs - OWN if root.style == "user" else writer.needs
    sql = f"SELECT convert_to({json.sql()}, 'UTF8')"
    claims, searches = tuple(writer.claims), tuple(writer.searches)
    return Statement(sql, tuple(writer.slots), frozenset(needs), writer.cost, writer.shown, claims, searches)


def check_complexity(statements: Sequence[Statement]) -> None:
    """Raise when an operation costs more than allowed (spec 12 §7), or its answer could be too large."""
    cost, shown = sum(s.cost for s in statements), sum(s.shown for s in statements)
    if cost > MOST_COMPLEX:
        raise TooComplexError(
            f"The operation has a complexity of {cost}, allowed are {MOST_COMPLEX}: "
            "ask for smaller pages or fewer levels"
        )
    if shown > MOST_SHOWN:
        raise TooComplexError(
            f"The answer may hold {shown} values, allowed are {MOST_SHOWN}: ask for smaller pages or fewer fields"
        )


def _root(writer: Writer, root: Wanted) -> Json:
    if root.style == "list":
        return root_connection(writer, MODEL.entity(root.target), root.nodes, rows_object)
    if root.style == "total":
        return total(writer, root.target, f"{root.target}AggregateOutput", root.nodes)
    if root.style == "search":
        return virtual_inventory(writer, root.nodes)
    if root.style == "levels":
        return inventory_levels(writer, root.nodes)
    alias = writer.alias()
    writer.spend(1)
    writer.need(root.target)
    conditions = [*_which(writer, root, alias), *writer.visibility.conditions(root.target, alias)]
    inner = rows_object(writer, root.target, alias, below(root.nodes), 1).sql()
    table = MODEL.table_of(root.target).name
    latest = MODEL.by_name[root.target].latest if root.target in MODEL.by_name else None
    order = f"{alias}.{latest} DESC, {alias}.id" if latest else f"{alias}.id"
    rows = f"SELECT {inner} FROM {table} {alias} WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT 1"
    return Json().add(f"COALESCE(({rows}), 'null')")


def _which(writer: Writer, root: Wanted, alias: str) -> list[str]:
    if root.style != "get":
        return [f"{alias}.id = {writer.bind((root.style, 0, 0))}"]
    return [*of_kind(root.target, alias), *writer.asked(root.nodes[0], alias, root.target)[0]]
