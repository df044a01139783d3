"""How the rows that an input names are found: every look-up of a mutation in one select.

A key is taken as it was given: ``{"ref": "SHOES", "catalogue": {"ref": "PC:MASTER:1"}}`` asks for the rows whose
``ref`` and whose catalogue's ``ref`` are these. All keys of the same shape are looked up together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from penstock.api.graphql.mutations.generic.owners import home_of, retailer_sql
from penstock.api.graphql.statements.ownership import listed_retailers
from penstock.model.identifiers import parse
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column, One, Scalar
from penstock.orchestration.lanes import lane_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from penstock.model.vocabulary import Entity

Path = tuple[str, ...]
UP = "^"  # the first step of a path that leads to the row that this one must belong to


@dataclass(slots=True)
class Found:
    """A row that a key led to, and what is needed of where it stands.

    ``root_*`` describe the root of its tree or workflow, when that is another row; ``lane_id`` is the row whose
    revision tells the engine of changes; ``retailer_refs`` are those that the row or its catalogue lists.
    """

    id: int
    ref: str | None
    type: str | None
    retailer_id: int | None
    root_id: int | None
    root_ref: str | None
    root_type: str | None
    retailer_refs: list[str] | None
    lane_id: int | None


_KEY_TYPES = {Scalar.ID: "bigint", Scalar.INT: "integer"}
_COLUMNS = tuple(Found.__slots__)
_NOTHING = ", ".join(
    f"NULL::{'text[]' if c == 'retailer_refs' else 'bigint' if c.endswith('id') else 'text'}" for c in _COLUMNS[1:]
)
# Numbers from the sequence of small ids, drawn with the look-ups instead of in a round trip of their own.
SMALL_IDS = f"SELECT -1 AS lookup, n, nextval('id_small') AS id, {_NOTHING} FROM generate_series(1, ${{}}::int) AS n"
# The revision that a copy of the configuration must have to know the workflows of this moment (ADR 19).
WORKFLOWS = f"SELECT -2 AS lookup, 0 AS n, workflows AS id, {_NOTHING} FROM config_revision"


class Lookup(Protocol):
    """One shape of key; ``target`` is the entity or interface that it leads to."""

    @property
    def target(self) -> str:
        """Return the name of the entity or interface."""
        ...

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return what each value of a key stands for."""
        ...

    @property
    def types(self) -> tuple[str, ...]:
        """Return the SQL types of a key's values."""
        ...

    def sql(self, number: int, keys: str) -> str:
        """Return the select for all keys of this shape, which ``keys`` gives as ``i(k0, k1, …, n)``."""
        ...


@dataclass(frozen=True, eq=False)
class KeyLookup:
    """Rows by the values at the ends of some paths: ``("catalogue", "ref")`` is the ref of the catalogue.

    Made by :func:`key_lookup`, one object for each shape, so that comparing two is comparing identities.
    """

    target: str
    paths: tuple[Path, ...]
    up: One | None = None  # what the first step UP stands for
    limited: bool = False  # to the locations $2, for rows of the retailers $1

    @cached_property
    def entity(self) -> Entity:
        """Return the entity that the paths start from; for an interface any of its types."""
        return MODEL.variants(self.target)[0]

    @cached_property
    def types(self) -> tuple[str, ...]:
        """Return the SQL types of a key's values."""
        return tuple(_KEY_TYPES.get(self._end(p).scalar, "text") for p in self.paths)

    def _end(self, path: Path) -> Column:
        entity = self.entity
        for step in path[:-1]:
            entity = MODEL.variants(self._step(entity, step).target)[0]
        column = entity.by_name.get(path[-1]) or next(c for c in entity.columns if c.column == path[-1])
        assert isinstance(column, Column)
        return column

    def _step(self, entity: Entity, step: str) -> One:
        link = self.up if step == UP else entity.field(step)
        assert isinstance(link, One)
        return link

    def sql(self, number: int, keys: str) -> str:
        """Return the select for all keys of this shape, which ``keys`` gives as ``i(k0, k1, …, n)``."""
        joins = [f"JOIN {MODEL.table_of(self.target).name} t ON {' AND '.join(self._own())}", *self._joined()]
        scope = self.entity.location_scope if self.limited else None
        limit = scope.format(t="t", ids="$2") if scope else None
        where = f" WHERE ({retailer_sql(self.target)} <> ALL($1) OR {limit})" if limit else ""
        return (
            f"SELECT {number} AS lookup, i.n::int AS n, {_shown(self.target, owned=self.up is not None)} "
            f"FROM {keys} {' '.join(joins)}{_rooted(self.entity)}{where}"
        )

    def _own(self) -> Iterator[str]:
        """Yield the conditions on the row itself."""
        ends = [f"t.{self._end(p).column} = i.k{n}" for n, p in enumerate(self.paths) if len(p) == 1]
        yield from ends or ["true"]
        if self.target in MODEL.by_name and self.entity.variant:
            yield f"t.kind = '{self.entity.variant}'"

    def _joined(self) -> Iterator[str]:
        """Yield a join for each row that the key leads over."""
        done: set[Path] = set()
        for path in self.paths:
            entity, alias = self.entity, "t"
            for depth, step in enumerate(path[:-1], start=1):
                link = self._step(entity, step)
                entity, before, alias = MODEL.variants(link.target)[0], alias, _alias(path[:depth])
                if path[:depth] not in done:
                    done.add(path[:depth])
                    yield self._join(link, before, alias, path[:depth])

    def _join(self, link: One, before: str, alias: str, at: Path) -> str:
        conditions = [f"{alias}.{theirs} = {before}.{own}" for theirs, own in link.match]
        conditions += [f"{alias}.{self._end(p).column} = i.k{n}" for n, p in enumerate(self.paths) if p[:-1] == at]
        return f"JOIN {MODEL.table_of(link.target).name} {alias} ON {' AND '.join(conditions)}"


