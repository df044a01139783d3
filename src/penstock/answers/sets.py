"""What set forms ask, answered by one statement; rows that a set may change are locked as they are read."""

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
    from collections.abc import Iterable, Mapping

    from penstock.model.rows import Row
    from penstock.orchestration.run import Run
    from penstock.orchestration.sets.execution import SetAnswerer, SetExecution

_QUANTITY = "inventory_quantity"
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
    """Answer :class:`~penstock.rules.sets.RowsWhere`."""
    table = MODEL.table_of(question.entity).name
    (column, values), *others = question.where
    created = {id_ for t, id_ in execution.run.created if t != table}  # what stands under a new row is new, too
    lent = _lent(execution, table) if column == "id" else {}
    wanted = [value for value in values if value not in created and value not in lent] if created or lent else values
    kinds = {name: "bigint" if name.endswith("id") else "text" for name, _ in question.where}
    parts = [f"{column} = ANY({given(1, kinds[column])})"]
    parts += [f"{name} = ANY(${place}::{kinds[name]}[])" for place, (name, _) in enumerate(others, 2)]
    allowed = [(name, frozenset(some)) for name, some in others]
    found: list[Row] = []
    if wanted:
        arguments = [literal(wanted), *(list(some) for _, some in others)]
        found = await _read(execution, table, " AND ".join(parts), arguments)
    mine = _mine(execution, table, column, frozenset(values)) if execution.owns(table) else ()
    at_hand = (lent[value] for value in values if value in lent) if lent else ()
    every = [*found, *mine, *at_hand]
    for name, some in allowed:
        every = [row for row in every if getattr(row, name) in some]
    rows = {row.id: row for row in every}
    return [rows[id_] for id_ in sorted(rows)]


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
    changed = (id_ for t, id_ in (*execution.run.created, *execution.run.before) if t == table)
    return [row for id_ in changed if getattr(row := rows[id_], column) in values]


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
    created = {id_ for table, id_ in run.created if table == "inventory_position"}
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
    rows, created, counting = run.rows.get(_QUANTITY, {}), run.created, frozenset(types)
    for table, id_ in created:
        if table == _QUANTITY:
            row = rows[id_]
            counts_now = row.type in counting and row.status in statuses
            changes[row.position_id] += (row.quantity or 0) if counts_now else 0
    for (table, id_), before in run.before.items():
        if table == _QUANTITY and (table, id_) not in created:
            row = rows[id_]
            was = before.get("type", row.type) in counting and before.get("status", row.status) in statuses
            now = row.type in counting and row.status in statuses
            change = (row.quantity or 0) if now else 0
            changes[row.position_id] += change - ((before.get("quantity", row.quantity) or 0) if was else 0)
    return changes


def _loaded(execution: SetExecution, rows: Iterable[Row]) -> dict[int, int]:
    """Return by position what the database counts by itself, as it was read."""
    found, before = {}, execution.run.before
    for row in rows:
        on_hand, also = row.on_hand, row.also_counted
        if changed := before.get(("inventory_position", row.id)):
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
