"""What a worker counts for one account, and how others get to see it: on its own row, every few seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from penstock.metrics import Counts, Durations, Family, Histogram

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Iterable, Iterator

    from penstock.database.pools import Database
    from penstock.orchestration.records import EventRecord
    from penstock.orchestration.trace import TraceBody

SECONDS = 5.0  # between two reports
_REPORT = "UPDATE worker SET metrics = $2 WHERE id = $1"
_REPORTS = "SELECT id::text, metrics FROM worker WHERE alive AND metrics IS NOT NULL ORDER BY id"
_families = msgspec.json.Decoder(list[Family])


def events_counted() -> Counts:
    """Return the counter of events, which workers have and whoever takes events in."""
    return Counts("penstock_events", "Events that were processed.", "name", "result")


class Meter:
    """Counts the work of one account in this process. ``others`` are asked for further families at each report."""

    def __init__(self, *others: Callable[[], Iterable[Family]]) -> None:
        self.events = events_counted()
        self.rules = Durations("penstock_rule_seconds", "Runs of rules, what they asked included.", "rule")
        self.latency = Histogram(
            "penstock_event_seconds", "From the moment an event was due to the commit of its effects."
        )
        self.batches = Durations("penstock_batch_seconds", "Batches of events, from claim to commit.")
        self.losses = Counts("penstock_lost_races", "Contexts that were driven again, by reason.", "reason")
        self.others = list(others)

    def done(self, record: EventRecord) -> None:
        """Count an external event, or those of a set, whose effects are committed."""
        self.events.add(record.name if record.status != "NO_MATCH" else "", record.status, by=record.members or 1)

    def ran(self, body: TraceBody) -> None:
        """Count the rules of one context, which may be driven again."""
        add = self.rules.add
        for event in body.events:
            for ruleset in event.rulesets:
                for rule in ruleset.rules:
                    add((rule.stop - rule.start) / 1e6, rule.name)

    def families(self) -> Iterator[Family]:
        """Yield all that was counted."""
        for part in (self.events, self.rules, self.latency, self.batches, self.losses):
            yield from part.families()
        for other in self.others:
            yield from other()


async def report(database: Database, worker: uuid.UUID, meter: Meter) -> None:
    """Put what was counted on the worker's row."""
    await database.execute(_REPORT, worker, msgspec.json.encode(list(meter.families())))


async def reports(database: Database) -> list[tuple[str, list[Family]]]:
    """Return what each living worker counted, by its id."""
    return [(r["id"], _families.decode(r["metrics"])) for r in await database.fetch(_REPORTS)]
