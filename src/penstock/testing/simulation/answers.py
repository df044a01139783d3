"""Questions of rules, answered from the rows of a simulation, or by the test."""

from __future__ import annotations

import copy
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from penstock.answers import configured, stock
from penstock.answers.asking import run_of
from penstock.inventory.ledger import COUNTERS, SELLABLE, SUMS
from penstock.inventory.selling import promisable
from penstock.model.registry import MODEL
from penstock.rules import questions as q
from penstock.testing.simulation.categories import categories_of
from penstock.testing.simulation.manifests import consignments_waiting
from penstock.testing.simulation.sourcing import fulfilments_open, fulfilments_since, products

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from penstock.orchestration.batch import Batch
    from penstock.orchestration.driver import Answerer
    from penstock.orchestration.run import Run
    from penstock.rules import Ask
    from penstock.testing.simulation.memory import Memory

Row = Any


class Answers:
    """Answers from memory. ``scripted`` maps a question, or a kind of question, to an answer or a function of it."""

    def __init__(self, memory: Memory, scripted: Mapping[Any, Any]) -> None:
        self._memory = memory
        self._scripted = scripted
        from_memory = {
            q.ById: self._by_id,
            q.ByRef: self._by_ref,
            q.Matching: self._matching,
            q.Products: lambda run, ask: products(memory, self._rows(run, "product"), ask.question),
            q.FulfilmentsSince: lambda run, ask: fulfilments_since(self._rows(run, "fulfilment"), ask.question),
            q.FulfilmentsOpen: lambda run, ask: fulfilments_open(self._rows(run, "fulfilment"), ask.question),
            q.WavesOpen: self._waves_open,
            q.WaveFulfilments: self._wave_fulfilments,
            q.ConsignmentsWaiting: lambda run, ask: consignments_waiting(memory, run, ask.question),
            q.CategoriesOf: lambda _, ask: categories_of(memory, ask.question),
            q.Holds: lambda *_: [],  # unless the test tells of some
        }
        engines: dict[type, Answerer] = {
            q.Setting: configured.setting,
            q.NetworkLocations: configured.network_locations,
            q.CataloguesOfNetworks: configured.catalogues_of_networks,
            q.CataloguesOfRetailer: configured.catalogues_of_retailer,
            q.Geocode: configured.geocode,
            q.LocationOfAddress: configured.location_of_address,
            q.StockAt: stock.stock_at,
            q.Grant: stock.grant,
            q.LedgerSum: stock.ledger_sum,
        }
        own = {kind: _each(answer) for kind, answer in from_memory.items()}
        unknown = {kind: _each(_nobody) for kind in scripted if isinstance(kind, type)}
        self.answerers: dict[type, Answerer] = {
            kind: self._first(answerer) for kind, answerer in {**unknown, **engines, **own}.items()
        }

    def _first(self, answerer: Answerer) -> Answerer:
        """Let the test answer first."""

        async def answer(batch: Batch, asks: Sequence[Ask[Any]]) -> Sequence[Any]:
            rest = [ask for ask in asks if self._key(ask.question) is None]
            found = answerer(batch, rest) if rest else []
            given = await found if isinstance(found, Awaitable) else found
            answers = dict(zip(map(id, rest), given, strict=True))
            return [answers[id(ask)] if id(ask) in answers else self._told(ask.question) for ask in asks]

        return answer

    def _key(self, question: Any) -> Any:
        return next((key for key in (question, type(question)) if key in self._scripted), None)

    def _told(self, question: Any) -> Any:
        answer = self._scripted[self._key(question)]
        return answer(question) if callable(answer) else answer

    # --- rows ---

    def _held(self, run: Run, table: str, found: Row | None) -> Row | None:
        """Return a row as the run sees it: managed by it, if it is of its lane."""
        if found is None:
            return None
        known = run.seen(table).get(found.id)
        if known is not None:
            return known
        mine = copy.copy(found)
        return run.keep(mine) if run.owns(mine) else mine

    def _rows(self, run: Run, table: str) -> list[Row]:
        """Return all rows of a table, with those that the run has made or changed."""
        rows = self._memory.rows.get(table, {}) | run.seen(table)
        return [row for _, row in sorted(rows.items())]

    def _by_id(self, run: Run, ask: Ask[Any]) -> Row | None:
        table = MODEL.table_of(ask.question.entity).name
        found = run.seen(table).get(ask.question.id) or self._memory.get(table, ask.question.id)
        return self._held(run, table, found)

    def _by_ref(self, run: Run, ask: Ask[Any]) -> Row | None:
        question, event = ask.question, ask.context.event
        table, parent = MODEL.table_of(question.entity).name, MODEL.parent_column(question.entity)
        within = question.parent(parent, event.retailer_id)
        named = (r for r in self._rows(run, table) if r.ref == question.ref)
        found = (r for r in named if parent is None or getattr(r, parent) in {within, None})
        return self._held(run, table, next(found, None))

    def _matching(self, run: Run, ask: Ask[Any]) -> list[Row]:
        table = MODEL.table_of(ask.question.entity).name
        rows = self._rows(run, table)
        for column, values in ask.question.where:
            rows = [r for r in rows if getattr(r, column) in values]
        return [self._held(run, table, r) for r in rows]

    # --- waves ---

    def _members(self, run: Run, wave_id: int) -> set[int]:
        pairs = self._memory.joins.get("wave_fulfilment", set()) | run.joins.get("wave_fulfilment", set())
        return {fulfilment for fulfilment, wave in pairs if wave == wave_id}

    def _waves_open(self, run: Run, ask: Ask[Any]) -> frozenset[int]:
        waves = [w for w in self._rows(run, "wave") if w.location_id == ask.question.location_id]
        return frozenset(f for w in waves if w.status not in ask.question.done for f in self._members(run, w.id))

    def _wave_fulfilments(self, run: Run, ask: Ask[Any]) -> list[Any]:
        members = self._members(run, ask.question.wave_id)
        found = []
        for fulfilment in (f for f in self._memory.all("fulfilment") if f.id in members):
            items = [i for i in self._memory.all("fulfilment_item") if i.fulfilment_id == fulfilment.id]
            ordered = {i.order_item_id: self._memory.get("order_item", i.order_item_id) for i in items}
            products = {id_: item.product_ref for id_, item in ordered.items() if item is not None}
            found.append((fulfilment, items, products, self._memory.get("orders", fulfilment.order_id)))
        return found


