"""Set forms of the rules that any workflow begins and ends with."""

from __future__ import annotations

from penstock.rules.sets import ForwardAll, LeaveError, Members, SetAction, UpdateAll, set_form


@set_form("core.SetState")
async def set_state(members: Members) -> list[SetAction]:
    """Set the status; who changes it for a workflow that listens to that goes the ordinary way."""
    status = members.prop("status")
    changed = [n for n in members.numbers if members.entities[n].status != status]
    if changed and members.hears("STATE_CHANGE", members.entities[changed[0]]):
        raise LeaveError(changed, "the workflow listens to STATE_CHANGE")
    return [UpdateAll([(n, members.entities[n], {"status": status}) for n in members.numbers])]


@set_form("core.SendEvent")
async def send_event(members: Members) -> list[SetAction]:
    """Forward the event under a new name; timers are set one by one."""
    if members.prop("delay") is not None:
        raise LeaveError(members.numbers, "the event is sent later")
    return [ForwardAll(members.prop("eventName"), members.numbers)]
