"""What set forms ask, answered by one statement at most; rows that a set may change are locked as they are read."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from penstock.answers import configured
from penstock.database.arrays import given, literal
from penstock.inventory.categories import CATEGORIES
from penstock.inventory.ledger import COUNTING_STATUSES, COUNTING_TYPES, RESERVED, SUMS
from penstock.inventory.selling import LARGEST
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Lane
from penstock.orchestration.trees import columns, rows_of
from penstock.rules import questions as q
from penstock.rules import sets
from penstock.rules.context import Ask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from penstock.model.rows import Row
    from penstock.orchestration.run import Run
    from penstock.orchestration.sets.execution import SetAnswerer, SetExecution

_POSITION, _QUANTITY = "inventory_position", "inventory_quantity"
# What there is of products over some locations; positions below nothing take nothing from the others.
_TOTALS = """
SELECT product_ref, sum(greatest(coalesce(on_hand, 0), 0))::bigint AS total FROM inventory_position
WHERE catalogue_id = $1 AND product_ref = ANY($2::text[]) AND location_ref = ANY($3::text[])
  AND status = ANY($4::text[])
GROUP BY product_ref"""


async def rows_by_ref(execution: SetExecution, question: sets.RowsByRef) -> dict[str, Row]:
    """Answer :class:`~penstock.rules.sets.RowsByRef`."""
    if question.entity in execution.batch.configuration.catalogues:
        rows = execution.batch.configuration.catalogues[question.entity]
        return {row.ref: row for row in rows if row.ref in question.refs}
    table, parent = _place(question.entity)
    key = table, question.within if parent else None
    if key not in execution.known:
        execution.known[key] = {row.ref: row for row in _held(execution, table, parent, question.within)}
    known = execution.known[key]
    wanted = sorted({ref for ref in question.refs if ref not in known})
    if wanted:
        known |= dict.fromkeys(wanted)
        where = f"ref = ANY({given(1, 'text')})" + (f" AND {parent} = $2" if parent else "")
        found = await _read(execution, table, where, [literal(wanted), *([question.within] if parent else [])])
        known |= {row.ref: row for row in found}
    return {ref: row for ref in question.refs if (row := known[ref]) is not None}


def _place(entity: str) -> tuple[str, str | None]:
    """Return the table of an entity, and the column that its refs are unique in."""
    table = MODEL.table_of(entity)
    return table.name, MODEL.parent_column(table.entities[0].name)


async def _read(execution: SetExecution, table: str, where: str, arguments: list[Any]) -> list[Row]:
    """Return rows as this set holds them; those that lead lanes of its own stay as they are until it is written."""
    entity = MODEL.tables[table].entities[0]
    own = execution.owns(table)
    lock = " ORDER BY id FOR NO KEY UPDATE" if own and entity.lane is Lane.SELF and entity.tracked else " ORDER BY id"
    sql = f"SELECT {columns(table)} FROM {table} t WHERE {where}{lock}"
    rows = rows_of(table, await execution.batch.reader.fetch(sql, *arguments))
    return execution.run.add_all(table, rows) if own else rows


async def rows_where(execution: SetExecution, question: sets.RowsWhere) -> list[Row]:
    """Answer :class:`~penstock.rules.sets.RowsWhere`; from memory, where an earlier question has read all of it."""
    table = MODEL.table_of(question.entity).name
    (column, values), *others = question.where
    if any(question.within(earlier) for earlier in execution.read):
        return _matching(execution.run.all(table), question.where)
    # What stands under a new row is new, too.
    created = {id_ for made_in, ids in execution.run.created.items() if made_in != table for id_ in ids}
    lent = _lent(execution, table) if column == "id" else {}
    wanted = [value for value in values if value not in created and value not in lent] if created or lent else values
    kinds = {name: "bigint" if name.endswith("id") else "text" for name, _ in question.where}
    parts = [f"{column} = ANY({given(1, kinds[column])})"]
    parts += [f"{name} = ANY(${place}::{kinds[name]}[])" for place, (name, _) in enumerate(others, 2)]
    found: list[Row] = []
    if wanted:
        arguments = [literal(wanted), *(list(some) for _, some in others)]
        found = await _read(execution, table, " AND ".join(parts), arguments)
    mine: Iterable[Row] = ()
    if execution.owns(table):
        execution.read.append(question)
        mine = _mine(execution, table, column, frozenset(values))
    at_hand = (lent[value] for value in values if value in lent) if lent else ()
    rows = {row.id: row for row in _matching((*found, *mine, *at_hand), others)}
    return [rows[id_] for id_ in sorted(rows)]


def _matching(rows: Iterable[Row], where: Iterable[tuple[str, Sequence[Any]]]) -> list[Row]:
    """Return the rows whose columns have one of these values."""
    found = list(rows)
    for column, values in where:
        allowed = frozenset(values)
        found = [row for row in found if getattr(row, column) in allowed]
    return found


def _held(execution: SetExecution, table: str, parent: str | None, within: int | None) -> Iterable[Row]:
    """Return the rows within another that the transaction holds; the set manages those that are its own to change."""
    if parent is None:
        return _lent(execution, table).values()
    rows = [row for row in execution.lent.get(table, {}).values() if getattr(row, parent) == within]
    return execution.run.add_all(table, rows) if execution.owns(table) else rows


def _lent(execution: SetExecution, table: str) -> Mapping[int, Row]:
    """Return the rows of a table that the transaction holds, which the set only looks at."""
    return {} if execution.owns(table) else execution.lent.get(table, {})


def _mine(execution: SetExecution, table: str, column: str, values: frozenset[Any]) -> Iterable[Row]:
    """Return the rows of the set that it has made or changed."""
    rows = execution.run.rows.get(table, {})
    return [row for id_ in execution.run.changed(table) if getattr(row := rows[id_], column) in values]


async def active_refs(execution: SetExecution, question: sets.ActiveRefs) -> dict[str, bool]:
    """Answer :class:`~penstock.rules.sets.ActiveRefs`."""
    table, parent = _place(question.entity)
    where = f"{parent} = ANY($1::bigint[]) AND ref = ANY($2::text[])"
    sql = f"SELECT ref, status = 'ACTIVE' FROM {table} WHERE {where} ORDER BY id FOR SHARE"
    found: dict[str, bool] = {}
    for ref, active in await execution.batch.reader.fetch(sql, list(question.within), list(question.refs)):
        found[ref] = found.get(ref, False) or bool(active)
    return found


async def ledger_sums(execution: SetExecution, question: sets.LedgerSums) -> dict[int, int]:
    """Answer :class:`~penstock.rules.sets.LedgerSums`: the counters as they were read, and what the set changes."""
    run, types, statuses = execution.run, question.types, question.statuses
    created = run.made(_POSITION)
    ids = [row.id for row in question.positions if row.id not in created]
    if set(types) == set(COUNTING_TYPES) and set(statuses) == set(COUNTING_STATUSES):
        sums = _loaded(execution, [row for row in question.positions if row.id not in created])
    else:
        found = await execution.batch.reader.fetch(SUMS, ids, list(types), list(statuses))
        sums = {record["id"]: record["total"] for record in found}
    changes = _changes(run, types, statuses)
    return {row.id: sums.get(row.id, 0) + changes.get(row.id, 0) for row in question.positions}


def counted_by(run: Run) -> dict[int, tuple[int, int]]:
    """Return by position what a run's changes of the ledger add to what is on hand, and to what is reserved of it."""
    on_hand = _changes(run, COUNTING_TYPES, COUNTING_STATUSES)
    rows = run.rows.get(_QUANTITY, {}).values()
    reserved = _changes(run, (RESERVED,), COUNTING_STATUSES) if any(row.type == RESERVED for row in rows) else {}
    return {id_: (amount, -reserved.get(id_, 0)) for id_, amount in on_hand.items()}


