"""Whether the end of a replay equals the stored rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from penstock.history.rows import counted
from penstock.history.tree import changes
from penstock.model.writes import changed_from_outside
from penstock.orchestration.places import table_of

if TYPE_CHECKING:
    from penstock.history.finding import Subject
    from penstock.history.replay import Replay
    from penstock.history.tree import Change, Rows

COUNTER = "the database counts it, from the ledger"
EQUAL, DIFFERENT, CHANGED_SINCE = "EQUAL", "DIFFERENT", "CHANGED_SINCE"


@dataclass
class Ending:
    """How the last state compares with the stored rows.

    ``since`` are changes that somebody else than the engine made after the last event: they differ, rightly.
    ``not_owned`` are differences in columns that the engine does not decide.
    """

    differences: list[Change] = field(default_factory=list)
    since: list[Change] = field(default_factory=list)
    not_owned: list[Change] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """Return EQUAL, DIFFERENT or CHANGED_SINCE."""
        return DIFFERENT if self.differences else CHANGED_SINCE if self.since else EQUAL


def compared(replay: Replay, subject: Subject, stored: Rows) -> Ending:
    """Compare the last state of a replay with the stored rows."""
    found = changes({t: dict(rows) for t, rows in replay.tree.rows.items()}, stored)
    own: list[Change] = []
    others: list[Change] = []
    for change in found:
        row = stored.get(change.table, {}).get(change.id)
        (others if counted(change.table, change.column, row) else own).append(change)
    ending = Ending(not_owned=others)
    root = stored.get(table_of(subject.row), {}).get(subject.row.id)
    if root is not None and changed_from_outside(root.revision) and root.revision != replay.revision:
        ending.since = own
    else:
        ending.differences = own
    return ending
