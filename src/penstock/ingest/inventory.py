"""Inventory batches: each record becomes an event to the catalogue (spec 11 §4.4, 20 §6.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.ingest.counts import Count, read
from penstock.ingest.loading import Order, RefusedError, portion, refusal
from penstock.ingest.records import FORBIDDEN, MISSING, OK, Result
from penstock.ingest.unchanged import Seen, conditions_of, last_ones, unchanged
from penstock.model.writes import Changes
from penstock.orchestration.actions import event_id
from penstock.orchestration.posting import Target, queued, targets
from penstock.rules.context import Event

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Sequence

    from penstock.clock import Clock
    from penstock.database.pools import Database
    from penstock.ingest.loading import Record
    from penstock.orchestration.configuration import Configuration, Configurations
    from penstock.orchestration.records import PendingEvent

PERMISSION = "BATCH_CREATE"
SETTING = "fc.enable.batch.preprocessing"
SKIP = "skip"  # in the job's meta
CATALOGUE = "INVENTORY_CATALOGUE"
EVERY_RETAILER = "MASTER"  # in the retailers of a catalogue
_UNCHANGED = "OK: unchanged"
_REPLACED = "OK: a later record of this batch counts the same"


@dataclass(slots=True)
class Line:
    """A record on its way: its count, the event made of it and where that goes, or what it came to."""

    ref: str | None
    count: Count | None = None
    event: PendingEvent | None = None
    target: Target | None = None
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """Opens inventory batches of one account; ``wake`` tells the workers of new events."""

    database: Database
    configurations: Configurations
    clock: Clock
    wake: Callable[[], None]

    async def __call__(self, order: Order) -> InventoryLoad:
        """Return the batch, ready to be brought in."""
        return InventoryLoad(self, order, last_ones(order.records, order.batch))


class InventoryLoad:
    """One inventory batch; ``last`` tells of each record the last one that counts the same."""

    size = 500

    def __init__(self, parts: Inventory, order: Order, last: list[int]) -> None:
        self._parts = parts
        self._batch = order.batch
        self._principal = order.principal
        self._last = last
        self._conditions = conditions_of(order.batch.conditions)

    async def load(self, first: int, records: Sequence[Record]) -> None:
        """Store the events of the records that change something, with the results of all."""
        configuration = await self._parts.configurations.recent()
        lines = [self._read(record, configuration) for record in records]
        await self._address(lines)
        skipped = self._replaced(lines, first, configuration) + await self._unchanged(lines, configuration)
        changes = Changes()
        for line in lines:
            if line.result is None and line.event is not None:
                changes.insert(line.event)
                line.result = Result(entity_ref=line.ref, response_code=OK, message="OK")
        changes.insert(portion(self._batch, first, [line.result for line in lines if line.result], skipped))
        await changes.write(self._parts.database)
        self._parts.wake()

    def _read(self, record: Record, configuration: Configuration) -> Line:
        """Return a record with the count that it says, or with the error."""
        ref = ":".join(str(record[name]) for name in ("skuRef", "locationRef") if record.get(name)) or None
        try:
            count = read(record, self._batch)
            self._check(count.retailer_id, configuration)
        except RefusedError as error:
            return Line(ref, result=refusal(error, ref))
        return Line(ref, count)

    def _check(self, retailer_id: int, configuration: Configuration) -> None:
        """Check that the retailer exists, and that the sender may load its stock."""
        scope = self._principal.scope(PERMISSION) if self._principal else None
        if scope is None or not scope.covers(retailer_id):
            raise RefusedError(FORBIDDEN, f"User does not have permission: {PERMISSION} for retailer {retailer_id}")
        if retailer_id not in configuration.retailers:
            raise RefusedError(MISSING, f"Retailer {retailer_id} not found")

    async def _address(self, lines: Sequence[Line]) -> None:
        """Find the catalogues, and make the events."""
        waiting = [(line, line.count) for line in lines if line.count is not None]
        now = self._parts.clock.now()
        events = [_event(count, event_id(now), self._batch) for _, count in waiting]
        found = await targets(self._parts.database, events)
        refs = (await self._parts.configurations.recent()).retailers
        for (line, count), event, target in zip(waiting, events, found, strict=True):
            if target is None or not _serves(target.row, refs[count.retailer_id]):
                error = RefusedError(MISSING, f"Catalogue {count.catalogue} of retailer {count.retailer_id} not found")
                line.result = refusal(error, line.ref)
                continue
            event.attributes = {"inventoryPosition": count.position(target.row.type)}
            user = self._batch.created_by
            line.target = target
            line.event = queued(event, target, event.id, now=now, user=user, parent=self._batch.event_id)

    def _replaced(self, lines: Sequence[Line], first: int, configuration: Configuration) -> int:
        """Drop records that a later one makes needless; return how many."""
        dropped = 0
        for number, line in enumerate(lines, first):
            if line.result is None and self._last[number] != number and self._compares(line, configuration):
                line.result = Result(entity_ref=line.ref, response_code=OK, message=_REPLACED)
                dropped += 1
        return dropped

    async def _unchanged(self, lines: Sequence[Line], configuration: Configuration) -> int:
        """Drop records that say what is stored already; return how many."""
        compared = [line for line in lines if line.result is None and self._compares(line, configuration)]
        seen = [
            Seen(line.count, line.target.row, line.event.lane)
            for line in compared
            if line.count and line.target and line.event
        ]
        same = await unchanged(self._parts.database, seen, self._conditions)
        unneeded = {id(line) for line, is_same in zip(compared, same, strict=True) if is_same}
        dropped = 0
        changing: set[int] = set()  # lanes of positions for which this portion has an event
        for line in lines:
            if line.result is not None or line.event is None:
                continue
            if id(line) in unneeded and line.event.lane not in changing:
                line.result = Result(entity_ref=line.ref, response_code=OK, message=_UNCHANGED)
                dropped += 1
            else:
                changing.add(line.event.lane)
        return dropped

    def _compares(self, line: Line, configuration: Configuration) -> bool:
        """Return whether pre-processing is on for a record (spec 20 §7.1)."""
        if self._batch.preprocessing == SKIP or line.count is None:
            return False
        return str(configuration.setting(SETTING, line.count.retailer_id)).strip().upper() != "FALSE"


def _event(count: Count, id_: uuid.UUID, batch: Any) -> Event:
    return Event(
        id=id_,
        name=batch.event,
        retailer_id=count.retailer_id,
        entity_type=CATALOGUE,
        entity_ref=count.catalogue,
        source=batch.source,
    )


def _serves(catalogue: Any, retailer: str) -> bool:
    """Return whether a catalogue is for this retailer, as one that names none is for all."""
    refs = catalogue.retailer_refs
    return not refs or retailer in refs or EVERY_RETAILER in refs