def _each(answer: Any) -> Answerer:
    async def answer_all(_: Batch, asks: Sequence[Ask[Any]]) -> Sequence[Any]:
        return [answer(run_of(ask), ask) for ask in asks]

    return answer_all


def _nobody(_: Run, ask: Ask[Any]) -> Any:
    raise AssertionError(f"no answer given for {ask.question}")


class StockReader:
    """What the engine's answers about stock read by SQL, computed from memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        """Return what one of the statements of :mod:`penstock.inventory.ledger` would."""
        read: dict[str, Callable[..., list[Any]]] = {
            SELLABLE: self._sellable,
            COUNTERS: self._counters,
            SUMS: self._sums,
        }
        return read[query](*args)

    def _sellable(self, catalogues: list[str], products: list[str], own: list[int]) -> list[Any]:
        refs = {c.id: c.ref for c in self._memory.all("virtual_catalogue") if c.ref in catalogues}
        return [
            (refs[v.catalogue_id], v.product_ref, v.ref, v.group_ref, units, v.status, v.position_id)
            for v in self._memory.all("virtual_position")
            if v.catalogue_id in refs and v.product_ref in products and v.status != "INACTIVE"
            if (units := promisable(self._memory.get("inventory_position", v.position_id), v)) > 0
            or v.position_id in own
        ]

    def _counters(self, ids: list[int]) -> list[Any]:
        found = (self._memory.get("inventory_position", id_) for id_ in ids)
        return [{"id": p.id, "on_hand": p.on_hand} for p in found if p is not None]

    def _sums(self, ids: list[int], types: list[str], statuses: list[str]) -> list[Any]:
        counted = [q for q in self._memory.all("inventory_quantity") if q.type in types and q.status in statuses]
        return [{"id": i, "total": sum(q.quantity for q in counted if q.position_id == i)} for i in ids]