@lru_cache(maxsize=1024)
def key_lookup(target: str, paths: tuple[Path, ...], up: One | None, *, limited: bool) -> KeyLookup:
    """Return the look-up of one shape of key."""
    return KeyLookup(target, paths, up, limited)


def _alias(path: Path) -> str:
    return "t_" + "_".join("up" if step == UP else step.lower() for step in path)


def _shown(target: str, *, owned: bool) -> str:
    """Return the columns of :class:`Found` for rows ``t`` with their roots ``r``; whoever owns them was checked."""
    entity = MODEL.variants(target)[0]
    columns = MODEL.tables[entity.table].column
    shown: dict[str, str | None] = {c: f"t.{c}" for c in ("id", "ref", "type", "retailer_refs") if c in columns}
    shown["retailer_id"] = None if owned else retailer_sql(target)
    if retailers := listed_retailers(entity):
        rows = f"{retailers.source} WHERE {retailers.condition}".format(o="o", t="t")
        shown["retailer_refs"] = f"(SELECT array_agg(o.ref) FROM {rows})"
    if (home := home_of(entity)) and home[1] != "id":
        root_columns = MODEL.tables[home[0].table].column
        shown |= {f"root_{c}": f"r.{c}" for c in ("id", "ref", "type") if c in root_columns}
        if "retailer_refs" in root_columns:
            shown["retailer_refs"] = "r.retailer_refs"
    if (lane := lane_root(entity)) and lane[0].tracked:
        shown["lane_id"] = f"t.{lane[1]}"
    empty = {"retailer_refs": "NULL::text[]"} | {c: "NULL::bigint" for c in _COLUMNS if c.endswith("id")}
    return ", ".join(f"{shown.get(c) or empty.get(c, 'NULL::text')} AS {c}" for c in _COLUMNS)


def _rooted(entity: Entity) -> str:
    home = home_of(entity)
    return f" LEFT JOIN {home[0].table} r ON r.id = t.{home[1]}" if home and home[1] != "id" else ""


def flattened(key: Mapping[str, Any], before: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the paths and values of a key; what is null asks nothing."""
    for name, value in key.items():
        if isinstance(value, dict):
            yield from flattened(value, (*before, name))
        elif value is not None:
            yield (*before, name), value


def bound(lookup: Lookup, values: list[Any]) -> tuple[Any, ...] | None:
    """Return a key's values as they are bound; None when no row can have them."""
    made: list[Any] = []
    for value, type_ in zip(values, lookup.types, strict=True):
        one = parse(value) if type_ == "bigint" else value if type_ == "integer" else str(value)
        if one is None or (type_ == "text" and "\0" in str(one)):
            return None
        made.append(one)
    return tuple(made)


def _keys(lookup: Lookup, first: int, *, single: bool) -> str:
    """Return the source of a shape's keys: one array a value, or for a single key, at less cost, plain values."""
    if single:
        values = ", ".join(f"${first + n}::{t} AS k{n}" for n, t in enumerate(lookup.types))
        return f"(SELECT {values}, 1 AS n) i"
    arrays = ", ".join(f"${first + n}::{t}[]" for n, t in enumerate(lookup.types))
    return f"unnest({arrays}) WITH ORDINALITY AS i({', '.join(f'k{n}' for n in range(len(lookup.types)))}, n)"


@lru_cache(maxsize=1024)
def statement(lookups: tuple[tuple[Lookup, bool], ...], *, small_ids: bool, limited: bool) -> str:
    """Return the one select for all keys of a mutation, and for the revision of the workflows.

    Each shape comes with whether it has a single key. ``limited`` puts two arguments before all others: the retailers
    of which only some locations count, and those.
    """
    parts, first = [], 3 if limited else 1
    for number, (lookup, single) in enumerate(lookups):
        parts.append(lookup.sql(number, _keys(lookup, first, single=single)))
        first += len(lookup.types)
    if small_ids:
        parts.append(SMALL_IDS.format(first))
    parts.append(WORKFLOWS)
    limits = "WITH limits AS (SELECT $1::bigint[], $2::bigint[]) " if limited else ""
    return limits + " UNION ALL ".join(parts)
