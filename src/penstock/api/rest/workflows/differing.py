"""What differs between two versions, as the answer says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.api.rest.workflows.shapes import ChangedRuleset, ComparedChange, ComparedRuleset, Comparison
from penstock.workflows.comparing import compare, key_of, triggers_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.workflows.comparing import Change
    from penstock.workflows.stored import Version


def compared(before: Version, after: Version) -> Comparison:
    """Return what differs between two versions of a workflow."""
    found = compare(before.document, after.document)
    return Comparison(
        from_=before.version,
        to=after.version,
        document=_changes(found.document),
        added=[ComparedRuleset(**_known_by(r)) for r in found.added],
        removed=[ComparedRuleset(**_known_by(r)) for r in found.removed],
        changed=[ChangedRuleset(**_known_by(c.ruleset), changes=_changes(c.changes)) for c in found.changed],
        moved=[ComparedRuleset(**_known_by(r)) for r in found.moved],
        statuses=_changes(found.statuses),
    )


def _known_by(ruleset: dict[str, Any]) -> dict[str, Any]:
    key = key_of(ruleset)
    about = {"name": key.name, "type": key.type, "subtype": key.subtype, "event_type": key.event_type}
    return {**about, "triggers": triggers_of(ruleset)}


def _changes(changes: Iterable[Change]) -> list[ComparedChange]:
    return [ComparedChange(c.place, c.before, c.after) for c in changes]
