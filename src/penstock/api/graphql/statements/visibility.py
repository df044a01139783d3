"""Which rows a principal sees (spec 10 §5): the conditions on every table that a statement reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from penstock.api.graphql.statements.ownership import Owner, owners
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from penstock.identity.principal import Principal, Scope
    from penstock.model.vocabulary import Entity


class Reach(NamedTuple):
    """Where a permission is held, without the ids: ``scope`` tells the scopes of a principal apart.

    ``located`` reaches are limited to some locations: in all of their retailers, or if ``mixed`` in some.
    """

    scope: int
    everything: bool
    located: bool = False
    mixed: bool = False


ANYWHERE = Reach(0, everything=True)
# (index of the scope, "retailers" | "refs" | "locations" | "partial") -> placeholder
BindScope = Callable[[int, str], str]


def reaches(principal: Principal, permissions: tuple[str, ...]) -> tuple[tuple[Reach, ...], list[Scope]]:
    """Return the reach of each permission, and the scopes that their indexes stand for."""
    scopes: list[Scope] = []
    found = []
    previous, reach = None, ANYWHERE
    for permission in permissions:
        scope = principal.scope(permission)
        if scope is not previous:  # mostly all permissions are held in one place
            previous, reach = scope, _reach(scope, scopes)
        found.append(reach)
    return tuple(found), scopes


def _reach(scope: Scope, known: list[Scope]) -> Reach:
    if scope.everything:
        return ANYWHERE
    if scope not in known:
        known.append(scope)
    mixed = bool(scope.partial) and scope.partial != scope.retailers
    return Reach(known.index(scope), everything=False, located=bool(scope.partial), mixed=mixed)


def bound(principal: Principal, scope: Scope, part: str) -> list[int] | list[str]:
    """Return the values of one part of a scope."""
    if part == "refs":
        return principal.served(scope)
    found: frozenset[int] = getattr(scope, part)
    return list(found)


def view_permission(entity: Entity) -> str:
    """Return the permission to see an entity."""
    return f"{entity.permission_name}_VIEW"


class Visibility:
    """Writes the conditions for one principal's reaches."""

    def __init__(self, known: Mapping[str, Reach], bind: BindScope) -> None:
        self._known = known
        self._bind = bind

    def conditions(self, target: str, alias: str, parent: Entity | None = None) -> list[str]:
        """Return the conditions on rows of an entity or interface, read below ``parent``.

        An interface is seen as far as each of its types is.
        """
        variants = MODEL.variants(target)
        each = [self._of(entity, alias, parent) for entity in variants]
        if all(conditions == each[0] for conditions in each):
            return each[0]
        cases = (
            " AND ".join([f"{alias}.kind = '{entity.variant}'", *conditions])
            for entity, conditions in zip(variants, each, strict=True)
        )
        return ["(" + " OR ".join(f"({c})" for c in cases) + ")"]

    def owners(self, entity: Entity, column: str) -> str:
        """Return the query of those whose rows are seen, as ``column``: ids of retailers or catalogues."""
        reach = self._reach(entity)
        if column == "retailer_id" and not reach.everything:
            return f"SELECT unnest({self._bind(reach.scope, 'retailers')}::bigint[]) AS {column}"
        table = "retailer" if column == "retailer_id" else MODEL.root(entity)[0].table
        seen = "" if reach.everything else f" WHERE {self._shared('o', reach)}"
        return f"SELECT o.id AS {column} FROM {table} o{seen}"

    def _of(self, entity: Entity, alias: str, parent: Entity | None) -> list[str]:
        reach = self._reach(entity)
        if reach.everything:
            return []
        found = [] if self._follows(entity, parent, reach) else self._scoped(entity, alias, reach)
        if parent is None and entity.scope == "account":  # below a parent, whoever sees that sees what it leads to
            found += [self._owned(owner, alias, reach) for owner in owners(entity.name)]
        return found + self._limited(entity, alias, reach)

    def _owned(self, owner: Owner, alias: str, reach: Reach) -> str:
        """Return the condition that one of a row's owners is seen, or that it has none.

        It is asked row by row: as EXISTS, PostgreSQL may put all owners there are into a hash table first.
        """
        inner = f"{alias}o"
        join, only = (text.format(o=inner, t=alias) for text in (owner.condition, owner.only))
        seen = [*self._scoped(owner.entity, inner, reach), *self._limited(owner.entity, inner, reach)]
        any_seen = f"bool_or(({' AND '.join(seen) or 'true'}) IS TRUE)"
        return f"COALESCE((SELECT {any_seen} FROM {owner.source.format(o=inner)} WHERE {join} AND {only}), true)"

    def _limited(self, entity: Entity, alias: str, reach: Reach) -> list[str]:
        if not reach.located or not entity.location_scope:
            return []
        return self._located(entity, entity.location_scope, alias, reach)

    def _located(self, entity: Entity, condition: str, alias: str, reach: Reach) -> list[str]:
        """Return the limit to locations, which holds for the retailers seen in part."""
        if reach.mixed and not any(c.column == "retailer_id" for c in entity.columns):
            return []  # nothing tells whose it is
        ids = self._bind(reach.scope, "locations")
        limit = condition.replace("{t}", alias).replace("{ids}", ids)
        whole = f"{alias}.retailer_id <> ALL({self._bind(reach.scope, 'partial')}::bigint[]) OR " if reach.mixed else ""
        return [f"({whole}{limit})"]

    def _reach(self, entity: Entity) -> Reach:
        return self._known.get(view_permission(entity), ANYWHERE)

    def _follows(self, entity: Entity, parent: Entity | None, reach: Reach) -> bool:
        """Return whether the parent's conditions hold for its children too: who sees one of a tree sees the others."""
        return parent is not None and parent.shares_tree(entity) and self._reach(parent) == reach

    def _scoped(self, entity: Entity, alias: str, reach: Reach) -> list[str]:
        match entity.scope:
            case "self":
                return [f"{alias}.id = ANY({self._bind(reach.scope, 'retailers')}::bigint[])"]
            case "retailer":
                return [f"{alias}.retailer_id = ANY({self._bind(reach.scope, 'retailers')}::bigint[])"]
            case "refs":
                return [self._shared(alias, reach)]
            case "catalogue":
                root, column = MODEL.root(entity)
                inner = f"{alias}c"
                shared = self._shared(inner, reach)
                return [f"{alias}.{column} IN (SELECT {inner}.id FROM {root.table} {inner} WHERE {shared})"]
            case _:
                return []

    def _shared(self, alias: str, reach: Reach) -> str:
        """Return the condition on what may be shared by several retailers: a list of none means all."""
        refs = self._bind(reach.scope, "refs")
        own = f"{alias}.retailer_refs"
        return f"({own} && {refs}::text[] OR {own} IS NULL OR cardinality({own}) = 0)"
