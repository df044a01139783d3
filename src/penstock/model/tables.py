"""SQLAlchemy tables derived from the model; migrations are compared with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Sequence,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import Column as SqlColumn
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB

from penstock.model import lists
from penstock.model.registry import MODEL, Model
from penstock.model.registry import Table as ModelTable
from penstock.model.vocabulary import Column, Embedded, Many, Scalar

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

    from penstock.model.vocabulary import Entity

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)
BLOCK_SEQUENCE = Sequence("id_block", metadata=metadata)
SMALL_SEQUENCE = Sequence("id_small", metadata=metadata)

_TYPES: dict[Scalar, TypeEngine[Any]] = {
    Scalar.ID: BigInteger(),
    Scalar.STRING: Text(),
    Scalar.INT: Integer(),
    Scalar.FLOAT: Double(),
    Scalar.BOOLEAN: Boolean(),
    Scalar.DATETIME: DateTime(timezone=True),
    Scalar.JSON: JSONB(),
}
# Rows of these change often: leave room for new versions on the same page.
_HOT = {"orders", "fulfilment", "fulfilment_item", "article", "inventory_position", "virtual_position"}
# A load of stock changes all rows of a page at once: there is room for one more version of each.
_LOADED = {"inventory_position", "inventory_quantity", "virtual_position"}


def sql_type(column: Column | Embedded) -> TypeEngine[Any]:
    """Return the SQL type of a model column."""
    if isinstance(column, Embedded):
        return JSONB()
    if column.many:
        return ARRAY(Text())
    return _TYPES[column.scalar]


def _column(column: Column | Embedded, *, shared: bool) -> SqlColumn[Any]:
    foreign = column.foreign if isinstance(column, Column) else None
    always = column.column in {"created_on", "updated_on", "id", "kind"}
    own = (ForeignKey(f"{foreign}.id"),) if foreign else ()
    nullable = (column.null or shared) and not always
    default = "0" if column.column == "revision" else None
    type_ = sql_type(column)
    return SqlColumn(column.column, type_, *own, nullable=nullable, server_default=default, autoincrement=False)


def _entity_table(table: ModelTable) -> Table:
    shared = table.shared
    common = set.intersection(*({c.column for c in e.columns if not c.null} for e in table.entities))
    columns = [_column(c, shared=shared and c.column not in common) for c in table.columns]
    created = Table(table.name, metadata, *columns, PrimaryKeyConstraint("id"))
    for entity in table.entities:
        _constraints(created, entity.unique, entity.indexes)
    return created


def _constraints(table: Table, unique: tuple[Any, ...], indexes: tuple[tuple[str, ...], ...]) -> None:
    known = {tuple(c.name for c in u.columns) for u in table.constraints if isinstance(u, UniqueConstraint)}
    for u in unique:
        if u.where:
            Index(None, *(table.c[c] for c in u.columns), unique=True, postgresql_where=sql(u.where))
        elif u.columns not in known:
            table.append_constraint(UniqueConstraint(*u.columns))
    for columns in indexes:
        _index(table, columns)


def _index(table: Table, columns: tuple[str, ...]) -> None:
    """Add an index unless another one begins with the same columns; it replaces those that it begins with."""
    led = {index: tuple(c.name for c in index.columns) for index in table.indexes}
    unique = [tuple(c.name for c in u.columns) for u in table.constraints if isinstance(u, UniqueConstraint)]
    if any(have[: len(columns)] == columns for have in (*led.values(), *unique)):
        return
    for index, have in led.items():
        if columns[: len(have)] == have:
            table.indexes.discard(index)
    Index(None, *(table.c[c] for c in columns), postgresql_where=_present(table, columns))


def _present(table: Table, columns: tuple[str, ...]) -> Any:
    """Return that the link is there, for one that most rows of a busy table lack."""
    column = table.c[columns[0]]
    rare = {*columns[1:]} <= {*lists.BY_DATE} and table.name in _HOT and column.nullable and column.name.endswith("_id")
    return column.is_not(None) if rare else None


def _join_table(name: str, first: tuple[str, str], second: tuple[str, str]) -> None:
    columns = [SqlColumn(c, BigInteger(), ForeignKey(f"{t}.id"), nullable=False) for c, t in (first, second)]
    joined = Table(name, metadata, *columns, PrimaryKeyConstraint(*(c.name for c in columns)))
    Index(None, joined.c[second[0]])


def _list_indexes(model: Model) -> None:
    """Index what lists need: the columns that children are found by, and the order of root lists."""
    for entity in model.entities:
        if entity.derived:
            continue
        for f in entity.fields:
            if isinstance(f, Many) and f.match and model.table_of(f.target).name in metadata.tables:
                target = metadata.tables[model.table_of(f.target).name]
                _index(target, (*(theirs for theirs, _ in f.match), *_ordered(model, entity, f)))
        table = metadata.tables[entity.table]
        for column in entity.columns:
            if isinstance(column, Embedded) and column.key:
                _index(table, (column.column,))
        if entity.tree and entity.name != entity.tree:
            _index(table, (model.root_column(entity),))
        for columns in lists.indexes(model, entity) if entity.listed_by else _by_date(entity):
            _index(table, columns)


def _ordered(model: Model, parent: Entity, field: Many) -> tuple[str, ...]:
    """Return the order of a list below a row, for an index by it; of the parts of one tree there are few."""
    child = model.variants(field.target)[0]
    if not child.listed_by or parent.shares_tree(child):
        return ()
    return lists.order(child, root=False)


def _by_date(entity: Entity) -> list[tuple[str, ...]]:
    """Return the index of root lists of few rows; the parts of things are few enough to be sorted."""
    wanted = entity.plural and entity.newest_first and "createdOn" in entity.by_name
    return [lists.BY_DATE] if wanted else []


def _build(model: Model) -> None:
    for table in model.tables.values():
        if table.entities[0].derived:
            continue
        created = _entity_table(table)
        if table.name in _HOT | _LOADED:
            created.dialect_options["postgresql"]["with"] = {"fillfactor": 50 if table.name in _LOADED else 80}
    for name, (first, second) in model.joins.items():
        _join_table(name, first, second)
    _list_indexes(model)


_build(MODEL)
