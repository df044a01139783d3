"""The status of the event's entity."""

from __future__ import annotations

from penstock.rules import SAME, Context, Prop, Update, rule


@rule(
    "core.SetState",
    "Set the status to {status}",
    Prop("status", "the new status", status_of=SAME),
    sets="{status}",
)
def set_state(context: Context) -> list[Update]:
    """Set the status; following events of the same tree are matched against it (spec 13 §6)."""
    return [Update(context.entity, {"status": context.prop("status")})]