def _changes(run: Run, types: tuple[str, ...], statuses: tuple[str, ...]) -> dict[int, int]:
    """Return what a run's changes add to the sums of positions; of each whose ledger it changes."""
    changes: dict[int, int] = defaultdict(int)
    rows, created, counting = run.rows.get(_QUANTITY, {}), run.made(_QUANTITY), frozenset(types)
    for id_ in run.changed(_QUANTITY):
        row = rows[id_]
        type_, status, quantity = row.type, row.status, row.quantity or 0
        change = quantity if type_ in counting and status in statuses else 0
        if id_ not in created:
            before = run.before[_QUANTITY][id_]
            if before.get("type", type_) in counting and before.get("status", status) in statuses:
                change -= before.get("quantity", quantity) or 0
        changes[row.position_id] += change
    return changes


def _loaded(execution: SetExecution, rows: Iterable[Row]) -> dict[int, int]:
    """Return by position what the database counts by itself, as it was read."""
    found, before = {}, execution.run.before.get(_POSITION, {})
    for row in rows:
        on_hand, also = row.on_hand, row.also_counted
        if changed := before.get(row.id):
            on_hand, also = changed.get("on_hand", on_hand), changed.get("also_counted", also)
        found[row.id] = (on_hand or 0) - (also or 0)
    return found


async def categories_of_all(execution: SetExecution, question: sets.CategoriesOfAll) -> dict[str, list[str]]:
    """Answer :class:`~penstock.rules.sets.CategoriesOfAll`."""
    found: dict[str, list[str]] = {product: [] for product in question.product_refs}
    arguments = ([question.product_catalogue_ref], list(question.product_refs))
    for _, product, ref in await execution.batch.reader.fetch(CATEGORIES, *arguments):
        found[product].append(ref)
    return found


async def totals(execution: SetExecution, question: sets.Totals) -> dict[str, int]:
    """Answer :class:`~penstock.rules.sets.Totals`."""
    arguments = (list(question.products), list(question.locations), list(question.statuses))
    found = await execution.batch.reader.fetch(_TOTALS, question.inventory_catalogue, *arguments)
    return {product: min(LARGEST, total) for product, total in found}


class _Asker:
    """Stands for the context that asks, where the answer depends on its retailer only."""

    def __init__(self, execution: SetExecution) -> None:
        self.event = execution.pending
        self.run = execution.run


async def _from_memory(execution: SetExecution, question: Any) -> Any:
    asker: Any = _Asker(execution)
    return _MEMORY[type(question)](execution.batch, [Ask(asker, question)])[0]


_MEMORY: dict[type, Any] = {
    q.Setting: configured.setting,
    q.NetworkLocations: configured.network_locations,
    q.CataloguesOfNetworks: configured.catalogues_of_networks,
    q.CataloguesOfRetailer: configured.catalogues_of_retailer,
}
SET_ANSWERERS: Mapping[type, SetAnswerer] = {
    sets.RowsByRef: rows_by_ref,
    sets.RowsWhere: rows_where,
    sets.ActiveRefs: active_refs,
    sets.LedgerSums: ledger_sums,
    sets.CategoriesOfAll: categories_of_all,
    sets.Totals: totals,
    **dict.fromkeys(_MEMORY, _from_memory),
}
