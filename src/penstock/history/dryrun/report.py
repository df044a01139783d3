"""What a dry run found: which entities would have ended differently, and why; and what nobody can say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.history.shapes import Shape, ShownChange
from penstock.history.shown import change
from penstock.model.identifiers import shown
from penstock.orchestration.expand import wire_time
from penstock.orchestration.places import entity_of

if TYPE_CHECKING:
    from penstock.history.dryrun.lane import Lane
    from penstock.history.dryrun.world import World


class Otherwise(Shape):
    """A tree that would have ended differently; ``before`` is what happened, ``after`` what would have.

    ``why`` is the first decision that would have been another, at ``at``.
    """

    entity_type: str
    id: str
    ref: str | None
    at: str | None
    why: str | None
    differences: list[ShownChange]


class Unknown(Shape):
    """A tree of which nobody can say how it would have ended, from ``at`` on.

    ``direct``: by what its own rules would ask; else because it depends on others that are unknown or different.
    """

    entity_type: str
    id: str
    ref: str | None
    at: str | None
    why: str
    direct: bool


class Affected(Shape):
    """Something whose events are not executed again, and what would have been different for it."""

    name: str
    reasons: list[str]


class DryRunReport(Shape):
    """What a dry run found. ``trees`` are those executed again, ``same`` of which would have ended as they did."""

    workflow: str
    version: str
    since: str
    until: str
    events: int
    trees: int
    same: int
    otherwise: list[Otherwise]
    unknown: list[Unknown]
    affected: list[Affected]


def report_of(world: World, since: str, until: str, events: int) -> DryRunReport:
    """Return what a world that has run found."""
    again = sorted((lane for lane in world.lanes.values() if lane.again and _tells(lane)), key=_place)
    unknown = [_unknown(lane) for lane in again if lane.unknown]
    otherwise = [found for lane in again if not lane.unknown if (found := _otherwise(lane))]
    return DryRunReport(
        workflow=world.changed.name,
        version=world.changed.version,
        since=since,
        until=until,
        events=events,
        trees=len(again),
        same=len(again) - len(unknown) - len(otherwise),
        otherwise=otherwise,
        unknown=unknown,
        affected=[Affected(name, sorted(reasons)) for name, reasons in sorted(world.doubts.affected.items())],
    )


def _place(lane: Lane) -> tuple[bool, float, str]:
    """Return where a lane stands in a report: what comes first, but stock after the orders that move it."""
    return lane.stock, lane.at.timestamp() if lane.at else 0, lane.name


def _tells(lane: Lane) -> bool:
    """Return whether a lane is one that people look for: an event to a catalogue is not, unless it changes that."""
    return not lane.single or (lane.direct if lane.unknown else bool(lane.differences()))


def _named(lane: Lane) -> tuple[str, str, str | None]:
    row = lane.head
    if row is None:
        return str(lane.root[0]), str(lane.root[1]), None
    return str(entity_of(row).event), shown(entity_of(row), row.id), getattr(row, "ref", None)


def _at(lane: Lane) -> str | None:
    return None if lane.at is None else wire_time(lane.at)


def _unknown(lane: Lane) -> Unknown:
    return Unknown(*_named(lane), at=_at(lane), why=lane.unknown or "", direct=lane.direct)


def _otherwise(lane: Lane) -> Otherwise | None:
    found = [change(c) for c in lane.differences()]
    return Otherwise(*_named(lane), at=_at(lane), why=lane.why, differences=found) if found else None
