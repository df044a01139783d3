"""Inventory batches: the counts of a portion go to the workflow as one set (spec 11 §4.4, 20 §6, ADR 22)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from penstock.identity.principal import NOWHERE
from penstock.ingest.counting import Batches, busy_lanes, lane_of_position
from penstock.ingest.counts import Count, read_all
from penstock.ingest.loading import Order, RefusedError, portion, refusal
from penstock.ingest.records import FORBIDDEN, MISSING, OK, Result
from penstock.ingest.unchanged import conditions_of, last_ones, unchanged
from penstock.model.rows import Row
from penstock.model.serving import serves

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from penstock.database.pools import Database
    from penstock.identity.principal import Principal
    from penstock.ingest.loading import Record
    from penstock.orchestration.batch import Batch as Working
    from penstock.orchestration.configuration import Configuration, Configurations
    from penstock.orchestration.sets.working import Sets

PERMISSION = "BATCH_CREATE"
SETTING = "fc.enable.batch.preprocessing"
SKIP = "skip"  # in the job's meta
COMPARED = 5  # records that are compared at once, in times of those that a portion may change
_UNCHANGED = "OK: unchanged"
_REPLACED = "OK: a later record of this batch counts the same"
_TAKEN = "OK"


class Line(msgspec.Struct, eq=False):
    """A record on its way: its count and the catalogue that it is for, or what it came to."""

    ref: str | None
    count: Count | None = None
    catalogue: Row | None = None
    result: Result | None = None
    skipped: bool = False

    @property
    def position(self) -> tuple[int, str]:
        """Return the catalogue and the ref of the position."""
        assert self.count is not None
        assert self.catalogue is not None
        return self.catalogue.id, self.count.position_ref(self.catalogue.type)

    def skip(self, why: str) -> None:
        """Have it change nothing."""
        self.result, self.skipped = Result(entity_ref=self.ref, response_code=OK, message=why), True


@dataclass(frozen=True, slots=True)
class Inventory:
    """Opens inventory batches of one account; ``working`` makes what a set is executed with, ``wake`` tells workers."""

    database: Database
    configurations: Configurations
    sets: Sets
    working: Callable[[Configuration], Working]
    wake: Callable[[], None]

    async def __call__(self, order: Order) -> InventoryLoad:
        """Return the batch, ready to be brought in."""
        return InventoryLoad(self, order, read_all(order.records, order.batch))


class Catalogues:
    """The catalogues that counts may be for."""

    def __init__(self, configuration: Configuration, principal: Principal | None) -> None:
        self._retailers = configuration.retailers
        self._by_ref = {row.ref: row for row in configuration.catalogues["InventoryCatalogue"]}
        self._scope = principal.scope(PERMISSION) if principal else NOWHERE
        self._known: dict[tuple[int, str], Row] = {}

    def of(self, count: Count) -> Row:
        """Return the catalogue that a count is for, which must be the retailer's.

        Raises:
            RefusedError: there is none, or whoever sent the count may not load this retailer's stock.
        """
        key = count.retailer_id, count.catalogue
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._found(*key)
        return found

    def _found(self, retailer_id: int, ref: str) -> Row:
        if not self._scope.covers(retailer_id):
            raise RefusedError(FORBIDDEN, f"User does not have permission: {PERMISSION} for retailer {retailer_id}")
        if retailer_id not in self._retailers:
            raise RefusedError(MISSING, f"Retailer {retailer_id} not found")
        found = self._by_ref.get(ref)
        if found is None or not serves(found.retailer_refs, self._retailers[retailer_id]):
            raise RefusedError(MISSING, f"Catalogue {ref} of retailer {retailer_id} not found")
        return found


class InventoryLoad:
    """One inventory batch; ``counts`` are what its records say, or what is wrong with them.

    A record is compared with what is stored once, as if that were the moment of one that changes nothing: whatever
    happens later happens after it. Many are compared at once, mostly the whole batch.
    """

    size = 1_000

    def __init__(self, parts: Inventory, order: Order, counts: list[Count | RefusedError]) -> None:
        self._parts = parts
        self._batch = order.batch
        self._principal = order.principal
        self._records = order.records
        self._counts = counts
        read = [count for count in counts if not isinstance(count, RefusedError)]
        self.paired = len({(c.retailer_id, c.sku, c.location) for c in read}) == len(read)
        alone = self.paired and not any(count.ref for count in read)
        self._last: Sequence[int] | None = None if alone else last_ones(counts)  # None: each counts something else
        self._conditions = conditions_of(order.batch.conditions)
        self._lines: dict[int, Line] = {}  # by number, as far as they were compared
        self._changing: set[tuple[int, str]] = set()  # positions that these change, where some occur more than once

    async def cut(self, first: int, size: int) -> int:
        """Return where a portion ends that begins with ``first`` and changes ``size`` positions at most."""
        left, step, end = size, size * COMPARED, len(self._records)
        for start in range(first, end, step):
            for number, line in enumerate(await self._compared(start, min(start + step, end)), start):
                left -= line.result is None
                if left < 0:
                    return number
        return end

    async def load(self, first: int, records: Sequence[Record], turn: Awaitable[None] | None = None) -> None:
        """Give the records that change something to the workflow, and store the results of all."""
        lines = await self._compared(first, first + len(records))
        told = [line.result or Result(entity_ref=line.ref, response_code=OK, message=_TAKEN) for line in lines]
        results = portion(self._batch, first, told, sum(line.skipped for line in lines))
        working = self._parts.working(await self._parts.configurations.now())
        batches = Batches(self._parts.sets, working, self._batch)
        taken = [
            (line.count, line.catalogue)
            for line in lines
            if line.result is None and line.count is not None and line.catalogue is not None
        ]
        if await batches.write(self._parts.database, taken, results, turn):
            self._parts.wake()

    async def _compared(self, first: int, end: int) -> list[Line]:
        """Return records on their way, with the results of those that change nothing or that are wrong."""
        numbers = [n for n in range(first, end) if n not in self._lines]
        if numbers:
            configuration = await self._parts.configurations.now()
            catalogues = Catalogues(configuration, self._principal)
            lines = {n: line_of(self._records[n], self._counts[n], catalogues) for n in numbers}
            compares = self._comparing(configuration)
            self._replace(lines, compares)
            await self._leave(list(lines.values()), compares)
            self._lines |= lines
        return [self._lines[n] for n in range(first, end)]

    def _replace(self, lines: Mapping[int, Line], compares: Callable[[Line], bool]) -> None:
        """Skip records that a later one makes needless."""
        if self._last is None:
            return
        for number, line in lines.items():
            if line.result is None and self._last[number] != number and compares(line):
                line.skip(_REPLACED)

    async def _leave(self, lines: Sequence[Line], compares: Callable[[Line], bool]) -> None:
        """Skip records that say what is stored already."""
        compared = [line for line in lines if line.result is None and compares(line)]
        seen = [(line.count, line.catalogue) for line in compared if line.count is not None]
        same = await unchanged(self._parts.database, seen, self._conditions)
        alike = [line for line, is_same in zip(compared, same, strict=True) if is_same]
        unneeded = {id(line) for line in await self._idle(alike)} if alike else set()
        for line in lines:
            if line.result is not None:
                continue
            if id(line) in unneeded and (self.paired or line.position not in self._changing):
                line.skip(_UNCHANGED)
            elif not self.paired:
                self._changing.add(line.position)

    async def _idle(self, lines: Sequence[Line]) -> list[Line]:
        """Return those for whose positions nothing waits: what waits could make untrue what is stored now."""
        busy = {}
        for line in lines:
            if line.catalogue is not None and line.catalogue.id not in busy:
                busy[line.catalogue.id] = await busy_lanes(self._parts.database, line.catalogue.id)
        if not any(busy.values()):
            return list(lines)
        pairs = [(line, line.count, line.catalogue) for line in lines]
        return [line for line, c, of in pairs if c and of and lane_of_position(c, of) not in busy[of.id]]

    def _comparing(self, configuration: Configuration) -> Callable[[Line], bool]:
        """Return what tells whether pre-processing is on for a record (spec 20 §7.1)."""
        skips = self._batch.preprocessing == SKIP
        known: dict[int, bool] = {}

        def compares(line: Line) -> bool:
            if skips or line.count is None:
                return False
            retailer = line.count.retailer_id
            if retailer not in known:
                known[retailer] = str(configuration.setting(SETTING, retailer)).strip().upper() != "FALSE"
            return known[retailer]

        return compares


def line_of(record: Record, count: Count | RefusedError, catalogues: Catalogues) -> Line:
    """Return a record with the count that it says and the catalogue of that, or with the error."""
    try:
        if isinstance(count, RefusedError):
            raise count
        catalogue = catalogues.of(count)
    except RefusedError as error:
        ref = ":".join(str(record[name]) for name in ("skuRef", "locationRef") if record.get(name)) or None
        return Line(ref, result=refusal(error, ref))
    return Line(f"{count.sku}:{count.location}", count, catalogue)
